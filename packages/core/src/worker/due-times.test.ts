import { describe, expect, it } from 'vitest';
import { DueTimes } from './due-times.ts';

describe('DueTimes', () => {
	it('remembers moments before the next poll only', () => {
		const times = new DueTimes(1_000);

		expect(times.add(0, 1_000)).toBe(false);
		expect(times.next()).toBe(Infinity);
		expect(times.add(0, 995)).toBe(true);
		expect(times.add(0, 200)).toBe(true);

		expect(times.next()).toBe(200);
	});

	it('never looks too early', () => {
		const times = new DueTimes(1_000);

		times.add(0, 201);

		expect(times.next()).toBe(210);
	});

	it('forgets what a look has covered', () => {
		const times = new DueTimes(1_000);
		times.add(0, 200);
		times.add(0, 500);

		times.lookedAt(200);

		expect(times.next()).toBe(500);
	});
});
