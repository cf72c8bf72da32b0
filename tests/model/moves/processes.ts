/** The moves of those who start processes, and of routers. */
import type { Backend, ReceivedReply } from '@cb/core';
import { createProcessManager, createReplyRouter } from '@cb/process';
import type { Move } from '../move.ts';
import * as model from '../semantics/processes.ts';
import { typeOf } from '../semantics/trip.ts';
import { domain } from '../stage.ts';
import { inTransaction } from './transactions.ts';
import type { CallersTransaction } from './transactions.ts';
import { trips } from './trips.ts';

const definitions = Object.values(trips);

export function start(process: string, transaction: CallersTransaction): Move {
	return {
		text: `start ${process}, a ${typeOf(process)} one${transaction === 'none' ? '' : `, ${transaction}`}`,
		predict(world) {
			const started = model.start(world, process);
			return [transaction === 'roll-back' ? { ...started, world } : started];
		},
		async perform(stage) {
			const manager = createProcessManager(stage.backend, definitions);
			const processId = stage.names.idOf(process);
			const { isExisting } = await inTransaction(stage, transaction, (tx) =>
				manager.start(trips[typeOf(process)], { of: process }, { processId, tx }),
			);
			return isExisting ? 'existing' : 'started';
		},
	};
}

/** A router sees to what it has in hand. */
export function route(router: string): Move {
	return {
		text: `${router} routes what it has`,
		*predict(world) {
			for (const routed of model.route(world, router)) yield { world: routed, outcome: undefined };
		},
		async perform({ backend, hands }) {
			const received = hands.get(router) ?? [];
			hands.delete(router);
			await runRouter(backend, received);
		},
	};
}

/** Runs a router that receives these answers, sees to them and finds nothing more. */
async function runRouter<Tx>(backend: Backend<Tx>, received: readonly ReceivedReply[]): Promise<void> {
	const { promise: isDone, resolve: done } = Promise.withResolvers<undefined>();
	const sets = [received];
	const receive = (): Promise<readonly ReceivedReply[]> => {
		const set = sets.pop();
		if (set === undefined) done(undefined);
		return Promise.resolve(set ?? []);
	};
	const router = createReplyRouter({
		backend: { ...backend, replies: { ...backend.replies, receive } },
		domain,
		definitions,
		useWakeSignal: false,
	});
	await router.start();
	await isDone;
	await router.stop();
}
