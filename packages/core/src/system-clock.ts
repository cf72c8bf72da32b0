import type { Clock } from './ports/clock.ts';

/** Real time. A sleep that its signal ends leaves no timer behind, so a stopped worker and a closed bus keep no process alive. */
export function createSystemClock(): Clock {
	return {
		// Monotonic: a wall clock that jumps must not end leases or handlers.
		now: () => performance.timeOrigin + performance.now(),
		sleep(milliseconds, signal) {
			if (signal?.aborted === true) return Promise.resolve();
			return new Promise((resolve) => {
				const timer = setTimeout(wake, milliseconds);
				function wake(): void {
					clearTimeout(timer);
					signal?.removeEventListener('abort', wake);
					resolve();
				}
				signal?.addEventListener('abort', wake, { once: true });
			});
		},
	};
}
