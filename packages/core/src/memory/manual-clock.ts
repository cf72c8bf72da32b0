/** A clock that moves when it is told: tests let hours pass without waiting. */
import type { Clock } from '../ports/clock.ts';

export interface ManualClock extends Clock {
	/**
	 * Lets time pass. Everybody who sleeps wakes at its own moment, in order, and gets to run until it waits again before time goes on,
	 * so that whoever sleeps in a loop sleeps as often as it would in real time.
	 */
	advance(milliseconds: number): Promise<void>;
	/** How many sleep now. */
	readonly sleeperCount: number;
}

/** An arbitrary moment, the same in every run. */
const defaultStartMs = Date.UTC(2026, 0, 1);

interface Sleeper {
	readonly wakeAtMs: number;
	readonly wake: () => void;
}

/** Stands still at `startMs` (@default the first moment of 2026) until it is advanced. */
export function createManualClock(startMs: number = defaultStartMs): ManualClock {
	const sleepers = new Set<Sleeper>();
	let nowMs = startMs;

	return {
		now: () => nowMs,
		get sleeperCount() {
			return sleepers.size;
		},
		sleep: (milliseconds, signal) => {
			if (signal?.aborted === true) return Promise.resolve();
			return new Promise((resolve) => {
				const sleeper = { wakeAtMs: nowMs + milliseconds, wake };
				function wake(): void {
					sleepers.delete(sleeper);
					signal?.removeEventListener('abort', wake);
					resolve();
				}
				sleepers.add(sleeper);
				signal?.addEventListener('abort', wake, { once: true });
			});
		},
		advance: async (milliseconds) => {
			const untilMs = nowMs + milliseconds;
			await settled();
			for (let next = nextSleeper(sleepers, untilMs); next !== undefined; next = nextSleeper(sleepers, untilMs)) {
				nowMs = Math.max(nowMs, next.wakeAtMs);
				next.wake();
				await settled();
			}
			nowMs = Math.max(nowMs, untilMs);
			await settled();
		},
	};
}

function nextSleeper(sleepers: ReadonlySet<Sleeper>, untilMs: number): Sleeper | undefined {
	let next: Sleeper | undefined;
	for (const sleeper of sleepers) {
		if (sleeper.wakeAtMs <= untilMs && (next === undefined || sleeper.wakeAtMs < next.wakeAtMs)) next = sleeper;
	}
	return next;
}

/** Resolves after every promise that can go on has gone on. */
async function settled(): Promise<void> {
	await new Promise((resolve) => {
		setImmediate(resolve);
	});
}
