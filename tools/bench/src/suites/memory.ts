/** What a worker process needs with a large backlog and many handlers at a time. */
import type { BenchContext } from '../context.ts';
import { limitBar, newFigure } from '../measure.ts';
import type { SuiteResult } from '../measure.ts';
import { onStage, systemNamed } from '../stage.ts';
import { drainCounts } from './drain-rate.ts';

interface MemoryRequest {
	readonly backlog: number;
	readonly concurrency: number;
	readonly limitMB: number;
}

export function memory(context: BenchContext): Promise<SuiteResult> {
	return workerMemory(context, { backlog: 1_000_000, concurrency: 500, limitMB: 150 });
}

/** What docs/how-to/run-in-production.md recommends; otherwise the room for new objects grows with the memory of the machine. */
const smallYoungGeneration = '--max-semi-space-size=8';

/** The largest resident set while a part of the backlog is worked off. */
export async function workerMemory(context: BenchContext, request: MemoryRequest): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const backlog = isQuick ? 2_000 : request.backlog;
	const { warmUp, count } = drainCounts(context);
	const title = `worker memory with ${backlog.toLocaleString('en')} ready, ${request.concurrency} handlers at a time`;
	const bounded = { figure: newFigure(`${title}, ${smallYoungGeneration}`, 'MB'), flags: [smallYoungGeneration] };
	const free = { figure: newFigure(`${title}, as Node.js sizes it here`, 'MB'), flags: [] };
	for (let round = 1; round <= rounds; round++) {
		progress(`round ${round} of ${rounds}`);
		await onStage(context, systemNamed(context, 'cb'), async (stage) => {
			await stage.sender.ask('fill', { count: backlog });
			await stage.sender.stop();
			for (const { figure, flags } of [bounded, free]) {
				// Once for the compile cache: what is measured reads no TypeScript.
				await (await stage.startConsumer({}, flags)).stop();
				await stage.quieten();
				const worker = await stage.startConsumer({ concurrency: request.concurrency }, flags);
				const { peakMemoryBytes } = await worker.ask('reach', { warmUp, count });
				await worker.stop();
				figure.rounds.push(peakMemoryBytes / 1_000_000);
			}
		});
	}
	return {
		settings: { rounds, backlog, concurrency: request.concurrency, drained: warmUp + count },
		figures: [bounded.figure, free.figure],
		bars: [limitBar(bounded.figure.name, bounded.figure, request.limitMB)],
	};
}
