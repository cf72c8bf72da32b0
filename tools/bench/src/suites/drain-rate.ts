/** How fast one worker process drains a queue that was filled before. */
import type { BenchContext } from '../context.ts';
import { perSecond } from '../measure.ts';
import type { Stage } from '../stage.ts';
import type { BulkOptions } from '../systems/system.ts';
import type { ConsumerParameters, Drained } from '../workers/consumer.ts';

export interface DrainRequest {
	readonly warmUp: number;
	readonly count: number;
	readonly fill?: BulkOptions;
	/** What is to be drained lies there already. */
	readonly isFilled?: boolean;
	readonly consumer?: Partial<ConsumerParameters>;
}

/** Fills the queue, lets everything come to rest, and lets one fresh worker process drain it. */
export async function drained(stage: Stage, request: DrainRequest): Promise<Drained> {
	const { warmUp, count, fill, consumer, isFilled = false } = request;
	if (!isFilled) await stage.sender.ask('fill', { ...fill, count: warmUp + count });
	await stage.quieten();
	const child = await stage.startConsumer(consumer);
	try {
		const report = await child.ask('drain', { warmUp, count });
		if (report.count !== count) throw new Error(`${report.count} of ${count} were handled.`);
		return report;
	} finally {
		await child.stop();
	}
}

export async function drainRate(stage: Stage, request: DrainRequest): Promise<number> {
	const { count, milliseconds } = await drained(stage, request);
	return perSecond(count, milliseconds);
}

/** How many are drained after how many that are not counted. */
export function drainCounts({ isQuick }: BenchContext): { readonly warmUp: number; readonly count: number } {
	return isQuick ? { warmUp: 100, count: 500 } : { warmUp: 5_000, count: 40_000 };
}
