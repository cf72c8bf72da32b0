/** How often a command is tried and how long it waits in between. Pure: the worker asks, the database keeps the time. */
import { z } from 'zod';

/** Fixed delays in seconds, by attempt; the last one repeats. */
const FixedBackoffSchema = z.strictObject({
	kind: z.literal('fixed'),
	delaysSeconds: z.array(z.number().min(0).max(31_536_000)).min(1).readonly(),
});

/** `initialSeconds × factor^(attempt − 1)`, at most `maximumSeconds`, spread by ±`jitter` (a share from 0 to 1). */
const ExponentialBackoffSchema = z.strictObject({
	kind: z.literal('exponential'),
	initialSeconds: z.number().positive(),
	factor: z.number().min(1).default(2),
	maximumSeconds: z.number().positive().max(31_536_000).default(3_600),
	jitter: z.number().min(0).max(1).default(0.2),
});

export const BackoffSchema = z.discriminatedUnion('kind', [FixedBackoffSchema, ExponentialBackoffSchema]);
export type Backoff = z.output<typeof BackoffSchema>;

/** Both parts are optional everywhere: what is absent is taken from the next level of the precedence. */
export const RetryOptionsSchema = z.strictObject({
	maxAttempts: z.number().int().min(1).max(1_000).optional(),
	backoff: BackoffSchema.optional(),
});
export type RetryOptions = z.input<typeof RetryOptionsSchema>;

export interface RetryPolicy {
	readonly maxAttempts: number;
	readonly backoff: Backoff;
}

export const defaultRetryPolicy: RetryPolicy = {
	maxAttempts: 3,
	backoff: { kind: 'fixed', delaysSeconds: [10, 60, 300] },
};

/** What a level of the precedence says, after parsing. */
export interface PartialRetryPolicy {
	readonly maxAttempts?: number | undefined;
	readonly backoff?: Backoff | undefined;
}

/** The first level that says something wins, part by part: send, handler registration, definition, worker default. */
export function resolveRetryPolicy(...levels: readonly (PartialRetryPolicy | undefined)[]): RetryPolicy {
	return {
		maxAttempts: firstDefined(levels.map((level) => level?.maxAttempts)) ?? defaultRetryPolicy.maxAttempts,
		backoff: firstDefined(levels.map((level) => level?.backoff)) ?? defaultRetryPolicy.backoff,
	};
}

/**
 * Seconds to wait after failing attempt `attempt` (the first is 1).
 * `random` is a number from 0 to 1 that spreads exponential delays; 0.5 means no spread.
 */
export function backoffSeconds(backoff: Backoff, attempt: number, random: number): number {
	if (backoff.kind === 'fixed') {
		return backoff.delaysSeconds[Math.min(attempt, backoff.delaysSeconds.length) - 1] ?? 0;
	}
	const full = Math.min(backoff.initialSeconds * backoff.factor ** (attempt - 1), backoff.maximumSeconds);
	return Math.min(full * (1 + backoff.jitter * (2 * random - 1)), backoff.maximumSeconds);
}

function firstDefined<Value>(values: readonly (Value | undefined)[]): Value | undefined {
	return values.find((value) => value !== undefined);
}
