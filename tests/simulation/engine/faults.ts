/** What the infrastructure does to the calls of a program. */
import { StoreError } from '@cb/core';
import type { Dice } from './dice.ts';

export type Fault =
	| { readonly kind: 'none' }
	/** The call is rejected and has no effect. */
	| { readonly kind: 'fails-before'; readonly error: Error }
	/** The call is rejected and has its effect: the answer got lost. */
	| { readonly kind: 'fails-after'; readonly error: Error }
	/** No answer comes, until the connection is found dead. */
	| { readonly kind: 'never-answers'; readonly hasEffect: boolean; readonly error: Error };

export interface CallFaults {
	readonly fault: Fault;
	/** How long the call is under way before it has its effect. */
	readonly delayMs: number;
	/** How long the answer is under way. */
	readonly answerDelayMs: number;
}

export interface FaultRates {
	readonly failure: number;
	readonly slow: number;
	readonly never: number;
	/** Of failures: those that no repetition mends, for calls that a worker makes by itself. */
	readonly unnamed: number;
	/** Of wake-ups. */
	readonly lostWake: number;
}

export const noFaults: FaultRates = { failure: 0, slow: 0, never: 0, unnamed: 0, lostWake: 0 };

const deadConnectionMs = { from: 4_000, to: 30_000 };
const longestSlowMs = 8_000;
/** Where a refusal without a reason is the worker's to get over. */
const mayBeUnnamed = new Set(['commands.receive', 'commands.settle', 'commands.extend', 'commands.release']);

export function drawFaults(dice: Dice, rates: FaultRates, what: string): CallFaults {
	const isSlow = dice.chance(rates.slow);
	const delayMs = isSlow && dice.chance(0.5) ? dice.between(1, longestSlowMs) : 0;
	const answerDelayMs = isSlow && delayMs === 0 ? dice.between(1, longestSlowMs) : 0;
	if (dice.chance(rates.never)) {
		const { from, to } = deadConnectionMs;
		const fault: Fault = { kind: 'never-answers', hasEffect: dice.chance(0.5), error: connectionLost() };
		return { fault, delayMs, answerDelayMs: dice.between(from, to) };
	}
	if (!dice.chance(rates.failure)) return { fault: { kind: 'none' }, delayMs, answerDelayMs };
	const isUnnamed = mayBeUnnamed.has(what) && dice.chance(rates.unnamed);
	const error = isUnnamed ? refusedWithoutReason() : connectionLost();
	return { fault: { kind: dice.chance(0.5) ? 'fails-before' : 'fails-after', error }, delayMs, answerDelayMs };
}

export function connectionLost(): StoreError {
	return new StoreError('The connection is lost.', { reason: 'connection', isRetryable: true });
}

function refusedWithoutReason(): StoreError {
	return new StoreError('The statement failed.', { reason: 'unknown', isRetryable: false });
}
