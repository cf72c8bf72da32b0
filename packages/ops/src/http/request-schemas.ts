/** How requests are written over HTTP: text where code has Dates and numbers. The fields themselves are those of the queue. */
import { IdSchema, TimeSchema, maxPageLimit } from '@cb/core';
import { z } from 'zod';
import { amendFields, cancelFields, checkAmendment, completeFields, retryFields } from '../act-request.ts';
import { BulkActionSchema, BulkItemStatusSchema, DigestSchema } from '../bulk-request.ts';
import { AddressSchema, checkQuery, filterFields, maxInteger, pageFields } from '../item-filter.ts';

/** A moment (`2026-01-31T12:00:00Z`), or a day, which begins at midnight UTC. */
const TimeTextSchema = z
	.union(
		[z.iso.datetime({ offset: true }), z.iso.date()],
		'a moment like 2026-01-31T12:00:00Z, or a day like 2026-01-31',
	)
	.transform((text) => new Date(text))
	.pipe(TimeSchema);

const filter = filterFields(TimeTextSchema);
const page = pageFields(
	z.coerce.number().int().min(1).max(maxPageLimit),
	z.coerce.number().int().min(0).max(maxInteger),
);

export const NothingSchema = z.strictObject({});
export const FilterQuerySchema = z.strictObject(filter).superRefine(checkQuery);
export const ItemsQuerySchema = z.strictObject({ ...filter, ...page }).superRefine(checkQuery);
export const PageQuerySchema = z.strictObject(page).superRefine(checkQuery);
export const ResultsQuerySchema = z
	.strictObject({ ...page, status: BulkItemStatusSchema.optional() })
	.superRefine(checkQuery);
export const HealthQuerySchema = z.strictObject({ domain: filter.domain });

export const ItemPathSchema = AddressSchema;
export const BulkPathSchema = z.strictObject({ bulkId: IdSchema });

export const RetryBodySchema = z.strictObject(retryFields);
export const CancelBodySchema = z.strictObject(cancelFields);
export const CompleteBodySchema = z.strictObject(completeFields);
export const AmendBodySchema = z.strictObject(amendFields).superRefine(checkAmendment);
export const PreviewBodySchema = z.strictObject({
	filter: z.strictObject(filter).superRefine(checkQuery),
	action: BulkActionSchema,
});
export const StartBodySchema = z.strictObject({ digest: DigestSchema });
