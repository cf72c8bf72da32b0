/** What a bulk may be asked for: one schema per call, for code and HTTP alike. */
import { IdSchema, bulkItemStatuses, parseArgument } from '@cb/core';
import type { BulkAction, BulkItemStatus, Operator, PageRequest, TroubleshootingFilter } from '@cb/core';
import { z } from 'zod';
import { PageRequestSchema, TroubleshootingFilterSchema } from './item-filter.ts';
import { JsonValueSchema } from './json-value.ts';
import { OperatorSchema, ReasonSchema } from './operator.ts';
import { storableText } from './storable-text.ts';

export interface PreviewRequest {
	/** Which parked commands; those that match now are frozen. `{}` is everything. */
	readonly filter: TroubleshootingFilter;
	readonly action: BulkAction;
	/** In whose name the commands are acted on, also when a worker does it later. */
	readonly operator: Operator;
}

/** A page of results, of one status or all. */
export type ResultsQuery = PageRequest & { readonly status?: BulkItemStatus | undefined };

export const BulkActionSchema = z.discriminatedUnion('action', [
	z.strictObject({
		action: z.literal('retry'),
		reason: ReasonSchema.optional(),
		keepAttempts: z.boolean().optional(),
	}),
	z.strictObject({ action: z.literal('cancel'), reason: ReasonSchema, suppressReply: z.boolean().optional() }),
	z.strictObject({
		action: z.literal('complete'),
		reason: ReasonSchema.optional(),
		result: JsonValueSchema.optional(),
		suppressReply: z.boolean().optional(),
	}),
]);

const BulkIdSchema = z.strictObject({ bulkId: IdSchema });
export const DigestSchema = storableText('a digest', 200);
export const BulkItemStatusSchema = z.enum(bulkItemStatuses);

const PreviewSchema = z.strictObject({
	filter: TroubleshootingFilterSchema,
	action: BulkActionSchema,
	operator: OperatorSchema,
});

export function parsePreview(request: PreviewRequest): z.output<typeof PreviewSchema> {
	return parseArgument(PreviewSchema, request, 'The preview');
}

export function parseBulkId(bulkId: string): string {
	return parseArgument(BulkIdSchema, { bulkId }, 'The bulk').bulkId;
}

export function parseResultsQuery({ status, ...page }: ResultsQuery): {
	readonly status: BulkItemStatus | undefined;
	readonly page: PageRequest;
} {
	return {
		status: parseArgument(BulkItemStatusSchema.optional(), status, 'The status'),
		page: parseArgument(PageRequestSchema, page, 'The page'),
	};
}
