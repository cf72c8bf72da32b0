import { describe, expect, it } from 'vitest';
import { attemptRandom, seededRandom } from './attempt-random.ts';
import { expectedAttempts, expectedEnds, failureKinds, noFailures, rollAttempt } from './failure-rates.ts';
import type { AttemptFate, FailureRates } from './failure-rates.ts';
import { workDurationMs } from './simulated-handler.ts';
import { randomUUID } from 'node:crypto';

const rates: FailureRates = { ...noFailures, permanent: 5, transient: 10, businessRule: 2 };
const sampleSize = 10_000;

describe('failure rates', () => {
	it('R1: 5/10/2 percent rolled in order are 5, 9.5 and 1.71 percent, and 83.79 percent succeed', () => {
		const shares = expectedAttempts(rates);

		expect(shares.permanent).toBeCloseTo(0.05, 10);
		expect(shares.transient).toBeCloseTo(0.095, 10);
		expect(shares.businessRule).toBeCloseTo(0.0171, 10);
		expect(shares.timeout).toBe(0);
		expect(shares.success).toBeCloseTo(0.8379, 10);
	});

	it('rolls the kinds in order, one number each, and stops at the first that strikes', () => {
		const rolls: number[] = [];
		const random = (): number => {
			rolls.push(0.09);
			return 0.09;
		};

		const fate = rollAttempt(rates, random);

		expect(fate).toBe('transient');
		expect(rolls).toHaveLength(2);
	});

	it('R2: of 10,000 attempts with p percent permanent, the parked count lies within two sigma of N·p', () => {
		const random = seededRandom('R2');

		const permanent = count(() => rollAttempt({ ...noFailures, permanent: 5 }, random), 'permanent');

		expect(Math.abs(permanent - sampleSize * 0.05)).toBeLessThan(2 * Math.sqrt(sampleSize * 0.05 * 0.95));
	});

	it('R3: with transient p and m attempts, the parked share is p^m and not p', () => {
		const transientOnly = { ...noFailures, transient: 30 };
		const random = seededRandom('R3');

		const parked = count(
			() => (['1', '2', '3'].every(() => rollAttempt(transientOnly, random) === 'transient') ? 'permanent' : 'success'),
			'permanent',
		);

		expect(expectedEnds(transientOnly, 3).parked).toBeCloseTo(0.027, 10);
		expect(Math.abs(parked - sampleSize * 0.027)).toBeLessThan(3 * Math.sqrt(sampleSize * 0.027 * 0.973));
	});

	it('lets every command end: completed, failed and parked add up to one', () => {
		for (const maxAttempts of [1, 3, 7]) {
			const { completed, failed, parked } = expectedEnds({ ...rates, timeout: 4 }, maxAttempts);

			expect(completed + failed + parked).toBeCloseTo(1, 10);
		}
	});

	it('meets each kind about as often as expected', () => {
		const all = { permanent: 5, transient: 10, businessRule: 2, timeout: 3 };
		const shares = expectedAttempts(all);
		const random = seededRandom('every kind');
		const fates = Array.from({ length: sampleSize }, () => rollAttempt(all, random));

		for (const kind of [...failureKinds, 'success' as const]) {
			const share = fates.filter((fate) => fate === kind).length / sampleSize;
			expect(Math.abs(share - shares[kind])).toBeLessThan(0.01);
		}
	});
});

describe('attempts', () => {
	it('meet the same fate whenever and wherever they run', () => {
		const key = { seed: 'a', commandId: randomUUID(), generation: 1, attempt: 1 };

		const first = [1, 2, 3].map(attemptRandom(key));
		const second = [1, 2, 3].map(attemptRandom(key));
		const nextAttempt = [1, 2, 3].map(attemptRandom({ ...key, attempt: 2 }));

		expect(second).toEqual(first);
		expect(nextAttempt).not.toEqual(first);
	});

	it('R4: take between the minimum and the maximum, on average the middle', () => {
		const random = seededRandom('R4');
		const simulation = { seed: '', rates: { default: noFailures }, minDurationMs: 10, maxDurationMs: 50, hangMs: 0 };

		const durations = Array.from({ length: sampleSize }, () => workDurationMs(simulation, random));

		expect(Math.min(...durations)).toBeGreaterThanOrEqual(10);
		expect(Math.max(...durations)).toBeLessThanOrEqual(50);
		expect(Math.abs(durations.reduce((sum, duration) => sum + duration, 0) / sampleSize - 30)).toBeLessThan(0.5);
	});
});

function count(roll: () => AttemptFate, wanted: AttemptFate): number {
	return Array.from({ length: sampleSize }, roll).filter((fate) => fate === wanted).length;
}
