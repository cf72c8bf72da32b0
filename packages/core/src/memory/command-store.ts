/** The moves of a command, each as one step of the in-memory store. */
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import type { Lease } from '../model/command-record.ts';
import type { JsonValue } from '../model/json.ts';
import type { CancelOutcome, CommandStore } from '../ports/command-store.ts';
import { LeaseLostError, ReplyQueueNotFoundError } from '../errors.ts';
import { acceptAllCommands, acceptCommand } from './accept.ts';
import { missingReplyQueue, publishReply } from './answers.ts';
import { endCommand, liveMessage, recordOf, writeAudit } from './command-rows.ts';
import { archiveMessage } from './queues.ts';
import { receiveCommands } from './receive.ts';
import { heldCommand, settleCommand } from './settle.ts';
import type { MemoryState, MemoryTransaction, Step } from './state.ts';

export function createCommandStore(state: MemoryState): CommandStore<MemoryTransaction> {
	return {
		accept: (commands, tx) => state.step((step) => commands.map((command) => acceptCommand(step, command)), tx),
		acceptAll: (commands, tx) => state.step((step) => acceptAllCommands(step, commands), tx),
		receive: (request) => state.step((step) => receiveCommands(step, request)),
		settle: (domain, settlements) =>
			state.step((step) => settlements.map((settlement) => settleCommand(step, domain, settlement))),
		completeInTransaction: (address, work) => completeInTransaction(state, address, work),
		extend: (domain, leases, leaseSeconds) =>
			state.step((step) => leases.filter((lease) => !extendLease(step, domain, { lease, leaseSeconds }))),
		release: (domain, leases, delaySeconds) =>
			state.step((step) => {
				for (const lease of leases) releaseLease(step, domain, { lease, delaySeconds });
			}),
		cancel: (address, reason, tx) => state.step((step) => cancelPending(step, address, reason), tx),
	};
}

/**
 * The lease is asked for before the work, so that a lost one costs nothing, and again with the settling, which commits together with
 * what the work wrote.
 */
async function completeInTransaction<Result extends JsonValue>(
	state: MemoryState,
	address: CommandAddress & { readonly lease: Lease },
	work: (tx: MemoryTransaction) => Promise<Result>,
): Promise<Result> {
	const { domain, commandId, lease } = address;
	const isHeld = await state.step((step) => heldCommand(step, domain, lease) !== undefined);
	if (!isHeld) throw new LeaseLostError(domain, commandId, lease.attempt);

	return await state.transaction(async (tx) => {
		const result = await work(tx);
		const outcome = await state.step((step) => settleCommand(step, domain, { kind: 'complete', lease, result }), tx);
		if (outcome.kind === 'lease-lost') throw new LeaseLostError(domain, commandId, lease.attempt);
		if (outcome.kind === 'reply-queue-not-found') {
			throw new ReplyQueueNotFoundError(outcome.replyTo, `Command ${commandId} was not completed`);
		}
		return result;
	});
}

function extendLease(
	step: Step,
	domain: string,
	extension: { readonly lease: Lease; readonly leaseSeconds: number },
): boolean {
	const held = heldCommand(step, domain, extension.lease);
	if (held === undefined) return false;
	const visibleAtMs = step.now.getTime() + extension.leaseSeconds * 1000;
	step.in('messages', domainQueues(domain).commands).put(held.message.messageId, { ...held.message, visibleAtMs });
	return true;
}

/** As if it had not been received: no attempt, no receipt. A deferral is remembered, and an earlier attempt that nobody answered for. */
function releaseLease(
	step: Step,
	domain: string,
	release: { readonly lease: Lease; readonly delaySeconds: number | undefined },
): void {
	const held = heldCommand(step, domain, release.lease);
	if (held === undefined) return;
	const { delaySeconds } = release;
	step.in('messages', domainQueues(domain).commands).put(held.message.messageId, {
		...held.message,
		attempts: held.message.attempts - 1,
		deferrals: held.message.deferrals + (delaySeconds === undefined ? 0 : 1),
		visibleAtMs: step.now.getTime() + (delaySeconds ?? 0) * 1000,
		receipt: null,
		isUnanswered: held.message.receipt?.isRedelivered === true,
	});
}

function cancelPending(step: Step, address: CommandAddress, reason: string | undefined): CancelOutcome {
	const row = step.in('commands', address.domain).get(address.commandId);
	if (row === undefined) return { kind: 'not-found' };
	const { status } = recordOf(step, row);
	if (status !== 'PENDING') return { kind: 'not-pending', status };
	const replyTo = missingReplyQueue(step, row);
	if (replyTo !== undefined) return { kind: 'reply-queue-not-found', replyTo };

	const message = liveMessage(step, row);
	if (message !== undefined) archiveMessage(step, domainQueues(row.domain).commands, message);
	const attempts = message?.attempts ?? row.attempts;
	const canceled = endCommand(step, row, { status: 'CANCELED', attempts });
	writeAudit(step, canceled, { type: 'CANCELED', attempt: attempts, details: { reason: reason ?? null } });
	const error = {
		type: 'CANCELED',
		code: 'CANCELED',
		message: reason ?? 'Canceled by the sender.',
		details: null,
	} as const;
	publishReply(step, canceled, { outcome: 'CANCELED', data: null, error });
	return { kind: 'canceled' };
}
