import { describe, expect, it } from 'vitest';
import { chunk } from './chunk.ts';

const weigh = (item: number): number => item;

describe('chunk', () => {
	it('cuts by count, in order', () => {
		expect(chunk([1, 2, 3, 4, 5], { maxCount: 2, maxWeight: 100, weigh })).toEqual([[1, 2], [3, 4], [5]]);
	});

	it('cuts by weight, and lets a heavy item go alone', () => {
		expect(chunk([4, 6, 1, 50, 1], { maxCount: 10, maxWeight: 10, weigh })).toEqual([[4, 6], [1], [50], [1]]);
	});

	it('makes no piece of nothing', () => {
		expect(chunk([], { maxCount: 2, maxWeight: 10, weigh })).toEqual([]);
	});
});
