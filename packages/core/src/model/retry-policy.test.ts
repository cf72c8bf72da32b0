import { describe, expect, it } from 'vitest';
import {
	BackoffSchema,
	RetryOptionsSchema,
	backoffSeconds,
	defaultRetryPolicy,
	resolveRetryPolicy,
} from './retry-policy.ts';
import type { Backoff } from './retry-policy.ts';

const fixed: Backoff = { kind: 'fixed', delaysSeconds: [10, 60, 300] };
const exponential: Backoff = { kind: 'exponential', initialSeconds: 2, factor: 3, maximumSeconds: 100, jitter: 0.5 };

describe('the delay after a failed attempt', () => {
	it('E2 is the entry of the attempt', () => {
		const delays = [1, 2, 3].map((attempt) => backoffSeconds(fixed, attempt, 0.5));

		expect(delays).toEqual([10, 60, 300]);
	});

	it('E3 repeats the last entry', () => {
		expect([4, 5, 100].map((attempt) => backoffSeconds(fixed, attempt, 0.5))).toEqual([300, 300, 300]);
	});

	it('does not spread a fixed schedule', () => {
		expect([0, 1].map((random) => backoffSeconds(fixed, 1, random))).toEqual([10, 10]);
	});

	it('grows exponentially up to the maximum', () => {
		const delays = [1, 2, 3, 4, 5, 1_000].map((attempt) => backoffSeconds(exponential, attempt, 0.5));

		expect(delays).toEqual([2, 6, 18, 54, 100, 100]);
	});

	it('spreads by the jitter, never above the maximum', () => {
		expect(backoffSeconds(exponential, 2, 0)).toBe(3);
		expect(backoffSeconds(exponential, 2, 1)).toBe(9);
		expect(backoffSeconds(exponential, 5, 0)).toBe(50);
		expect(backoffSeconds(exponential, 5, 1)).toBe(100);
	});
});

describe('the precedence of retry policies', () => {
	it('takes each part from the first level that says it', () => {
		const policy = resolveRetryPolicy(undefined, { maxAttempts: 7 }, { maxAttempts: 9, backoff: fixed }, {});

		expect(policy).toEqual({ maxAttempts: 7, backoff: fixed });
	});

	it('falls back to three attempts after 10, 60 and 300 seconds', () => {
		expect(resolveRetryPolicy()).toEqual(defaultRetryPolicy);
		expect(defaultRetryPolicy).toEqual({ maxAttempts: 3, backoff: fixed });
	});
});

describe('retry options', () => {
	it('fill in what an exponential backoff leaves out', () => {
		const parsed = BackoffSchema.parse({ kind: 'exponential', initialSeconds: 1 });

		expect(parsed).toEqual({ kind: 'exponential', initialSeconds: 1, factor: 2, maximumSeconds: 3_600, jitter: 0.2 });
	});

	it.each([
		{ maxAttempts: 0 },
		{ maxAttempts: 1.5 },
		{ maxAttempts: 1_001 },
		{ backoff: { kind: 'fixed', delaysSeconds: [] } },
		{ backoff: { kind: 'fixed', delaysSeconds: [-1] } },
		{ backoff: { kind: 'exponential', initialSeconds: 0 } },
		{ backoff: { kind: 'exponential', initialSeconds: 1, factor: 0.5 } },
		{ backoff: { kind: 'exponential', initialSeconds: 1, jitter: 2 } },
		{ backoff: { kind: 'linear' } },
		{ attempts: 3 },
	])('refuse %j', (options) => {
		expect(RetryOptionsSchema.safeParse(options).success).toBe(false);
	});
});
