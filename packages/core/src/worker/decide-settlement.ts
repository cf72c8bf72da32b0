/** What is to become of a command whose handler failed. Pure. */
import type { Failure } from '../handling/classify-failure.ts';
import type { ParkReason } from '../model/audit-event.ts';
import type { Lease } from '../model/command-record.ts';
import { errorFingerprint } from '../model/error-fingerprint.ts';
import { backoffSeconds } from '../model/retry-policy.ts';
import type { RetryPolicy } from '../model/retry-policy.ts';
import type { Settlement } from '../ports/command-store.ts';

/** `random` from 0 to 1 spreads exponential backoffs. */
export function settlementOfFailure(
	lease: Lease,
	failure: Failure,
	{ policy, random }: { readonly policy: RetryPolicy; readonly random: number },
): Settlement {
	switch (failure.type) {
		case 'BUSINESS_RULE':
			return { kind: 'fail', lease, error: failure };
		case 'PERMANENT':
			return park(lease, failure, { reason: 'PERMANENT', policy });
		case 'TRANSIENT': {
			if (lease.attempt >= policy.maxAttempts) return park(lease, failure, { reason: 'EXHAUSTED', policy });
			const delaySeconds = backoffSeconds(policy.backoff, lease.attempt, random);
			return { kind: 'retry-later', lease, error: failure, delaySeconds };
		}
	}
}

function park(
	lease: Lease,
	error: Failure,
	{ reason, policy }: { readonly reason: ParkReason; readonly policy: RetryPolicy },
): Settlement {
	return { kind: 'park', lease, error, fingerprint: errorFingerprint(error), reason, maxAttempts: policy.maxAttempts };
}
