import { describe, expect, it } from 'vitest';
import { latencyText, rateText } from './top.ts';

describe('numbers that change every second', () => {
	it.each([
		[null, '-'],
		[0, '0'],
		[0.04, '0.0'],
		[2.44, '2.4'],
		[99.94, '99.9'],
		[99.95, '100'],
		[1_250.4, '1,250'],
	])('a rate of %s reads %s', (rate, text) => {
		expect(rateText(rate)).toBe(text);
	});

	it.each([
		[undefined, '-'],
		[8.4, '8ms'],
		[999.4, '999ms'],
		[999.6, '1.0s'],
		[1_240, '1.2s'],
		[9_960, '9s'],
		[45_000, '45s'],
		[720_000, '12m'],
	])('a latency of %s ms reads %s', (milliseconds, text) => {
		expect(latencyText(milliseconds)).toBe(text);
	});
});
