/** Medians and ratios of medians, with their spread over the rounds. */
import { describe, expect, it } from 'vitest';
import { limitBar, median, quantile, ratioBar, ratioLimit, rowOf } from '../src/measure.ts';
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

	it('compares medians, and says how much single rounds differ', () => {
		const ours = figureOf(200, 90, 120);
		const peer = figureOf(50, 90, 60);

		expect(ratioBar('twice', [ours, peer], 2)).toMatchObject({ measured: 2, min: 1, max: 4, met: true });
		expect(ratioBar('more than twice', [ours, peer], 2.1)).toMatchObject({ measured: 2, met: false });
		expect(ratioLimit('at most as much', [ours, peer], 1)).toMatchObject({ kind: 'at most', met: false });
	});

	it('holds a median against a limit', () => {
		expect(limitBar('at most 7', figureOf(5, 9, 7), 7)).toMatchObject({ measured: 7, min: 5, max: 9, met: true });
	});

	it('misses a bar with what is not a number', () => {
		expect(limitBar('nothing measured', figureOf(), 10).met).toBe(false);
		expect(ratioBar('nothing to compare with', [figureOf(1), figureOf()], 1).met).toBe(false);
	});
});
