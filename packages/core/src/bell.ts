import type { Clock } from './ports/clock.ts';

/** What one loop waits on: somebody rings, or the time has come. Rings between two waits are not kept: look at your state first. */
export interface Bell {
	ring(): void;
	/** Resolves at the next ring, and after `milliseconds` at the latest (`Infinity`: only at a ring). One waiter at a time. */
	wait(milliseconds: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
	let ring: (() => void) | undefined;
	return {
		ring() {
			ring?.();
		},
		async wait(milliseconds) {
			if (milliseconds <= 0) return;
			if (milliseconds === Infinity) {
				await new Promise<void>((resolve) => {
					ring = resolve;
				});
			} else {
				const rung = new AbortController();
				ring = () => {
					// Any reason of our own: otherwise a DOMException with its stack is made for each.
					rung.abort('rung');
				};
				await clock.sleep(milliseconds, rung.signal);
			}
			ring = undefined;
		},
	};
}
