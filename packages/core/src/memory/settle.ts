/** Ending or delaying a leased command: everything one outcome changes, or nothing when the lease is lost. */
import type { Lease } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { SettleOutcome, Settlement } from '../ports/command-store.ts';
import { missingReplyQueue, publishNotice, publishReply } from './answers.ts';
import { changeCommand, currentMessageId, endCommand, writeAudit, writeReceipt } from './command-rows.ts';
import { archiveMessage, isLeased } from './queues.ts';
import type { CommandRow, MessageRow, Receipt } from './rows.ts';
import type { Step } from './state.ts';
import { storedJson } from './stored-json.ts';

/** A command whose lease runs. */
export interface HeldCommand {
	readonly row: CommandRow;
	readonly message: MessageRow;
	readonly receipt: Receipt;
}

/** The command of a lease that still runs. This check is the fencing: nothing of a lost lease passes it. */
export function heldCommand(step: Step, domain: string, lease: Lease): HeldCommand | undefined {
	const row = step.in('commands', domain).get(lease.commandId);
	const message = step.in('messages', domainQueues(domain).commands).get(lease.messageId);
	if (row === undefined || message === undefined || message.receipt === null) return undefined;
	const isCurrent = row.status === 'PENDING' && currentMessageId(row) === lease.messageId;
	return isCurrent && isLeased(step, message, lease.attempt) ? { row, message, receipt: message.receipt } : undefined;
}

export function settleCommand(step: Step, domain: string, settlement: Settlement): SettleOutcome {
	const held = heldCommand(step, domain, settlement.lease);
	if (held === undefined) return { kind: 'lease-lost' };
	const replyTo = isAnswered(settlement, held.row) ? missingReplyQueue(step, held.row) : undefined;
	if (replyTo !== undefined) return { kind: 'reply-queue-not-found', replyTo };

	writeReceipt(step, held.row, held.receipt);
	switch (settlement.kind) {
		case 'complete':
			complete(step, held, settlement);
			break;
		case 'retry-later':
			retryLater(step, held, settlement);
			break;
		case 'park':
			park(step, held, settlement);
			break;
		case 'fail':
			fail(step, held, settlement);
			break;
	}
	return { kind: 'settled' };
}

function isAnswered(settlement: Settlement, row: CommandRow): boolean {
	return settlement.kind === 'park' ? row.wantsNotices : settlement.kind !== 'retry-later';
}

type SettlementOf<Kind extends Settlement['kind']> = Extract<Settlement, { readonly kind: Kind }>;

function complete(step: Step, held: HeldCommand, settlement: SettlementOf<'complete'>): void {
	const { attempt } = held.receipt;
	step.in('messages', domainQueues(held.row.domain).commands).remove(held.message.messageId);
	const row = endCommand(step, held.row, {
		status: 'COMPLETED',
		attempts: held.message.attempts,
		result: storedJson(settlement.result),
		lastError: null,
	});
	writeAudit(step, row, { type: 'COMPLETED', attempt, details: {} });
	publishReply(step, row, { outcome: 'SUCCESS', data: settlement.result, error: null });
}

function retryLater(step: Step, held: HeldCommand, settlement: SettlementOf<'retry-later'>): void {
	const { error, delaySeconds } = settlement;
	step.in('messages', domainQueues(held.row.domain).commands).put(held.message.messageId, {
		...held.message,
		receipt: null,
		visibleAtMs: step.now.getTime() + delaySeconds * 1000,
	});
	const row = changeCommand(step, held.row, { attempts: held.message.attempts, lastError: error });
	writeAudit(step, row, { ...failure('FAILED', held, settlement), details: { error: { ...error }, delaySeconds } });
}

function park(step: Step, held: HeldCommand, settlement: SettlementOf<'park'>): void {
	const { error, fingerprint, maxAttempts, reason } = settlement;
	archiveMessage(step, domainQueues(held.row.domain).commands, held.message);
	const row = changeCommand(step, held.row, {
		status: 'IN_TROUBLESHOOTING_QUEUE',
		attempts: held.message.attempts,
		lastError: error,
		parked: { at: step.now, fingerprint, maxAttempts },
	});
	writeAudit(step, row, failure('FAILED', held, settlement));
	const details = { reason, error: { ...error } };
	writeAudit(step, row, { type: 'MOVED_TO_TROUBLESHOOTING_QUEUE', attempt: held.receipt.attempt, details });
	publishNotice(step, row, 'parked');
}

function fail(step: Step, held: HeldCommand, settlement: SettlementOf<'fail'>): void {
	const { error } = settlement;
	archiveMessage(step, domainQueues(held.row.domain).commands, held.message);
	const row = endCommand(step, held.row, {
		status: 'FAILED',
		attempts: held.message.attempts,
		lastError: error,
	});
	writeAudit(step, row, failure('BUSINESS_RULE_FAILED', held, settlement));
	publishReply(step, row, { outcome: 'FAILED', data: null, error });
}

function failure<Type extends 'FAILED' | 'BUSINESS_RULE_FAILED'>(
	type: Type,
	held: HeldCommand,
	settlement: Exclude<Settlement, { readonly kind: 'complete' }>,
): { readonly type: Type; readonly attempt: number; readonly details: JsonObject } {
	return { type, attempt: held.receipt.attempt, details: { error: { ...settlement.error } } };
}
