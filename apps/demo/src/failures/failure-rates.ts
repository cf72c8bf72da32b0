/**
 * How often an attempt goes wrong, and what that adds up to. The kinds are rolled one after the other, each only when those before it
 * did not strike; so 5/10/2 percent are 5, 9.5 and 1.71 percent of all attempts, and 83.79 percent succeed.
 */
import { z } from 'zod';

export const failureKinds = ['permanent', 'transient', 'businessRule', 'timeout'] as const;

type FailureKind = (typeof failureKinds)[number];
export type AttemptFate = FailureKind | 'success';

const PercentSchema = z.number().min(0).max(100).default(0);

export const FailureRatesSchema = z.strictObject({
	permanent: PercentSchema,
	transient: PercentSchema,
	businessRule: PercentSchema,
	timeout: PercentSchema,
});

/** In percent of the attempts that get as far as this roll. */
export type FailureRates = z.output<typeof FailureRatesSchema>;

export const noFailures: FailureRates = { permanent: 0, transient: 0, businessRule: 0, timeout: 0 };

/** Decides one attempt. `random` gives numbers from 0 to below 1, one per roll. */
export function rollAttempt(rates: FailureRates, random: () => number): AttemptFate {
	return failureKinds.find((kind) => random() * 100 < rates[kind]) ?? 'success';
}

/** The share of attempts that meets each fate, from 0 to 1. */
export function expectedAttempts(rates: FailureRates): Readonly<Record<AttemptFate, number>> {
	const shares = { permanent: 0, transient: 0, businessRule: 0, timeout: 0, success: 1 };
	for (const kind of failureKinds) {
		shares[kind] = (shares.success * rates[kind]) / 100;
		shares.success -= shares[kind];
	}
	return shares;
}

/** How commands end when transient failures and timeouts are retried up to `maxAttempts` times; shares from 0 to 1. */
export interface ExpectedEnds {
	readonly completed: number;
	readonly failed: number;
	readonly parked: number;
}

export function expectedEnds(rates: FailureRates, maxAttempts: number): ExpectedEnds {
	const attempt = expectedAttempts(rates);
	const again = attempt.transient + attempt.timeout;
	const begun = Array.from({ length: maxAttempts }, (_, index) => again ** index).reduce(
		(sum, share) => sum + share,
		0,
	);
	return {
		completed: attempt.success * begun,
		failed: attempt.businessRule * begun,
		parked: attempt.permanent * begun + again ** maxAttempts,
	};
}
