/**
 * Reads the replies of the payments domain and draws the consequences: a rejected debit rejects the transfer, a failed credit sends the
 * money back. Replies come at least once; effect, memory of the reply id and the refund command commit together, then the reply is
 * acknowledged.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplyMessageSchema } from '@cb/core';
import type { Backend, CommandBus, Logger, ReceivedReply, ReplyMessage } from '@cb/core';
import { commandRequest } from '@cb/core';
import type { Queryable } from '@cb/pg';
import type { BusinessDatabase } from '../runtime/business-database.ts';
import { applyReplies } from '../statements/apply-replies.ts';
import type { MovedTransfer, ReplyEffect } from '../statements/apply-replies.ts';
import { RefundAccount, commandIdOf, paymentsReplyQueue } from './commands.ts';
import { moveAfterReply } from './transfer.ts';

export interface ReplyInboxOptions {
	readonly backend: Pick<Backend, 'replies' | 'wake'>;
	readonly bus: CommandBus<Queryable>;
	readonly database: BusinessDatabase;
	readonly logger: Logger;
	/** Replies of a process that died are read again after this time. */
	readonly leaseSeconds: number;
}

export interface ReplyInbox {
	/** Finishes the replies at hand and reads no more. */
	stop(): Promise<void>;
}

const chunkSize = 200;
const pollIntervalMs = 500;
/** Replies come one by one; waiting a little lets many share a transaction. */
const gatherMs = 50;
const pauseAfterErrorMs = 1_000;

export async function startReplyInbox(options: ReplyInboxOptions): Promise<ReplyInbox> {
	const { backend, logger } = options;
	const stopping = new AbortController();
	let wakeUp = new AbortController();
	const subscription = await backend.wake.subscribe({ kind: 'replies', queue: paymentsReplyQueue }, () => {
		wakeUp.abort();
	});

	async function loop(): Promise<void> {
		while (!stopping.signal.aborted) {
			wakeUp = new AbortController();
			try {
				const handledCount = await handleNext(options);
				if (handledCount === 0) await pause(pollIntervalMs, AbortSignal.any([stopping.signal, wakeUp.signal]));
				if (handledCount < chunkSize) await pause(gatherMs, stopping.signal);
			} catch (error) {
				logger.error({ err: error }, 'replies could not be handled; they are read again');
				await pause(pauseAfterErrorMs, stopping.signal);
			}
		}
	}

	const running = loop();
	return {
		async stop() {
			stopping.abort();
			await running;
			await subscription.close();
		},
	};
}

async function handleNext({ backend, bus, database, leaseSeconds }: ReplyInboxOptions): Promise<number> {
	const received = await backend.replies.receive(paymentsReplyQueue, chunkSize, leaseSeconds);
	if (received.length === 0) return 0;
	const parsed = received.map((reply) => ({ reply, message: ReplyMessageSchema.safeParse(reply.body) }));
	const effects = parsed.flatMap(({ message }) => (message.success ? [effectOf(message.data)] : []));
	await database.transaction(async (tx) => {
		const returning = (await applyReplies(tx, effects)).filter(({ status }) => status === 'RETURNING');
		if (returning.length > 0) await bus.sendMany(returning.map(refundOf), { tx });
	});
	const malformed = parsed.filter(({ message }) => !message.success).map(({ reply }) => reply);
	await backend.replies.acknowledge(leasesOf(parsed.filter(({ message }) => message.success)));
	if (malformed.length > 0) {
		await backend.replies.setAside(malformed.map(({ lease }) => ({ lease, reason: 'not a reply message' })));
	}
	return received.length;
}

function leasesOf(handled: readonly { readonly reply: ReceivedReply }[]): readonly ReceivedReply['lease'][] {
	return handled.map(({ reply }) => reply.lease);
}

function effectOf(message: ReplyMessage): ReplyEffect {
	const move = moveAfterReply(message.command_type, message.outcome);
	return {
		replyId: message.reply_id,
		commandId: message.command_id,
		commandType: message.command_type,
		generation: message.generation,
		outcome: message.outcome,
		transferId: message.correlation_id,
		from: move?.from ?? null,
		to: move?.to ?? null,
		reason: message.error?.code ?? 'settled by an operator',
		refundCommandId: commandIdOf(message.correlation_id, 'refund'),
	};
}

function refundOf({ transferId, fromAccount, amountCents }: MovedTransfer): ReturnType<typeof commandRequest> {
	return commandRequest(
		RefundAccount,
		{ transferId, accountId: fromAccount, amountCents },
		{ commandId: commandIdOf(transferId, 'refund'), correlationId: transferId, replyTo: paymentsReplyQueue },
	);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
	await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
