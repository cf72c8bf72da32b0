/** What workers do, and what becomes of them. */
import { errorFingerprint } from '@cb/core';
import type { ErrorRecord } from '@cb/core';
import fc from 'fast-check';
import { pick } from '../move.ts';
import { elapse as letTimePass } from '../moves/time.ts';
import * as workers from '../moves/workers.ts';
import { heldCommand } from '../semantics/leasing.ts';
import type { Verdict } from '../semantics/settling.ts';
import type { Lease, World } from '../semantics/world.ts';
import { anyOne, delaySeconds, happening, leaseSeconds } from './happening.ts';

export const receive = happening(
	'receive',
	fc.record({
		worker: fc.constantFrom('w1', 'w2'),
		limit: fc.integer({ min: 1, max: 4 }),
		leaseSeconds,
		maxAttempts: fc.constantFrom(3, 3, 2),
	}),
	(receiving) => (_, isRacing) => workers.receive(receiving, isRacing),
);

function anError(type: ErrorRecord['type'], code: string): ErrorRecord {
	return { type, code, message: `It is ${code}.`, details: { code } };
}

const transient = anError('TRANSIENT', 'GATEWAY_TIMEOUT');
const permanent = anError('PERMANENT', 'ACCOUNT_CLOSED');
const refused = anError('BUSINESS_RULE', 'INSUFFICIENT_FUNDS');

export const completion = fc.constantFrom<Verdict[]>(
	{ kind: 'complete', result: { done: true } },
	{ kind: 'complete', result: null },
);

/** For good, or until an operator acts. */
export const trouble: fc.Arbitrary<Verdict> = fc.oneof(
	fc.constantFrom(
		{
			kind: 'park',
			error: permanent,
			fingerprint: errorFingerprint(permanent),
			reason: 'PERMANENT',
			maxAttempts: 3,
		} as const,
		{
			kind: 'park',
			error: transient,
			fingerprint: errorFingerprint(transient),
			reason: 'EXHAUSTED',
			maxAttempts: 2,
		} as const,
	),
	fc.constant({ kind: 'fail', error: refused } as const),
);

export const verdict: fc.Arbitrary<Verdict> = fc.oneof(
	completion,
	delaySeconds.map((seconds) => ({ kind: 'retry-later', error: transient, delaySeconds: seconds }) as const),
	trouble,
);

export const settle = happening(
	'settle',
	fc.record({ settlings: fc.array(fc.record({ one: anyOne, verdict }), { minLength: 1, maxLength: 3 }) }),
	({ settlings }) =>
		(world) => {
			const chosen = settlings.flatMap(({ one, verdict: said }) => {
				const lease = pickLease(world, one);
				return lease === undefined ? [] : [{ lease, verdict: said }];
			});
			return chosen.length === 0 ? undefined : workers.settle(chosen);
		},
);

/** One that still runs, where there is one, or, one time in three, any that was ever handed out. */
function pickLease(world: World, number: number): Lease | undefined {
	const held = world.leases.filter((lease) => heldCommand(world, lease) !== undefined);
	const isAny = number % 3 === 0 || held.length === 0;
	return pick(isAny ? world.leases : held, Math.floor(number / 3));
}

export const completeInTransaction = happening(
	'complete in transaction',
	fc.record({ one: anyOne, isThrowing: fc.boolean() }),
	({ one, isThrowing }) =>
		(world) => {
			const lease = pickLease(world, one);
			return lease === undefined ? undefined : workers.completeInTransaction(lease, 'by hand', isThrowing);
		},
);

export const extend = happening(
	'extend',
	fc.record({ ones: fc.array(anyOne, { minLength: 1, maxLength: 2 }), leaseSeconds }),
	({ ones, leaseSeconds: seconds }) =>
		(world) => {
			const leases = [...new Set(ones.flatMap((one) => pickLease(world, one) ?? []))];
			return leases.length === 0 ? undefined : workers.extend(leases, seconds);
		},
);

export const release = happening(
	'release',
	fc.record({ one: anyOne, delaySeconds: fc.constantFrom(undefined, 15) }),
	({ one, delaySeconds: seconds }) =>
		(world) => {
			const lease = pickLease(world, one);
			return lease === undefined ? undefined : workers.release(lease, seconds);
		},
);

const elapsedSeconds = fc.constantFrom(10, 10, 40, 40, 70, 3_600, 86_400);

export const elapse = happening(
	'elapse',
	fc.record({ seconds: elapsedSeconds }),
	({ seconds }) =>
		() =>
			letTimePass(seconds),
);
export const crash = happening('crash', fc.record({}), () => () => workers.crash());
