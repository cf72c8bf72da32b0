/**
 * What lies on the queues, field by field. Snake case, because other languages and psql read it: the message is an interface, not
 * an implementation detail.
 */
import { z } from 'zod';
import type { JsonValue } from './json.ts';

/** Trace context and the like, carried beside the envelope. Keys that begin with `cb_` are ours. */
export type MessageHeaders = Readonly<Record<string, string>>;

export interface CommandMessage {
	readonly command_id: string;
	readonly command_type: string;
	readonly domain: string;
	readonly correlation_id: string;
	readonly causation_id?: string;
	readonly reply_to?: string;
	readonly created_at: string;
	readonly data: JsonValue;
}

const JsonSchema = z.json();

export const ReplyOutcomeSchema = z.enum(['SUCCESS', 'FAILED', 'CANCELED']);
export type ReplyOutcome = z.output<typeof ReplyOutcomeSchema>;

const ReplyErrorSchema = z.object({
	type: z.enum(['TRANSIENT', 'PERMANENT', 'BUSINESS_RULE', 'CANCELED']).optional(),
	code: z.string(),
	message: z.string(),
	details: JsonSchema.optional(),
});

const answerFields = {
	command_id: z.guid(),
	command_type: z.string(),
	domain: z.string(),
	correlation_id: z.guid(),
	generation: z.number().int().min(0),
};

export const ReplyMessageSchema = z.object({
	kind: z.literal('reply'),
	/** Consumers dedupe on it: one per resolution. */
	reply_id: z.guid(),
	...answerFields,
	outcome: ReplyOutcomeSchema,
	data: JsonSchema,
	error: ReplyErrorSchema.nullable(),
	completed_at: z.string(),
});

/** Only commands that asked for notices cause them: processes do. A `resumed` carries the new generation, whose reply is to come. */
export const NoticeMessageSchema = z.object({
	kind: z.enum(['parked', 'resumed']),
	notice_id: z.guid(),
	...answerFields,
	error: ReplyErrorSchema.nullable(),
	occurred_at: z.string(),
});

/** Everything that may come to a reply queue. */
export const AnswerMessageSchema = z.discriminatedUnion('kind', [ReplyMessageSchema, NoticeMessageSchema]);

export type ReplyMessage = z.output<typeof ReplyMessageSchema>;
export type NoticeMessage = z.output<typeof NoticeMessageSchema>;
export type AnswerMessage = z.output<typeof AnswerMessageSchema>;
