/** Who acts and why: what an operator and a reason look like. Every act needs an operator; a blank one is refused. */
import type { Operator } from '@cb/core';
import { z } from 'zod';
import { typedText } from './storable-text.ts';

export const ReasonSchema = typedText('a reason', 2_000);

export const OperatorSchema = z.strictObject(
	{
		id: typedText('an operator id', 200),
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
