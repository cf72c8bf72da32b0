/** What an operator may ask for: one schema per act, for code and HTTP alike. */
import { parseArgument } from '@cb/core';
import type { CommandAddress, JsonValue, Operator } from '@cb/core';
import { z } from 'zod';
import { AddressSchema, maxInteger } from './item-filter.ts';
import { JsonPatchSchema } from './json-patch.ts';
import type { PatchOperation } from './json-patch.ts';
import { JsonValueSchema } from './json-value.ts';
import { OperatorSchema, ReasonSchema } from './operator.ts';
import { typedText } from './storable-text.ts';

interface ActRequest extends CommandAddress {
	readonly operator: Operator;
	/** The act happens only while the command is at this version; `version` of the item that was shown. */
	readonly expectedVersion?: number | undefined;
	/** A repeat with the same id returns the first result and changes nothing. */
	readonly requestId?: string | undefined;
}

export interface RetryRequest extends ActRequest {
	readonly reason?: string | undefined;
	/** Go on counting attempts instead of beginning at 0. @default false */
	readonly keepAttempts?: boolean | undefined;
}

export interface CancelRequest extends ActRequest {
	readonly reason: string;
	/** Resolve without telling the sender, for instance because its reply queue is gone. The audit says so. @default false */
	readonly suppressReply?: boolean | undefined;
}

export interface CompleteRequest extends ActRequest {
	readonly reason?: string | undefined;
	/** What the sender gets as the command's result. @default null */
	readonly result?: JsonValue | undefined;
	/** As for a cancel. @default false */
	readonly suppressReply?: boolean | undefined;
}

/** A changed payload: the whole of it, or the changes as JSON Patch (the way for an operator who sees only a part). */
export type AmendRequest = RetryRequest & { readonly reason: string } & (
		| { readonly data: JsonValue; readonly patch?: undefined }
		| { readonly patch: readonly PatchOperation[]; readonly data?: undefined }
	);

const conditionFields = {
	expectedVersion: z.number().int().min(0).max(maxInteger).optional(),
	requestId: typedText('a requestId', 200).optional(),
};

export const retryFields = {
	reason: ReasonSchema.optional(),
	keepAttempts: z.boolean().optional(),
	...conditionFields,
};
export const cancelFields = { reason: ReasonSchema, suppressReply: z.boolean().optional(), ...conditionFields };
export const completeFields = {
	reason: ReasonSchema.optional(),
	result: JsonValueSchema.optional(),
	suppressReply: z.boolean().optional(),
	...conditionFields,
};
export const amendFields = {
	...retryFields,
	reason: ReasonSchema,
	data: JsonValueSchema.optional(),
	patch: JsonPatchSchema.optional(),
};

const whoAndWhat = { ...AddressSchema.shape, operator: OperatorSchema };

const RetrySchema = z.strictObject({ ...whoAndWhat, ...retryFields });
const CancelSchema = z.strictObject({ ...whoAndWhat, ...cancelFields });
const CompleteSchema = z.strictObject({ ...whoAndWhat, ...completeFields });
const AmendSchema = z.strictObject({ ...whoAndWhat, ...amendFields }).superRefine(checkAmendment);

export type ParsedRetry = z.output<typeof RetrySchema>;
export type ParsedCancel = z.output<typeof CancelSchema>;
export type ParsedComplete = z.output<typeof CompleteSchema>;
export type ParsedAmend = z.output<typeof AmendSchema>;

export const parseRetry = (request: RetryRequest): ParsedRetry => parseArgument(RetrySchema, request, 'The retry');
export const parseCancel = (request: CancelRequest): ParsedCancel => parseArgument(CancelSchema, request, 'The cancel');
export const parseComplete = (request: CompleteRequest): ParsedComplete =>
	parseArgument(CompleteSchema, request, 'The completion');
export const parseAmend = (request: AmendRequest): ParsedAmend => parseArgument(AmendSchema, request, 'The amendment');

export function checkAmendment(
	{ data, patch }: { readonly data?: unknown; readonly patch?: unknown },
	context: z.RefinementCtx,
): void {
	if ((data === undefined) === (patch === undefined)) {
		context.addIssue({ code: 'custom', path: ['data'], message: 'say either data or patch' });
	}
}
