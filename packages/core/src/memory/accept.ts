/** Taking commands in: row, message and SENT together, each command refused or stored by itself. */
import type { NewCommand } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import type { CommandMessage } from '../model/message.ts';
import type { AcceptOutcome } from '../ports/command-store.ts';
import { keyOf, writeAudit } from './command-rows.ts';
import { queueExists, sendMessage } from './queues.ts';
import type { CommandRow } from './rows.ts';
import type { Step } from './state.ts';

/** Stores one command, or says why not. */
export function acceptCommand(step: Step, command: NewCommand, batchId: string | null = null): AcceptOutcome {
	const { domain, commandId } = command;
	const existing = step.in('commands', domain).get(commandId) ?? step.in('remembered', domain).get(commandId);
	if (existing !== undefined)
		return { kind: 'duplicate', existing: { domain, commandId, correlationId: existing.correlationId } };
	if (!queueExists(step, domainQueues(domain).commands)) return { kind: 'domain-not-found' };
	if (command.replyTo !== undefined && !queueExists(step, command.replyTo)) {
		return { kind: 'reply-queue-not-found', replyTo: command.replyTo };
	}

	const messageId = sendMessage(step, domainQueues(domain).commands, {
		body: { ...messageOf(step, command) },
		headers: command.headers,
		visibleAtMs: dueAtMs(step, command),
	});
	const row = newRow(step, command, { messageId, batchId });
	step.in('commands', domain).put(commandId, row);
	const { correlationId, replyTo } = row;
	writeAudit(step, row, { type: 'SENT', attempt: 0, details: { correlationId, replyTo, batchId } });
	if (batchId !== null) joinBatch(step, row, batchId);
	return { kind: 'accepted' };
}

/** Stores all, or nothing when one is refused. */
export function acceptAllCommands(
	step: Step,
	commands: readonly NewCommand[],
	batchId: string | null = null,
): readonly AcceptOutcome[] {
	const outcomes = step.part(
		(part) => commands.map((command) => acceptCommand(part, command, batchId)),
		(decided) => !hasRefusal(commands, decided),
	);
	if (!hasRefusal(commands, outcomes)) return outcomes;
	return outcomes.map((outcome) => (outcome.kind === 'accepted' ? { kind: 'not-stored' } : outcome));
}

/** Whether at least one command was refused. A duplicate that may be one is none. */
export function hasRefusal(commands: readonly NewCommand[], outcomes: readonly AcceptOutcome[]): boolean {
	return outcomes.some(
		({ kind }, index) =>
			kind !== 'accepted' && !(kind === 'duplicate' && commands[index]?.onDuplicate === 'return-existing'),
	);
}

function messageOf(step: Step, command: NewCommand): CommandMessage {
	return {
		command_id: command.commandId,
		command_type: command.commandType,
		domain: command.domain,
		correlation_id: command.correlationId,
		...(command.causationId === undefined ? {} : { causation_id: command.causationId }),
		...(command.replyTo === undefined ? {} : { reply_to: command.replyTo }),
		created_at: step.now.toISOString(),
		data: command.data,
	};
}

function dueAtMs(step: Step, command: NewCommand): number {
	return command.dueAt?.getTime() ?? step.now.getTime() + (command.delaySeconds ?? 0) * 1000;
}

function newRow(
	step: Step,
	command: NewCommand,
	stored: { readonly messageId: string; readonly batchId: string | null },
): CommandRow {
	return {
		domain: command.domain,
		commandId: command.commandId,
		commandType: command.commandType,
		status: 'PENDING',
		attempts: 0,
		sentMaxAttempts: command.maxAttempts ?? null,
		backoff: command.backoff ?? null,
		wantsNotices: command.wantsNotices ?? false,
		generation: 1,
		version: 1,
		messageIds: [stored.messageId],
		headers: command.headers ?? {},
		correlationId: command.correlationId,
		causationId: command.causationId ?? null,
		replyTo: command.replyTo ?? null,
		batchId: stored.batchId,
		result: null,
		lastError: null,
		parked: null,
		lastAct: null,
		createdAt: step.now,
		updatedAt: step.now,
		completedAt: null,
	};
}

function joinBatch(step: Step, row: CommandRow, batchId: string): void {
	const batch = keyOf(row.domain, batchId);
	step.in('members', batch).put(row.commandId, row.commandId);
	step.in('openMembers', batch).put(row.commandId, row.commandId);
}
