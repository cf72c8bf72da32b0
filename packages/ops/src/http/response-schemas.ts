/** What the answers look like, for the OpenAPI description; the tests hold every answer against them. */
import { auditEventTypes, bulkItemStatuses, bulkStatuses, commandStatuses, operatorActions } from '@cb/core';
import { z } from 'zod';
import { BulkActionSchema } from '../bulk-request.ts';
import { JsonValueSchema } from '../json-value.ts';
import { healthKinds, severities } from '../queue-health.ts';
import { FilterQuerySchema } from './request-schemas.ts';

const time = z.iso.datetime();
const text = z.string();
const count = z.number().int().min(0);
const errorType = z.enum(['TRANSIENT', 'PERMANENT', 'BUSINESS_RULE', 'CANCELED']);
const operator = z.strictObject({ id: text, kind: z.enum(['human', 'service']).optional() });
const address = { domain: text, commandId: z.guid() };

export const ItemSchema = z.strictObject({
	...address,
	commandType: text,
	attempts: count,
	maxAttempts: count,
	lastErrorType: errorType,
	lastErrorCode: text,
	lastErrorMessage: text,
	lastErrorDetails: JsonValueSchema,
	payload: JsonValueSchema,
	isPayloadMissing: z.boolean(),
	correlationId: text,
	replyTo: text.nullable(),
	batchId: text.nullable(),
	processId: text.nullable(),
	generation: count,
	version: count,
	fingerprint: text,
	parkedAt: time,
	createdAt: time,
	updatedAt: time,
});

const CommandSchema = z.strictObject({
	...address,
	commandType: text,
	status: z.enum(commandStatuses),
	attempts: count,
	maxAttempts: count.nullable(),
	generation: count,
	version: count,
	messageId: text,
	correlationId: text,
	causationId: text.nullable(),
	replyTo: text.nullable(),
	batchId: text.nullable(),
	result: JsonValueSchema,
	lastError: z.strictObject({ type: errorType, code: text, message: text, details: JsonValueSchema }).nullable(),
	createdAt: time,
	updatedAt: time,
	completedAt: time.nullable(),
});

const AuditEventSchema = z.strictObject({
	sequence: text,
	...address,
	type: z.enum(auditEventTypes),
	generation: count,
	attempt: count,
	at: time,
	details: z.record(z.string(), JsonValueSchema),
});

const GenerationSchema = z.strictObject({
	generation: count,
	messageId: text,
	data: JsonValueSchema,
	headers: z.record(z.string(), z.string()),
	archivedAt: time.nullable(),
});

export const DetailsSchema = z.strictObject({
	item: ItemSchema.nullable(),
	command: CommandSchema,
	history: z.array(AuditEventSchema),
	generations: z.array(GenerationSchema),
});

export const CountSchema = z.strictObject({ count });
export const DomainsSchema = z.strictObject({ domains: z.array(text) });

export const GroupsSchema = z.strictObject({
	groups: z.array(
		z.strictObject({
			domain: text,
			commandType: text,
			fingerprint: text,
			errorCode: text,
			sampleMessage: text,
			count,
			firstParkedAt: time,
			lastParkedAt: time,
		}),
	),
});

export const ActResultSchema = z.strictObject({
	...address,
	status: z.enum(commandStatuses),
	version: count,
	generation: count,
	messageId: text.nullable(),
	isRepeated: z.boolean(),
});

const breakdown = z.array(
	z.strictObject({ domain: text, commandType: text, fingerprint: text, errorCode: text, count }),
);

export const PreviewSchema = z.strictObject({ bulkId: z.guid(), count, breakdown, digest: text });

export const BulkSchema = z.strictObject({
	bulkId: z.guid(),
	status: z.enum(bulkStatuses),
	digest: text,
	operator,
	action: BulkActionSchema,
	filter: FilterQuerySchema,
	breakdown,
	totalCount: count,
	doneCount: count,
	skippedCount: count,
	failedCount: count,
	canceledCount: count,
	createdAt: time,
	startedAt: time.nullable(),
	completedAt: time.nullable(),
});

export const BulkItemSchema = z.strictObject({
	...address,
	position: count,
	status: z.enum(bulkItemStatuses),
	expectedVersion: count,
	explanation: text.nullable(),
	settledAt: time.nullable(),
});

export function pageOf(item: z.ZodType): z.ZodObject {
	return z.strictObject({ items: z.array(item), nextCursor: text.optional() });
}

export const HealthSchema = z.strictObject({
	overall: z.enum(severities),
	findings: z.array(
		z.strictObject({
			domain: text,
			kind: z.enum(healthKinds),
			severity: z.enum(severities),
			value: z.number(),
			threshold: z.number(),
			advice: text,
		}),
	),
	statistics: z.array(
		z.strictObject({
			domain: text,
			depth: count,
			readyCount: count,
			delayedCount: count,
			inFlightCount: count,
			stalledCount: count,
			parkedCount: count,
			parkedLastHourCount: count,
			oldestReadySeconds: z.number().nullable(),
		}),
	),
});

/** Every refusal, as RFC 9457 has it. */
export const ProblemSchema = z.strictObject({
	type: text,
	title: text,
	status: z.number().int(),
	detail: text,
	/** The error's code, stable across releases. */
	code: text,
	/** With 409: the status of the command or bulk now. */
	currentStatus: text.optional(),
	/** With 409: who did what to it last. */
	lastAct: z.strictObject({ action: z.enum(operatorActions), operator, reason: text.nullable(), at: time }).optional(),
	/** With 409: the queue that is missing. */
	replyTo: text.optional(),
	/** With 422: what is wrong, and where. */
	issues: z.array(z.strictObject({ path: text, message: text })).optional(),
	/** With 503. */
	isRetryable: z.boolean().optional(),
});
