/** What becomes of a command in a scripted run: the worker's part and the operator's part, as values. */
import type { ErrorRecord, JsonValue } from '@cb/core';
import type { Answer } from '../answer.ts';

export type ScriptedOutcome =
	| { readonly kind: 'succeeds'; readonly data: JsonValue }
	| { readonly kind: 'fails'; readonly error: ErrorRecord }
	| { readonly kind: 'parks'; readonly error: ErrorRecord; readonly operator: ScriptedOperator }
	| { readonly kind: 'repeated'; readonly outcome: ScriptedOutcome; readonly when: 'at-once' | 'at-the-end' };

export type ScriptedOperator =
	| { readonly kind: 'completes'; readonly data: JsonValue; readonly isLate: boolean }
	| { readonly kind: 'cancels'; readonly reason: string; readonly isLate: boolean }
	| { readonly kind: 'retries'; readonly outcome: ScriptedOutcome; readonly isLate: boolean }
	| { readonly kind: 'leaves-it' };

/** When the operator acts: at once, or only when nothing else can move any more. */
export interface OperatorTiming {
	readonly isLate?: boolean | undefined;
}

/** The handler returns. */
export function succeeds(data: JsonValue = null): ScriptedOutcome {
	return { kind: 'succeeds', data };
}

/** The handler says no: a business-rule error. */
export function fails(code = 'REFUSED', message = 'The handler said no.'): ScriptedOutcome {
	return { kind: 'fails', error: { type: 'BUSINESS_RULE', code, message, details: null } };
}

/** The command goes to the Troubleshooting Queue, and the operator does what is said. */
export function parks(operator: ScriptedOperator, code = 'BROKEN'): ScriptedOutcome {
	return {
		kind: 'parks',
		error: { type: 'PERMANENT', code, message: 'It cannot be processed.', details: null },
		operator,
	};
}

export function completes(data: JsonValue = null, { isLate = false }: OperatorTiming = {}): ScriptedOperator {
	return { kind: 'completes', data, isLate };
}

export function cancels(reason = 'Given up.', { isLate = false }: OperatorTiming = {}): ScriptedOperator {
	return { kind: 'cancels', reason, isLate };
}

/** Sends it again as its next generation, which ends as `outcome` says. */
export function retries(outcome: ScriptedOutcome, { isLate = false }: OperatorTiming = {}): ScriptedOperator {
	return { kind: 'retries', outcome, isLate };
}

/** It stays parked for good. */
export const leavesIt: ScriptedOperator = { kind: 'leaves-it' };

/** Every answer comes twice in a row. */
export function duplicated(outcome: ScriptedOutcome): ScriptedOutcome {
	return { kind: 'repeated', outcome, when: 'at-once' };
}

/** Every answer comes once more when nothing else can move. */
export function repeatedAtTheEnd(outcome: ScriptedOutcome): ScriptedOutcome {
	return { kind: 'repeated', outcome, when: 'at-the-end' };
}

/** An answer and when it comes. */
export interface Delivery {
	readonly answer: Answer;
	/** Only when nothing that is not late is left. */
	readonly isLate: boolean;
}

/** The answers that an outcome causes, in order. */
export function deliveriesOf(outcome: ScriptedOutcome, commandId: string, generation = 1): readonly Delivery[] {
	const base = { commandId, generation, answerId: null };
	const now = (answer: Answer): readonly Delivery[] => [{ answer, isLate: false }];
	switch (outcome.kind) {
		case 'succeeds':
			return now({ ...base, outcome: 'SUCCESS', data: outcome.data });
		case 'fails':
			return now({ ...base, outcome: 'FAILED', error: outcome.error });
		case 'parks':
			return [
				...now({ ...base, outcome: 'parked', error: outcome.error }),
				...operatorDeliveries(outcome.operator, commandId, generation),
			];
		case 'repeated':
			return repeated(deliveriesOf(outcome.outcome, commandId, generation), outcome.when);
	}
}

function operatorDeliveries(operator: ScriptedOperator, commandId: string, generation: number): readonly Delivery[] {
	if (operator.kind === 'leaves-it') return [];
	const { isLate } = operator;
	return operatorAnswers(operator, commandId, generation).map((delivery) => ({
		...delivery,
		isLate: isLate || delivery.isLate,
	}));
}

function operatorAnswers(
	operator: Exclude<ScriptedOperator, { readonly kind: 'leaves-it' }>,
	commandId: string,
	generation: number,
): readonly Delivery[] {
	const base = { commandId, generation, answerId: null };
	switch (operator.kind) {
		case 'completes':
			return [{ answer: { ...base, outcome: 'SUCCESS', data: operator.data }, isLate: false }];
		case 'cancels': {
			const error = { type: 'CANCELED', code: 'CANCELED', message: operator.reason, details: null } as const;
			return [{ answer: { ...base, outcome: 'CANCELED', error }, isLate: false }];
		}
		case 'retries': {
			const next = generation + 1;
			const resumed: Answer = { ...base, generation: next, outcome: 'resumed' };
			return [{ answer: resumed, isLate: false }, ...deliveriesOf(operator.outcome, commandId, next)];
		}
	}
}

function repeated(deliveries: readonly Delivery[], when: 'at-once' | 'at-the-end'): readonly Delivery[] {
	if (when === 'at-once') return deliveries.flatMap((delivery) => [delivery, delivery]);
	return [...deliveries, ...deliveries.map(({ answer }) => ({ answer, isLate: true }))];
}

/** In a few words, for the path of a run. */
export function describeOutcome(outcome: ScriptedOutcome): string {
	if (outcome.kind === 'repeated') return `${describeOutcome(outcome.outcome)} (twice, ${outcome.when})`;
	if (outcome.kind !== 'parks') return outcome.kind;
	const { operator } = outcome;
	const then = operator.kind === 'retries' ? `retries: ${describeOutcome(operator.outcome)}` : operator.kind;
	return `parks, operator ${then}${'isLate' in operator && operator.isLate ? ' late' : ''}`;
}
