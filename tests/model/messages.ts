/** What lies on the queues of a domain, by names instead of ids. */
import { AnswerMessageSchema, domainQueues } from '@cb/core';
import type { ErrorRecord, JsonValue } from '@cb/core';
import { z } from 'zod';
import type { SeenMessage } from './observation.ts';
import type { Answer } from './semantics/world.ts';
import { domain } from './stage.ts';
import type { Stage } from './stage.ts';

export const queues = domainQueues(domain);

const CommandMessageSchema = z.object({ command_id: z.string(), domain: z.literal(domain), data: z.json() });

export function seenMessage({ names }: Stage, body: JsonValue): SeenMessage {
	const { command_id: commandId, data } = CommandMessageSchema.parse(body);
	return { command: names.nameOf(commandId), data };
}

const BatchCompletedSchema = z.object({
	kind: z.literal('batch_completed'),
	batch_id: z.string(),
	domain: z.literal(domain),
	status: z.enum(['COMPLETED', 'COMPLETED_WITH_FAILURES']),
	total_count: z.number(),
	completed_count: z.number(),
	failed_count: z.number(),
	canceled_count: z.number(),
	completed_at: z.string(),
});

/** An answer by the id that its readers know it by. */
export interface SeenLetter {
	readonly id: string;
	readonly answer: Answer;
}

export function seenLetter({ names }: Stage, body: JsonValue): SeenLetter {
	const message = z.union([AnswerMessageSchema, BatchCompletedSchema]).parse(body);
	if (message.kind === 'batch_completed') {
		const answer = {
			kind: 'batch_completed',
			batch: names.nameOf(message.batch_id),
			status: message.status,
			total: message.total_count,
			completed: message.completed_count,
			failed: message.failed_count,
			canceled: message.canceled_count,
		} as const;
		return { id: message.batch_id, answer };
	}
	const { command_id: commandId, generation } = message;
	const base = { command: names.nameOf(commandId), generation, error: errorOf(message.error) };
	if (message.kind !== 'reply') return { id: message.notice_id, answer: { kind: message.kind, ...base } };
	const { reply_id: id, outcome, data } = message;
	return { id, answer: { kind: 'reply', ...base, outcome, data } };
}

type MessageError = z.output<typeof AnswerMessageSchema>['error'];

function errorOf(error: MessageError): ErrorRecord | null {
	if (error === null) return null;
	const { type = 'CANCELED', code, message, details = null } = error;
	return { type, code, message, details };
}
