/** Replies and notices: what a command's sender hears of it. */
import { newId } from '../model/new-id.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ReplyOutcome } from '../model/message.ts';
import { queueExists, sendMessage } from './queues.ts';
import type { CommandRow } from './rows.ts';
import type { Step } from './state.ts';

export interface Reply {
	readonly outcome: ReplyOutcome;
	readonly data: JsonValue;
	readonly error: ErrorRecord | null;
}

/** The reply queue of a command when it is gone, so that nothing may happen that has to be answered there. */
export function missingReplyQueue(step: Step, row: Pick<CommandRow, 'replyTo'>): string | undefined {
	return row.replyTo === null || queueExists(step, row.replyTo) ? undefined : row.replyTo;
}

/** Sends the one reply of a resolution, where the sender asked for one. */
export function publishReply(step: Step, row: CommandRow, reply: Reply): void {
	if (row.replyTo === null) return;
	const { outcome, data, error } = reply;
	const body = {
		kind: 'reply',
		reply_id: newId(),
		...answerFields(row),
		outcome,
		data,
		error: error === null ? null : { ...error },
		completed_at: step.now.toISOString(),
	};
	sendMessage(step, row.replyTo, { body, headers: row.headers });
}

/** Tells a sender that asked for notices that its command was parked, or is on its way again. */
export function publishNotice(step: Step, row: CommandRow, kind: 'parked' | 'resumed'): void {
	if (!row.wantsNotices || row.replyTo === null || !queueExists(step, row.replyTo)) return;
	const body = {
		kind,
		notice_id: newId(),
		...answerFields(row),
		error: row.lastError === null ? null : { ...row.lastError },
		occurred_at: step.now.toISOString(),
	};
	sendMessage(step, row.replyTo, { body, headers: row.headers });
}

function answerFields(row: CommandRow): JsonObject {
	return {
		command_id: row.commandId,
		command_type: row.commandType,
		domain: row.domain,
		correlation_id: row.correlationId,
		generation: row.generation,
	};
}
