/** What an operator does to one parked command: everything the act changes, or nothing. */
import { DomainNotFoundError } from '../errors.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { OperatorAct } from '../model/operator.ts';
import type { ActOutcome, OperatorRequest } from '../ports/troubleshooting-store.ts';
import { missingReplyQueue, publishNotice, publishReply } from './answers.ts';
import { changeCommand, currentMessageId, endCommand, keyOf, recordOf, writeAudit } from './command-rows.ts';
import { bodyOf, queueExists, sendMessage } from './queues.ts';
import type { CommandRow } from './rows.ts';
import type { Step } from './state.ts';
import { storedJson } from './stored-json.ts';

export function actOnParked(step: Step, request: OperatorRequest): ActOutcome {
	const { domain, commandId, requestId } = request;
	const row = step.in('commands', domain).get(commandId);
	if (row === undefined) return { kind: 'not-found' };
	const requests = step.in('requests', keyOf(domain, commandId));
	const first = requestId === undefined ? undefined : requests.get(requestId);
	if (first !== undefined) return { ...first.outcome, isRepeated: true };

	const outcome = refusal(step, row, request) ?? perform(step, row, request);
	if (outcome.kind === 'done' && requestId !== undefined) {
		requests.put(requestId, { requestId, at: step.now, outcome });
	}
	return outcome;
}

/** Who says which version was seen learns that it is gone; who does not, that the command is not parked. */
function refusal(step: Step, row: CommandRow, request: OperatorRequest): ActOutcome | undefined {
	const { status, version } = recordOf(step, row);
	const lastAct = row.lastAct ?? undefined;
	if (request.expectedVersion !== undefined && request.expectedVersion !== version) {
		return { kind: 'version-conflict', status, version, lastAct };
	}
	if (status !== 'IN_TROUBLESHOOTING_QUEUE') return { kind: 'not-parked', status, lastAct };
	const replyTo = isAnswered(request, row) ? missingReplyQueue(step, row) : undefined;
	return replyTo === undefined ? undefined : { kind: 'reply-queue-not-found', replyTo };
}

function isAnswered(request: OperatorRequest, row: CommandRow): boolean {
	return request.action === 'retry' ? row.wantsNotices : request.suppressReply !== true;
}

function perform(step: Step, row: CommandRow, request: OperatorRequest): ActOutcome {
	switch (request.action) {
		case 'retry':
			return retry(step, row, request);
		case 'cancel':
			return done(cancel(step, row, request));
		case 'complete':
			return done(complete(step, row, request));
	}
}

type RequestOf<Action extends OperatorRequest['action']> = Extract<OperatorRequest, { readonly action: Action }>;

/** Sends the parked message again, word for word but for amended data, as a new message of the next generation. */
function retry(step: Step, row: CommandRow, request: RequestOf<'retry'>): ActOutcome {
	const queue = domainQueues(row.domain).commands;
	const previousMessageId = currentMessageId(row);
	const archived = step.in('archive', queue).get(previousMessageId);
	if (archived === undefined) return { kind: 'payload-missing' };
	if (!queueExists(step, queue)) throw new DomainNotFoundError(row.domain);

	const { amendment } = request;
	const envelope = bodyOf(archived) as JsonObject;
	// Kept attempts leave at least one to make.
	const maxAttempts = row.parked?.maxAttempts ?? row.attempts + 1;
	const attempts = request.keepAttempts === true ? Math.min(row.attempts, maxAttempts - 1) : 0;
	const messageId = sendMessage(step, queue, {
		body: amendment === undefined ? envelope : { ...envelope, data: amendment.data },
		headers: archived.headers,
		attempts,
	});
	const retried = changeCommand(step, row, {
		status: 'PENDING',
		generation: row.generation + 1,
		attempts,
		messageIds: [...row.messageIds, messageId],
		lastError: null,
		parked: null,
		lastAct: actOf(step, request),
	});
	const amended = amendment === undefined ? {} : { amendment: { diff: amendment.diff } };
	const details = { ...actDetails(request), previousMessageId, messageId, ...amended };
	writeAudit(step, retried, { type: 'OPERATOR_RETRY', attempt: row.attempts, details });
	publishNotice(step, retried, 'resumed');
	return done(retried, messageId);
}

function cancel(step: Step, row: CommandRow, request: RequestOf<'cancel'>): CommandRow {
	const canceled = endCommand(step, row, { status: 'CANCELED', lastAct: actOf(step, request) });
	const details = { ...actDetails(request), isReplySuppressed: request.suppressReply === true };
	writeAudit(step, canceled, { type: 'OPERATOR_CANCEL', attempt: row.attempts, details });
	if (request.suppressReply !== true) {
		const message = request.reason ?? '';
		const error = { type: 'CANCELED', code: 'CANCELED', message, details: null } as const;
		publishReply(step, canceled, { outcome: 'CANCELED', data: null, error });
	}
	return canceled;
}

function complete(step: Step, row: CommandRow, request: RequestOf<'complete'>): CommandRow {
	const { result } = request;
	const completed = endCommand(step, row, {
		status: 'COMPLETED',
		result: storedJson(result),
		lastError: null,
		lastAct: actOf(step, request),
	});
	const details = { ...actDetails(request), result, isReplySuppressed: request.suppressReply === true };
	writeAudit(step, completed, { type: 'OPERATOR_COMPLETE', attempt: row.attempts, details });
	if (request.suppressReply !== true) publishReply(step, completed, { outcome: 'SUCCESS', data: result, error: null });
	return completed;
}

function done(row: CommandRow, messageId: string | null = null): ActOutcome & { readonly kind: 'done' } {
	const { status, version, generation } = row;
	const batchId = messageId === null ? row.batchId : null;
	return { kind: 'done', status, version, generation, messageId, batchId, isRepeated: false };
}

function actOf(step: Step, request: OperatorRequest): OperatorAct {
	return { action: request.action, operator: request.operator, reason: request.reason ?? null, at: step.now };
}

function actDetails(request: OperatorRequest): JsonObject {
	const { id, kind = 'human' } = request.operator;
	return { operator: { id, kind }, reason: request.reason ?? null };
}
