/** What has been opened and must be closed again, newest first, within a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@cb/core';

export interface Closings {
	/** Remembers how to close what was just opened. */
	add(name: string, close: () => unknown): void;
	/** Closes everything, also when closing some of it fails. False when something failed or the deadline passed. */
	closeAll(deadlineMs: number): Promise<boolean>;
}

export function createClosings(logger: Logger): Closings {
	const closings: { readonly name: string; readonly close: () => unknown }[] = [];

	async function closeInTurn(): Promise<boolean> {
		let isClean = true;
		for (let closing = closings.pop(); closing !== undefined; closing = closings.pop()) {
			const { name, close } = closing;
			try {
				logger.debug({ name }, 'closing');
				await close();
			} catch (error) {
				isClean = false;
				logger.error({ err: error, name }, 'could not be closed');
			}
		}
		return isClean;
	}

	return {
		add(name, close) {
			closings.push({ name, close });
		},
		async closeAll(deadlineMs) {
			const deadline = new AbortController();
			const late = sleep(deadlineMs, 'late' as const, { signal: deadline.signal }).catch(() => 'late' as const);
			const result = await Promise.race([closeInTurn(), late]);
			deadline.abort();
			if (result !== 'late') return result;
			logger.error({ deadlineMs }, 'the deadline for closing has passed');
			return false;
		},
	};
}
