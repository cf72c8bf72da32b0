/** Receiving from a reply queue: at least once, acknowledged after the effect is stored. */
import type { JsonValue } from '../model/json.ts';
import type { MessageHeaders } from '../model/message.ts';

/** The right to answer for a message of a reply queue while its lease runs. */
export interface ReplyLease {
	readonly queue: string;
	readonly messageId: string;
	/** How often it was received, this time included. */
	readonly attempt: number;
}

export interface ReceivedReply {
	readonly lease: ReplyLease;
	/** As it lies on the queue: anybody may have put it there, so parse it. */
	readonly body: JsonValue;
	/** Those the command was sent with. */
	readonly headers: MessageHeaders;
	readonly enqueuedAt: Date;
}

/** A reply that nobody could handle: archived, and shown to operators until the retention. */
export interface UnhandledReply {
	readonly queue: string;
	readonly messageId: string;
	readonly reason: string;
	readonly body: JsonValue;
	readonly at: Date;
}

export interface ReplyChannel {
	/** Leases up to `limit` messages for `leaseSeconds`, oldest first. One that is not answered for returns afterwards. Unknown queue: throws `ReplyQueueNotFoundError`. */
	receive(queue: string, limit: number, leaseSeconds: number): Promise<readonly ReceivedReply[]>;
	/** Removes messages whose lease still runs; the others are passed over. */
	acknowledge(leases: readonly ReplyLease[]): Promise<void>;
	/** Makes messages due again after `delaySeconds`. */
	retryLater(leases: readonly ReplyLease[], delaySeconds: number): Promise<void>;
	/** Archives messages and records why, for operators. */
	setAside(replies: readonly { readonly lease: ReplyLease; readonly reason: string }[]): Promise<void>;
	/** Newest first. */
	listUnhandled(queue: string | undefined, limit: number): Promise<readonly UnhandledReply[]>;
}
