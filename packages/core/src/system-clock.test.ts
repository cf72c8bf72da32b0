import { describe, expect, it } from 'vitest';
import { createSystemClock } from './system-clock.ts';

const hourMs = 3_600_000;

describe('createSystemClock', () => {
	it('tells the time of the wall', () => {
		expect(Math.abs(createSystemClock().now() - Date.now())).toBeLessThan(hourMs);
	});

	it('ends a sleep when its signal is aborted, before or meanwhile, without rejecting', async () => {
		const clock = createSystemClock();
		const abort = new AbortController();

		const sleeping = clock.sleep(hourMs, abort.signal);
		abort.abort();

		await expect(sleeping).resolves.toBeUndefined();
		await expect(clock.sleep(hourMs, abort.signal)).resolves.toBeUndefined();
		await expect(clock.sleep(1)).resolves.toBeUndefined();
	});
});
