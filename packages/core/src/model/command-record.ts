/** What the store knows of a command, and what a sender hands over. */
import type { CommandAddress } from './ids.ts';
import type { CommandStatus } from './command-status.ts';
import type { ErrorRecord } from './error-record.ts';
import type { JsonValue } from './json.ts';
import type { MessageHeaders } from './message.ts';
import type { Backoff } from './retry-policy.ts';

/** A command as the store keeps it. Its payload lies in the message, not here. */
export interface CommandRecord extends CommandAddress {
	readonly commandType: string;
	readonly status: CommandStatus;
	/** Attempts begun in this generation. */
	readonly attempts: number;
	/** Set at send, or by the worker that parked it; null while the worker's policy decides. */
	readonly maxAttempts: number | null;
	/** 1 at send; each retry by an operator adds one. */
	readonly generation: number;
	/** Grows with every stored change; what `expectedVersion` is compared with. */
	readonly version: number;
	/** PGMQ's id of the newest message of this command, as text (a bigint). */
	readonly messageId: string;
	readonly correlationId: string;
	readonly causationId: string | null;
	readonly replyTo: string | null;
	readonly batchId: string | null;
	/** What the handler or the operator returned; null until COMPLETED. */
	readonly result: JsonValue;
	/** The current error; cleared by success and by an operator's retry. The history keeps every one. */
	readonly lastError: ErrorRecord | null;
	readonly createdAt: Date;
	readonly updatedAt: Date;
	/** When it became COMPLETED, FAILED or CANCELED. */
	readonly completedAt: Date | null;
}

/** A command on its way in: validated, with every id decided. */
export interface NewCommand extends CommandAddress {
	readonly commandType: string;
	readonly data: JsonValue;
	readonly correlationId: string;
	readonly causationId?: string | undefined;
	readonly replyTo?: string | undefined;
	readonly headers?: MessageHeaders | undefined;
	/** Only what was said at send: it wins over handler, definition and worker. */
	readonly maxAttempts?: number | undefined;
	readonly backoff?: Backoff | undefined;
	/** Not before: seconds from the database's now, or a time. At most one of both. */
	readonly delaySeconds?: number | undefined;
	readonly dueAt?: Date | undefined;
	/** Whether `parked` and `resumed` notices go to `replyTo`. Processes ask for them. */
	readonly wantsNotices?: boolean | undefined;
	readonly onDuplicate?: OnDuplicate | undefined;
}

/** What a second send of the same (domain, id) does. */
export type OnDuplicate = 'refuse' | 'return-existing';

/** The right to answer for a command, as long as it runs: identified by message and attempt. */
export interface Lease {
	readonly commandId: string;
	readonly messageId: string;
	readonly attempt: number;
}

/** A leased command as a worker gets it. */
export interface ReceivedCommand extends CommandAddress {
	readonly lease: Lease;
	readonly commandType: string;
	readonly data: JsonValue;
	readonly headers: MessageHeaders;
	readonly correlationId: string;
	readonly causationId: string | null;
	readonly replyTo: string | null;
	readonly batchId: string | null;
	readonly generation: number;
	/** Said at send; null where handler, definition or worker decide. */
	readonly maxAttempts: number | null;
	readonly backoff: Backoff | null;
	/** True when an earlier lease of this message ran out without an answer. */
	readonly isRedelivered: boolean;
	/** How often a worker without a handler has put it back (see `HandlersOptions.onUnknownType`). */
	readonly deferrals: number;
	readonly createdAt: Date;
	readonly receivedAt: Date;
}
