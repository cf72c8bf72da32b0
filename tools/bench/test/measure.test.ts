/** Medians with their spread, and ratios taken within a round. */
import { describe, expect, it } from 'vitest';
import { bestOf, limitBar, median, quantile, ratioBar, ratioLimit, rowOf } from '../src/measure.ts';
import type { Figure } from '../src/measure.ts';

function figureOf(...rounds: readonly number[]): Figure {
	return { name: 'a figure', unit: 'ms', rounds };
}

describe('figures of several rounds', () => {
	it('interpolates between the two values beside a share', () => {
		expect(median([4, 1, 3])).toBe(3);
		expect(median([4, 1, 3, 2])).toBe(2.5);
		expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
		expect(quantile([], 0.5)).toBeNaN();
	});

	it('says the median with the lowest and the highest round', () => {
		expect(rowOf(figureOf(5, 9, 7))).toEqual({ name: 'a figure', unit: 'ms', median: 7, min: 5, max: 9 });
	});

	it('compares within each round, so that a machine that slows down changes no ratio', () => {
		const ours = figureOf(200, 100, 20);
		const peer = figureOf(100, 50, 10);

		expect(ratioBar('twice', [ours, peer], 2)).toMatchObject({ ratio: 2, met: true });
		expect(ratioBar('more than twice', [ours, peer], 2.1)).toMatchObject({ ratio: 2, met: false });
		expect(ratioLimit('at most as much', [ours, peer], 1)).toMatchObject({ kind: 'at most', met: false });
	});

	it('takes the best of the peers of each round', () => {
		expect(bestOf('peers', [figureOf(1, 5), figureOf(3, 2)]).rounds).toEqual([3, 5]);
	});

	it('misses a bar with what is not a number', () => {
		expect(limitBar('nothing measured', figureOf(), 10).met).toBe(false);
		expect(ratioBar('nothing to compare with', [figureOf(1), figureOf()], 1).met).toBe(false);
	});
});
