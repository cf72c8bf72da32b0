/**
 * What lies on the queues, field by field. Snake case, because other languages and psql read it: the message is an interface, not
 * an implementation detail.
 */
import { z } from 'zod';
import { findJsonProblem } from './json.ts';
import type { JsonValue } from './json.ts';

/** Trace context and the like, carried beside the envelope. Keys that begin with `cb_` are ours. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** Not `z.record`, which drops a key named `__proto__` without a word. */
export const MessageHeadersSchema = z
	.custom<MessageHeaders>(
		(value) => typeof value === 'object' && value !== null && !Array.isArray(value),
		'is no object',
	)
	.superRefine((headers, context) => {
		for (const [name, value] of Object.entries<unknown>(headers)) {
			const message = problemOfHeader(name, value);
			if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
		}
	})
	.transform((headers): MessageHeaders => ({ ...headers }));

function problemOfHeader(name: string, value: unknown): string | undefined {
	if (name.startsWith('cb_')) return 'keys that begin with cb_ are reserved';
	if (typeof value !== 'string') return 'is no text';
	return findJsonProblem(name)?.problem ?? findJsonProblem(value)?.problem;
}

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

/** Not `z.json`, for the same reason. */
const JsonSchema = z.custom<JsonValue>((value) => findJsonProblem(value) === undefined, 'is no JSON value');

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
