/** How far a bulk is, on standard error, where a person looks; silent elsewhere. */
import type { BulkCounts } from '@cb/core';
import type { Context } from './context.ts';
import { countText } from './view/count.ts';

export interface Progress {
	show(counts: BulkCounts): void;
	stop(): void;
}

export async function startProgress({ output, stderr }: Context, counts: BulkCounts): Promise<Progress> {
	if (!output.isErrorTerminal) return { show: () => undefined, stop: () => undefined };
	const { SingleBar, Presets } = await import('cli-progress');
	const bar = new SingleBar(
		{
			stream: stderr,
			format: '{bar} {percentage}% of {all}, {outcome}, {eta_formatted} left',
			barsize: 24,
			hideCursor: true,
			gracefulExit: false,
			fps: 10,
			etaBuffer: 20,
		},
		Presets.shades_classic,
	);
	bar.start(counts.totalCount, settledCount(counts), facts(counts));
	return {
		show: (now) => {
			bar.update(settledCount(now), facts(now));
		},
		stop: () => {
			bar.stop();
		},
	};
}

export function settledCount({ doneCount, skippedCount, failedCount, canceledCount }: BulkCounts): number {
	return doneCount + skippedCount + failedCount + canceledCount;
}

function facts(counts: BulkCounts): { readonly all: string; readonly outcome: string } {
	return { all: countText(counts.totalCount), outcome: outcomeText(counts) };
}

/** `1,200 done, 3 skipped`: what is zero is left out, except what was wanted. */
export function outcomeText({ doneCount, skippedCount, failedCount, canceledCount }: BulkCounts): string {
	const others = [
		[skippedCount, 'skipped'],
		[failedCount, 'failed'],
		[canceledCount, 'canceled'],
	] as const;
	const shown = others.filter(([count]) => count > 0).map(([count, word]) => `${countText(count)} ${word}`);
	return [`${countText(doneCount)} done`, ...shown].join(', ');
}
