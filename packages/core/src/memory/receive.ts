/** Leasing commands, those first that have been due longest; whatever may not run is archived or parked on the way. */
import type { CommandMessage } from '../model/message.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ReceivedCommand } from '../model/command-record.ts';
import { IdSchema, domainQueues } from '../model/ids.ts';
import { DomainNotFoundError } from '../errors.ts';
import type { ReceiveRequest, ReceiveResult } from '../ports/command-store.ts';
import { publishNotice } from './answers.ts';
import { startBatch } from './batch-rows.ts';
import { changeCommand, currentMessageId, writeAudit, writeReceipt } from './command-rows.ts';
import { archiveMessage, bodyOf, isDue, leaseMessage, queueExists } from './queues.ts';
import type { CommandRow, MessageRow } from './rows.ts';
import type { Step } from './state.ts';

/** A due message with the command it carries. */
interface DueCommand {
	readonly row: CommandRow;
	readonly message: MessageRow;
	readonly body: CommandMessage;
}

/** Looks at up to `limit` due messages. One that is rejected or parked uses up a place, as a queue's read cannot know before. */
export function receiveCommands(step: Step, request: ReceiveRequest): ReceiveResult {
	const queue = domainQueues(request.domain).commands;
	if (!queueExists(step, queue)) throw new DomainNotFoundError(request.domain);

	const commands: ReceivedCommand[] = [];
	const parked: ReceiveResult['parked'][number][] = [];
	const rejected: ReceiveResult['rejected'][number][] = [];
	for (const message of dueMessages(step, request)) {
		const due = examine(step, request.domain, message);
		if ('reason' in due) {
			archiveMessage(step, queue, message);
			rejected.push({ messageId: message.messageId, reason: due.reason });
			continue;
		}
		// The lease that ran out is told of first: what follows is a consequence.
		if (message.receipt !== null) writeReceipt(step, due.row, message.receipt);
		const maxAttempts = effectiveMaxAttempts(due.row, request);
		if (message.attempts < maxAttempts) {
			commands.push(lease(step, due, request));
			continue;
		}
		parkExhausted(step, due, { ...request.exhausted, maxAttempts });
		const { domain, commandId, commandType, correlationId } = due.row;
		parked.push({ domain, commandId, commandType, correlationId, attempt: message.attempts });
	}
	return { commands, parked, rejected };
}

/** Those that have been due longest, in order of sending. */
function dueMessages(step: Step, { domain, limit }: ReceiveRequest): readonly MessageRow[] {
	const waiting = [...step.in('messages', domainQueues(domain).commands).all()].filter((message) =>
		isDue(step, message),
	);
	const due = new Set<MessageRow>();
	for (const message of waiting.toSorted((one, other) => one.visibleAtMs - other.visibleAtMs)) {
		if (due.size === limit) break;
		if (!isBeingChanged(step, domain, message)) due.add(message);
	}
	return waiting.filter((message) => due.has(message));
}

/** Somebody's open transaction moves this command: passed over now, looked at again by the next receive. */
function isBeingChanged(step: Step, domain: string, message: MessageRow): boolean {
	const commandId = commandIdOf(message);
	return commandId !== undefined && step.isLocked('commands', domain, commandId);
}

/** The command a message carries, or why it must not run. */
function examine(step: Step, domain: string, message: MessageRow): DueCommand | { readonly reason: string } {
	const commandId = commandIdOf(message);
	if (commandId === undefined) return { reason: 'malformed: no command_id that is a UUID' };
	const body = bodyOf(message) as JsonObject & CommandMessage;
	if (body.domain !== domain) return { reason: `names another domain than "${domain}"` };
	const row = step.in('commands', domain).get(commandId);
	if (row === undefined) return { reason: `no command ${commandId} is known` };
	if (row.status !== 'PENDING') return { reason: `command ${commandId} is ${row.status}` };
	if (currentMessageId(row) !== message.messageId) return { reason: `not the message of command ${commandId}` };
	return { row, message, body };
}

function commandIdOf(message: MessageRow): string | undefined {
	const body = bodyOf(message);
	return isObject(body) ? IdSchema.safeParse(body['command_id']).data : undefined;
}

function isObject(value: JsonValue): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function effectiveMaxAttempts(row: CommandRow, request: ReceiveRequest): number {
	const { maxAttemptsByType, defaultMaxAttempts } = request;
	const ofType = Object.hasOwn(maxAttemptsByType, row.commandType) ? maxAttemptsByType[row.commandType] : undefined;
	return row.sentMaxAttempts ?? ofType ?? defaultMaxAttempts;
}

function lease(step: Step, due: DueCommand, request: ReceiveRequest): ReceivedCommand {
	const { row, body } = due;
	const { workerId, leaseSeconds } = request;
	const message = leaseMessage(step, domainQueues(row.domain).commands, {
		message: due.message,
		workerId,
		leaseSeconds,
	});
	if (row.batchId !== null) startBatch(step, { domain: row.domain, batchId: row.batchId });
	return {
		domain: row.domain,
		commandId: row.commandId,
		lease: { commandId: row.commandId, messageId: message.messageId, attempt: message.attempts },
		commandType: row.commandType,
		data: body.data,
		headers: message.headers,
		correlationId: row.correlationId,
		causationId: row.causationId,
		replyTo: row.replyTo,
		batchId: row.batchId,
		generation: row.generation,
		maxAttempts: row.sentMaxAttempts,
		backoff: row.backoff,
		isRedelivered: message.receipt?.isRedelivered ?? false,
		deferrals: message.deferrals,
		createdAt: row.createdAt,
		receivedAt: step.now,
	};
}

/** No worker is there to be told that a notice cannot be delivered, so a command whose reply queue is gone is parked without one. */
function parkExhausted(
	step: Step,
	due: DueCommand,
	verdict: ReceiveRequest['exhausted'] & { readonly maxAttempts: number },
): void {
	const { error, fingerprint, maxAttempts } = verdict;
	archiveMessage(step, domainQueues(due.row.domain).commands, due.message);
	const row = changeCommand(step, due.row, {
		status: 'IN_TROUBLESHOOTING_QUEUE',
		attempts: due.message.attempts,
		lastError: error,
		parked: { at: step.now, fingerprint, maxAttempts },
	});
	const details = { reason: 'EXHAUSTED_BY_REDELIVERY', error: { ...error } };
	writeAudit(step, row, { type: 'MOVED_TO_TROUBLESHOOTING_QUEUE', attempt: due.message.attempts, details });
	publishNotice(step, row, 'parked');
}
