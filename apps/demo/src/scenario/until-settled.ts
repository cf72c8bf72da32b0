/** Watches a run until nothing moves any more, and tells how it goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '@cb/pg';
import { readProgress } from '../statements/read-progress.ts';
import type { Progress } from '../statements/read-progress.ts';

export interface Watch {
	readonly database: Queryable;
	readonly signal: AbortSignal;
	/** Whether everything that is to be sent has been sent. */
	readonly isAllSent: () => boolean;
	readonly tell: (progress: Progress) => void;
}

const lookEveryMs = 500;
const tellEveryMs = 1_000;

/** Resolves with whether all is settled: nothing on the command queue, every reply read. */
export async function untilSettled({ database, signal, isAllSent, tell }: Watch): Promise<boolean> {
	let toldAt = 0;
	for (;;) {
		const wasAllSent = isAllSent();
		const progress = await readProgress(database);
		if (performance.now() - toldAt >= tellEveryMs) {
			tell(progress);
			toldAt = performance.now();
		}
		if (wasAllSent && progress.liveCount === 0 && progress.unreadReplyCount === 0) {
			tell(progress);
			return true;
		}
		if (signal.aborted) return false;
		await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
	}
}
