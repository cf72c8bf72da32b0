/** Who acts and why: what an operator and a reason look like. Every act needs an operator; a blank one is refused. */
import { findJsonProblem } from '@cb/core';
import type { Operator } from '@cb/core';
import { z } from 'zod';

/** Text that the audit can keep for good: trimmed, not blank, and storable. */
function auditText(what: string, maxLength: number): z.ZodType<string, string> {
	return z
		.string(`${what} is required`)
		.trim()
		.min(1, `${what} must not be blank`)
		.max(maxLength, `${what} has up to ${String(maxLength)} characters`)
		.refine((text) => findJsonProblem(text) === undefined, `${what} contains characters that cannot be stored`);
}

export const ReasonSchema = auditText('a reason', 2_000);

export const OperatorSchema = z.strictObject(
	{
		id: auditText('an operator id', 200),
		kind: z.enum(['human', 'service']).default('human'),
	},
	'an operator is required: { id, kind? }',
);

/** Who looks or acts, in calls where the rest of the request says what. */
export interface ActingOperator {
	/** Required as soon as the queue has an `authorize` hook. */
	readonly operator?: Operator | undefined;
}

export const ActingOperatorSchema = z.strictObject({ operator: OperatorSchema.optional() });
