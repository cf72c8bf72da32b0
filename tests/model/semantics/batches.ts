/** Batches: accepted whole, counted by their members, finished once. */
import { isTerminal } from '@cb/core';
import type { BatchStatus } from '@cb/core';
import { isRefused, send } from './sending.ts';
import type { SendOutcome, Sending } from './sending.ts';
import { answered } from './world.ts';
import type { Batch, EndCounts, Moved, World } from './world.ts';

export interface Opening {
	readonly batch: string;
	readonly sendings: readonly Sending[];
	/** Whether its end is told on the reply queue. */
	readonly announces: boolean;
}

export type OpeningOutcome = 'opened' | 'duplicate-batch' | { readonly refused: readonly SendOutcome[] };

export function open(world: World, { batch: name, sendings, announces }: Opening): Moved<OpeningOutcome> {
	if (world.batches.has(name)) return { world, outcome: 'duplicate-batch' };
	const sent = send(world, sendings, { allOrNothing: true, batch: name });
	if (isRefused(sendings, sent.outcome)) return { world, outcome: { refused: sent.outcome } };
	const members = sendings.filter((_, index) => sent.outcome[index] === 'accepted').map((sending) => sending.name);
	const batch: Batch = { name, status: 'PENDING', announces, members, events: ['BATCH_CREATED'] };
	return { world: withBatch(sent.world, batch), outcome: 'opened' };
}

/** Those whose members have all ended and that nobody has finished yet, of those named or any. Tells which. */
export function finish(world: World, names: readonly string[] = [...world.batches.keys()]): Moved<readonly string[]> {
	const ready = [...world.batches.values()].filter((batch) => names.includes(batch.name) && isReady(world, batch));
	return { world: ready.reduce(finishOne, world), outcome: ready.map(({ name }) => name) };
}

function isReady(world: World, { members, events }: Batch): boolean {
	const haveEnded = members.every((name) => isTerminal(world.commands.get(name)?.status ?? 'PENDING'));
	return haveEnded && !events.includes('BATCH_COMPLETED');
}

function finishOne(world: World, batch: Batch): World {
	const { total, completed, failed, canceled } = countsOf(world, batch);
	const status: BatchStatus = completed === total ? 'COMPLETED' : 'COMPLETED_WITH_FAILURES';
	const after = withBatch(world, { ...batch, status, events: [...batch.events, 'BATCH_COMPLETED'] });
	const end = { kind: 'batch_completed', batch: batch.name, status, total, completed, failed, canceled } as const;
	return answered(after, { replyTo: batch.announces ? 'replies' : null }, end);
}

function withBatch(world: World, batch: Batch): World {
	return { ...world, batches: new Map(world.batches).set(batch.name, batch) };
}

export function countsOf(world: World, { members }: Batch): EndCounts & { readonly parked: number } {
	const statuses = members.map((name) => world.commands.get(name)?.status);
	const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
	return {
		total: members.length,
		completed: count('COMPLETED'),
		failed: count('FAILED'),
		canceled: count('CANCELED'),
		parked: count('IN_TROUBLESHOOTING_QUEUE'),
	};
}
