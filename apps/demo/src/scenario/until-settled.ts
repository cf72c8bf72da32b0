/** Watches a run until nothing moves any more, and tells how it goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '@cb/pg';
import { readProgress } from '../statements/read-progress.ts';
import type { Progress } from '../statements/read-progress.ts';
import { readQuiet } from '../statements/read-quiet.ts';

export interface Watch {
	readonly database: Queryable;
	readonly signal: AbortSignal;
	/** Whether everything that is to be sent has been sent. */
	readonly isAllSent: () => boolean;
	readonly tell: (progress: Progress) => void;
}

const lookEveryMs = 250;
const tellEveryMs = 2_000;

/** Resolves with whether all is settled: nothing on the command queues, every reply read. */
export async function untilSettled({ database, signal, isAllSent, tell }: Watch): Promise<boolean> {
	let toldAt = performance.now();
	for (;;) {
		const wasAllSent = isAllSent();
		const isSettled = wasAllSent && (await readQuiet(database));
		if (isSettled || performance.now() - toldAt >= tellEveryMs) {
			tell(await readProgress(database));
			toldAt = performance.now();
		}
		if (isSettled) return true;
		if (signal.aborted) return false;
		await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
	}
}
