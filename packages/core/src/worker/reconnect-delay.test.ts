import { describe, expect, it } from 'vitest';
import { reconnectDelayMs } from './reconnect-delay.ts';

describe('reconnectDelayMs', () => {
	it('doubles from 100 ms to 5 s and stays there', () => {
		const delays = [1, 2, 3, 6, 7, 8, 1_000_000].map((failures) => reconnectDelayMs(failures, 0));

		expect(delays).toEqual([100, 200, 400, 3_200, 5_000, 5_000, 5_000]);
	});

	it('takes up to half of it away', () => {
		expect(reconnectDelayMs(3, 1)).toBe(200);
		expect(reconnectDelayMs(3, 0.5)).toBe(300);
	});

	it('is a time to wait also before the first failure', () => {
		expect(reconnectDelayMs(0, 0)).toBe(50);
	});
});
