/** From what lies on a reply queue, where anybody may have put it, to an answer for a process. */
import { z } from 'zod';
import { AnswerMessageSchema, issueText } from '@cb/core';
import type { JsonValue, MessageHeaders, ReceivedReply } from '@cb/core';
import { answerOf } from '../answer.ts';
import type { Answer } from '../answer.ts';
import type { Trouble } from './reply-trouble.ts';

/** An answer on its way to its process. */
export interface PendingAnswer {
	readonly reply: ReceivedReply;
	readonly answer: Answer;
	/** The domain of the command. */
	readonly domain: string;
	/** Undefined when the message does not say: then the command tells whose it is. */
	readonly processId: string | undefined;
	readonly staleCount: number;
}

/** Stands in for a correlation id that is missing or no UUID, to see whether the rest of the message is sound. */
const nilId = '00000000-0000-0000-0000-000000000000';

export function readAnswer(reply: ReceivedReply): PendingAnswer | Trouble {
	const parsed = AnswerMessageSchema.safeParse(reply.body);
	const message = parsed.success ? parsed.data : withoutCorrelation(reply.body);
	if (message === undefined) {
		const issues = (parsed.error?.issues ?? []).map(({ path, message: text }) => ({
			path: `$.${path.join('.')}`,
			message: text,
		}));
		return { reply, kind: 'malformed', reason: `The message is neither a reply nor a notice: ${issueText(issues)}` };
	}
	const processId = parsed.success ? parsed.data.correlation_id.toLowerCase() : undefined;
	const answer = answerOf({ ...message, command_id: message.command_id.toLowerCase() });
	return { reply, answer, domain: message.domain, processId, staleCount: 0 };
}

const FieldsSchema = z.record(z.string(), z.unknown());

function withoutCorrelation(body: JsonValue) {
	const fields = FieldsSchema.safeParse(body);
	return fields.success ? AnswerMessageSchema.safeParse({ ...fields.data, correlation_id: nilId }).data : undefined;
}

/** What travels on with the commands that an answer causes. Keys that begin with `cb_` are the adapter's own. */
export function ownHeaders({ headers }: ReceivedReply): MessageHeaders {
	return Object.fromEntries(Object.entries(headers).filter(([key]) => !key.startsWith('cb_')));
}
