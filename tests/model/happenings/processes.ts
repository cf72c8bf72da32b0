/** Who starts processes, and what goes wrong with them when there is something to undo. */
import fc from 'fast-check';
import type { Move } from '../move.ts';
import { pick } from '../move.ts';
import { act } from '../moves/operators.ts';
import { start } from '../moves/processes.ts';
import { settle } from '../moves/workers.ts';
import { heldCommand } from '../semantics/leasing.ts';
import type { World } from '../semantics/world.ts';
import { anyOne, happening } from './happening.ts';
import { trouble } from './workers.ts';

const maxProcesses = 2;

export const starting = happening(
	'start process',
	fc.record({
		isAgain: fc.constantFrom(false, false, false, true),
		transaction: fc.constantFrom('none' as const, 'none' as const, 'commit' as const, 'roll-back' as const),
	}),
	({ isAgain, transaction }) =>
		(world) => {
			const count = world.processes.size + (isAgain ? 0 : 1);
			return count === 0 || count > maxProcesses ? undefined : start(`p${count}`, transaction);
		},
);

/** A later step than the first, or an undo, fails or is parked; one that is parked is canceled. */
export const lateTrouble = happening(
	'late trouble',
	fc.record({ one: anyOne, verdict: trouble }),
	({ one, verdict }) =>
		(world) => {
			const lease = pick(laterLeases(world), one);
			return lease === undefined ? cancelParked(world, one) : settle([{ lease, verdict }]);
		},
);

function laterLeases(world: World): World['leases'] {
	return world.leases.filter((lease) => isLater(lease.command) && heldCommand(world, lease) !== undefined);
}

function cancelParked(world: World, one: number): Move | undefined {
	const parked = [...world.commands.values()].filter(({ name, parked: why }) => why !== null && isLater(name));
	const command = pick(parked, one)?.name;
	if (command === undefined) return undefined;
	const said = { operator: 'ada', reason: 'It cannot be done.', suppressReply: false, result: null };
	const rest = { keepAttempts: false, amendment: undefined, expectedVersion: undefined, requestId: undefined };
	return act({ ...said, ...rest, command, action: 'cancel' });
}

function isLater(command: string): boolean {
	return command.includes('.') && !command.endsWith('.1');
}
