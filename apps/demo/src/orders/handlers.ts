/** Each step books in the transaction that completes its command. */
import { createHandlers } from '@cb/core';
import type { Handlers } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { simulated } from '../failures/simulated-handler.ts';
import type { Simulation } from '../failures/simulated-handler.ts';
import { NotifyParties } from './commands.ts';
import { move, movements, notify } from './order-work.ts';

export function createOrderHandlers(simulation: Simulation): Handlers<Queryable> {
	const handlers = createHandlers<Queryable>().on(
		NotifyParties,
		simulated(simulation, (command, { transaction }) => transaction((tx) => notify(tx, command))),
	);
	for (const movement of movements) {
		handlers.on(
			movement.definition,
			simulated(simulation, (command, { transaction }) => transaction((tx) => move(tx, movement, command))),
		);
	}
	return handlers;
}
