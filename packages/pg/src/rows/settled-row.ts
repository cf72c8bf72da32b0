/** The row of cb.settle_commands. A position in neither list had lost its lease. */
import type { SettleOutcome } from '@cb/core';
import type { Row } from './columns.ts';

export interface Settled {
	/** Positions (from 0) that are settled. */
	readonly settled: readonly number[];
	/** Those left as they are, because the queue of their reply is gone. */
	readonly undeliverable: readonly { readonly position: number; readonly queue: string }[];
	/** Queues that got an answer. */
	readonly answeredQueues: readonly string[];
}

export function settledOf(rows: readonly Row[]): Settled {
	const [row] = rows as unknown as readonly {
		readonly settled: readonly number[];
		readonly undeliverable: Settled['undeliverable'];
		readonly answered_queues: readonly string[];
	}[];
	return {
		settled: row?.settled ?? [],
		undeliverable: row?.undeliverable ?? [],
		answeredQueues: row?.answered_queues ?? [],
	};
}

/** In the order of the request. */
export function settleOutcomesOf({ settled, undeliverable }: Settled, count: number): readonly SettleOutcome[] {
	const outcomes: SettleOutcome[] = Array.from({ length: count }, () => ({ kind: 'lease-lost' }));
	for (const position of settled) outcomes[position] = { kind: 'settled' };
	for (const { position, queue } of undeliverable)
		outcomes[position] = { kind: 'reply-queue-not-found', replyTo: queue };
	return outcomes;
}
