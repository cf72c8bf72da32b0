import { describe, expect, it } from 'vitest';
import type { Failure } from '../handling/classify-failure.ts';
import { errorFingerprint } from '../model/error-fingerprint.ts';
import { defaultRetryPolicy } from '../model/retry-policy.ts';
import type { RetryPolicy } from '../model/retry-policy.ts';
import { settlementOfFailure } from './decide-settlement.ts';

const transient: Failure = { type: 'TRANSIENT', code: 'BUSY', message: 'Busy.', details: null };

function decide(attempt: number, policy: Partial<RetryPolicy> = {}, failure = transient) {
	const lease = { commandId: 'c', messageId: '1', attempt };
	return settlementOfFailure(lease, failure, { policy: { ...defaultRetryPolicy, ...policy }, random: 0.5 });
}

describe('settlementOfFailure', () => {
	it('E2 E3 waits by the schedule, and repeats its last delay', () => {
		const delays = [1, 2, 3, 4, 9].map((attempt) => decide(attempt, { maxAttempts: 10 }));

		expect(delays).toMatchObject(
			[10, 60, 300, 300, 300].map((delaySeconds) => ({ kind: 'retry-later', delaySeconds })),
		);
	});

	it('E6 E8 parks as exhausted after the last attempt', () => {
		const expected = { kind: 'park', reason: 'EXHAUSTED', error: transient };

		expect(decide(3)).toMatchObject({ ...expected, maxAttempts: 3, fingerprint: errorFingerprint(transient) });
		expect(decide(1, { maxAttempts: 1 })).toMatchObject({ ...expected, maxAttempts: 1 });
		expect(decide(2)).toMatchObject({ kind: 'retry-later' });
	});

	it('E9 parks a permanent failure at once', () => {
		expect(decide(1, {}, { ...transient, type: 'PERMANENT' })).toMatchObject({ kind: 'park', reason: 'PERMANENT' });
	});

	it('E11 fails a command that breaks a business rule, however many attempts are left', () => {
		expect(decide(1, {}, { ...transient, type: 'BUSINESS_RULE' })).toMatchObject({ kind: 'fail' });
		expect(decide(3, {}, { ...transient, type: 'BUSINESS_RULE' })).toMatchObject({ kind: 'fail' });
	});
});
