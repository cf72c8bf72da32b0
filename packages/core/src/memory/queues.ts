/** Queues and their archives: what PGMQ does for the other adapter. */
import type { JsonValue } from '../model/json.ts';
import type { MessageHeaders } from '../model/message.ts';
import type { MessageRow } from './rows.ts';
import type { Step } from './state.ts';

export interface OutgoingMessage {
	readonly body: JsonValue;
	readonly headers?: MessageHeaders | undefined;
	/** @default at once */
	readonly visibleAtMs?: number | undefined;
	/** What the count of receives begins with. @default 0 */
	readonly attempts?: number | undefined;
}

export function queueExists(step: Step, queue: string): boolean {
	return step.in('queues').get(queue) !== undefined;
}

/** Where a queue's messages get their ids. */
export function messageSequence(queue: string): string {
	return `messages of ${queue}`;
}

/** Puts a message on a queue and wakes whoever waits for it. Returns its id. */
export function sendMessage(step: Step, queue: string, message: OutgoingMessage): string {
	const messageId = step.nextId(messageSequence(queue));
	step.in('messages', queue).put(messageId, {
		messageId,
		body: JSON.stringify(message.body),
		headers: message.headers ?? {},
		enqueuedAt: step.now,
		visibleAtMs: message.visibleAtMs ?? step.now.getTime(),
		attempts: message.attempts ?? 0,
		receipt: null,
		isUnanswered: false,
		deferrals: 0,
	});
	const commandsOf = step.in('queues').get(queue)?.commandsOf ?? null;
	step.wake(commandsOf === null ? { kind: 'replies', queue } : { kind: 'commands', domain: commandsOf });
	return messageId;
}

/** Takes a message off its queue and keeps it in the archive. */
export function archiveMessage(step: Step, queue: string, message: MessageRow): void {
	const { messageId, body, headers } = message;
	step.in('messages', queue).remove(messageId);
	step.in('archive', queue).put(messageId, { messageId, body, headers, archivedAt: step.now });
}

export function isDue(step: Step, message: MessageRow): boolean {
	return message.visibleAtMs <= step.now.getTime();
}

/** Whether attempt `attempt` of this message is leased now. A lease that ran out is lost, also when nobody took the message since. */
export function isLeased(step: Step, message: MessageRow, attempt: number): boolean {
	return message.receipt?.attempt === attempt && !isDue(step, message);
}

/** Leases a due message: one more attempt, hidden for `leaseSeconds`. */
export function leaseMessage(
	step: Step,
	queue: string,
	lease: { readonly message: MessageRow; readonly workerId: string; readonly leaseSeconds: number },
): MessageRow {
	const { message, workerId, leaseSeconds } = lease;
	const attempts = message.attempts + 1;
	const isRedelivered = message.receipt !== null || message.isUnanswered;
	const leased = {
		...message,
		attempts,
		isUnanswered: false,
		visibleAtMs: step.now.getTime() + leaseSeconds * 1000,
		receipt: { workerId, attempt: attempts, isRedelivered, receivedAt: step.now },
	};
	step.in('messages', queue).put(message.messageId, leased);
	return leased;
}

/** The JSON of a message or of its archived copy. */
export function bodyOf(message: { readonly body: string }): JsonValue {
	return JSON.parse(message.body) as JsonValue;
}
