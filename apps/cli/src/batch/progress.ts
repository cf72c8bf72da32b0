/** How far a batch is, as a bar on standard error, where a person looks; silent elsewhere. */
import type { BatchCounts } from '@cb/core';
import type { Context } from '../context.ts';
import { countText } from '../view/count.ts';

export interface BatchProgress {
	show(counts: BatchCounts): void;
	stop(): void;
}

export async function startBatchProgress(
	{ output, stderr }: Pick<Context, 'output' | 'stderr'>,
	counts: BatchCounts,
): Promise<BatchProgress> {
	if (!output.isErrorTerminal) return { show: () => undefined, stop: () => undefined };
	const { SingleBar, Presets } = await import('cli-progress');
	const bar = new SingleBar(
		{
			stream: stderr,
			format: '{bar} {percentage}% of {all}, {facts}, {eta_formatted} left',
			barsize: 24,
			hideCursor: true,
			gracefulExit: false,
			etaBuffer: 20,
		},
		Presets.shades_classic,
	);
	bar.start(counts.totalCount, endedCount(counts), payload(counts));
	return {
		show: (now) => {
			bar.update(endedCount(now), payload(now));
		},
		stop: () => {
			bar.stop();
		},
	};
}

export function endedCount({ completedCount, failedCount, canceledCount }: BatchCounts): number {
	return completedCount + failedCount + canceledCount;
}

/** `1,200 completed, 3 parked`: what is zero is left out, except what was wanted. */
export function progressText({ completedCount, failedCount, canceledCount, parkedCount }: BatchCounts): string {
	const others = [
		[failedCount, 'failed'],
		[canceledCount, 'canceled'],
		[parkedCount, 'parked'],
	] as const;
	const shown = others.filter(([count]) => count > 0).map(([count, word]) => `${countText(count)} ${word}`);
	return [`${countText(completedCount)} completed`, ...shown].join(', ');
}

function payload(counts: BatchCounts): { readonly all: string; readonly facts: string } {
	return { all: countText(counts.totalCount), facts: progressText(counts) };
}
