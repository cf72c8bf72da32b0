/** What every move of a command has in common: reading its record, and writing its audit, its answers and its end. */
import type { AuditEvent } from '../model/audit-event.ts';
import type { CommandRecord } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import type { CommandRow, MessageRow, Receipt } from './rows.ts';
import type { Step } from './state.ts';

/** Names what belongs to one command, one batch: the partition of its rows. */
export function keyOf(domain: string, id: string): string {
	return `${domain}/${id}`;
}

export function currentMessageId(row: CommandRow): string {
	return row.messageIds.at(-1) ?? '';
}

/** The message of a live command; `undefined` once it has left the queue. */
export function liveMessage(step: Step, row: CommandRow): MessageRow | undefined {
	return step.in('messages', domainQueues(row.domain).commands).get(currentMessageId(row));
}

/** The record that callers see: IN_PROGRESS and the attempts of a live command are read from its message. */
export function recordOf(step: Step, row: CommandRow): CommandRecord {
	const message = row.status === 'PENDING' ? liveMessage(step, row) : undefined;
	const isHeld = message !== undefined && message.receipt !== null;
	return {
		domain: row.domain,
		commandId: row.commandId,
		commandType: row.commandType,
		status: isHeld ? 'IN_PROGRESS' : row.status,
		attempts: message?.attempts ?? row.attempts,
		maxAttempts: row.parked?.maxAttempts ?? row.sentMaxAttempts,
		generation: row.generation,
		version: row.version,
		messageId: currentMessageId(row),
		correlationId: row.correlationId,
		causationId: row.causationId,
		replyTo: row.replyTo,
		batchId: row.batchId,
		result: row.result,
		lastError: row.lastError,
		createdAt: row.createdAt,
		updatedAt: row.updatedAt,
		completedAt: row.completedAt,
	};
}

/** Stores a changed command: every change makes a new version. */
export function changeCommand(step: Step, row: CommandRow, change: Partial<CommandRow>): CommandRow {
	const changed = { ...row, ...change, version: row.version + 1, updatedAt: step.now };
	step.in('commands', row.domain).put(row.commandId, changed);
	return changed;
}

/** The change that ends a command; its batch counts it from now on. */
export function endCommand(
	step: Step,
	row: CommandRow,
	change: Partial<CommandRow> & Pick<CommandRow, 'status'>,
): CommandRow {
	if (row.batchId !== null) step.in('openMembers', keyOf(row.domain, row.batchId)).remove(row.commandId);
	return changeCommand(step, row, { ...change, parked: null, completedAt: step.now });
}

/** An audit line before it has its place in the sequence. */
type NewEvent = Pick<AuditEvent, 'type' | 'attempt' | 'details'> & { readonly at?: Date };

export function writeAudit(step: Step, row: CommandRow, event: NewEvent): void {
	const sequence = step.nextId('audit');
	const { domain, commandId, generation } = row;
	const audit = { sequence, domain, commandId, generation, ...event, at: event.at ?? step.now };
	step.in('audit', keyOf(domain, commandId)).put(sequence, audit);
}

/** Writes the RECEIVED line of a lease that is over. Until then its message carries it. */
export function writeReceipt(step: Step, row: CommandRow, receipt: Receipt): void {
	writeAudit(step, row, received(receipt));
}

/** The RECEIVED line as the history shows it while the lease holds it. */
export function heldReceipt(row: CommandRow, receipt: Receipt): AuditEvent {
	const { domain, commandId, generation } = row;
	return { sequence: '', domain, commandId, generation, ...received(receipt) };
}

function received(receipt: Receipt): Required<NewEvent> {
	const { workerId, attempt, isRedelivered, receivedAt } = receipt;
	return { type: 'RECEIVED', attempt, at: receivedAt, details: { workerId, isRedelivered } };
}
