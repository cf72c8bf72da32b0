/** Receiving from reply queues. */
import { ReplyQueueNotFoundError } from '../errors.ts';
import type { ReplyChannel, ReplyLease } from '../ports/reply-channel.ts';
import { archiveMessage, bodyOf, isDue, isLeased, leaseMessage, queueExists } from './queues.ts';
import type { MessageRow } from './rows.ts';
import type { MemoryState, Step } from './state.ts';

export function createReplyChannel(state: MemoryState): ReplyChannel {
	return {
		receive: (queue, limit, leaseSeconds) =>
			state.step((step) => {
				if (!queueExists(step, queue)) throw new ReplyQueueNotFoundError(queue, 'Nothing was received');
				return dueReplies(step, queue, limit).map((message) => {
					const leased = leaseMessage(step, queue, { message, workerId: '', leaseSeconds });
					const lease = { queue, messageId: leased.messageId, attempt: leased.attempts };
					return { lease, body: bodyOf(leased), headers: leased.headers, enqueuedAt: leased.enqueuedAt };
				});
			}),
		acknowledge: (leases) =>
			state.step((step) => {
				for (const lease of leases) acknowledgeReply(step, lease);
			}),
		retryLater: (leases, delaySeconds) =>
			state.step((step) => {
				const visibleAtMs = step.now.getTime() + delaySeconds * 1000;
				for (const lease of leases) {
					const message = heldReply(step, lease);
					if (message === undefined) continue;
					step.in('messages', lease.queue).put(lease.messageId, { ...message, receipt: null, visibleAtMs });
				}
			}),
		setAside: (replies) =>
			state.step((step) => {
				for (const { lease, reason } of replies) setAside(step, lease, reason);
			}),
		listUnhandled: (queue, limit) =>
			state.step((step) =>
				[...step.in('unhandled').all()]
					.filter((reply) => queue === undefined || reply.queue === queue)
					.reverse()
					.slice(0, limit),
			),
	};
}

/** Removes the message of a lease that still runs; says whether it did. */
export function acknowledgeReply(step: Step, lease: ReplyLease): boolean {
	if (heldReply(step, lease) === undefined) return false;
	step.in('messages', lease.queue).remove(lease.messageId);
	return true;
}

function dueReplies(step: Step, queue: string, limit: number): readonly MessageRow[] {
	const due: MessageRow[] = [];
	for (const message of step.in('messages', queue).all()) {
		if (due.length === limit) break;
		if (isDue(step, message) && !step.isLocked('messages', queue, message.messageId)) due.push(message);
	}
	return due;
}

function heldReply(step: Step, lease: ReplyLease): MessageRow | undefined {
	const message = step.in('messages', lease.queue).get(lease.messageId);
	return message !== undefined && isLeased(step, message, lease.attempt) ? message : undefined;
}

function setAside(step: Step, lease: ReplyLease, reason: string): void {
	const message = heldReply(step, lease);
	if (message === undefined) return;
	const { queue, messageId } = lease;
	archiveMessage(step, queue, message);
	step.in('unhandled').put(`${queue}/${messageId}`, { queue, messageId, reason, body: bodyOf(message), at: step.now });
}
