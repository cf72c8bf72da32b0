/**
 * The moves of a command, one method each, in sets. A method is one atomic, durable step; within a set each command gets its own
 * outcome, and one that is refused never takes others down, except in `acceptAll`, whose point that is.
 */
import type { CommandAddress } from '../model/ids.ts';
import type { CommandRecord, Lease, NewCommand, ReceivedCommand } from '../model/command-record.ts';
import type { CommandStatus } from '../model/command-status.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { JsonValue } from '../model/json.ts';
import type { ParkReason } from '../model/audit-event.ts';
import type { ParkedError } from '../model/troubleshooting-item.ts';

/** The command that was there first; in a set that was not stored, its first namesake. */
export type ExistingCommand = Pick<CommandRecord, 'domain' | 'commandId' | 'correlationId'>;

/** In the order of the request. */
export type AcceptOutcome =
	| { readonly kind: 'accepted' }
	| { readonly kind: 'duplicate'; readonly existing: ExistingCommand }
	| { readonly kind: 'domain-not-found' }
	| { readonly kind: 'reply-queue-not-found'; readonly replyTo: string }
	/** Only from `acceptAll`: fine by itself, not stored because another one was refused. */
	| { readonly kind: 'not-stored' };

export interface ReceiveRequest {
	readonly domain: string;
	/** Who receives: stands in the receipt. */
	readonly workerId: string;
	readonly limit: number;
	readonly leaseSeconds: number;
	/** For commands whose sender did not say: the maximum by command type, and for all other types. */
	readonly maxAttemptsByType: Readonly<Record<string, number>>;
	readonly defaultMaxAttempts: number;
	/** What a command is parked with when its last attempt ended without an answer. */
	readonly exhausted: ParkedError;
}

export interface ReceiveResult {
	/** In order of sending. Each is leased to the caller and to nobody else. */
	readonly commands: readonly ReceivedCommand[];
	/** Parked by this call: their last attempt ended without an answer. Their handler must not run. */
	readonly parked: readonly (CommandAddress & {
		readonly commandType: string;
		readonly correlationId: string;
		readonly attempt: number;
	})[];
	/** Archived by this call: malformed, foreign, stray or already ended. */
	readonly rejected: readonly { readonly messageId: string; readonly reason: string }[];
}

interface SettlementBase {
	readonly lease: Lease;
}

/** What is to become of a leased command. */
export type Settlement =
	| (SettlementBase & { readonly kind: 'complete'; readonly result: JsonValue })
	| (SettlementBase & { readonly kind: 'retry-later'; readonly error: ErrorRecord; readonly delaySeconds: number })
	| (SettlementBase & {
			readonly kind: 'park';
			readonly error: ErrorRecord;
			readonly fingerprint: string;
			readonly reason: ParkReason;
			readonly maxAttempts: number;
	  })
	| (SettlementBase & { readonly kind: 'fail'; readonly error: ErrorRecord });

/** In the order of the request. Only `settled` changed anything. */
export type SettleOutcome =
	| { readonly kind: 'settled' }
	| { readonly kind: 'lease-lost' }
	| { readonly kind: 'reply-queue-not-found'; readonly replyTo: string };

export type CancelOutcome =
	| { readonly kind: 'canceled' }
	| { readonly kind: 'not-found' }
	| { readonly kind: 'not-pending'; readonly status: CommandStatus }
	| { readonly kind: 'reply-queue-not-found'; readonly replyTo: string };

/** `Tx` is what the adapter takes as a transaction of the caller. */
export interface CommandStore<Tx> {
	/**
	 * Stores each command that can be stored: row, message and SENT in one transaction for the whole set, each with its own outcome.
	 * With `tx` it joins the caller's transaction, and nothing holds before that commits; a refusal does not abort it.
	 * Without, everything reported `accepted` holds after the promise resolves, also after a crash; a crash before may have stored all or nothing.
	 */
	accept(commands: readonly NewCommand[], tx?: Tx): Promise<readonly AcceptOutcome[]>;

	/** As `accept`, but stores nothing unless every command can be stored or is a duplicate that may be (`onDuplicate`). */
	acceptAll(commands: readonly NewCommand[], tx?: Tx): Promise<readonly AcceptOutcome[]>;

	/**
	 * Leases up to `limit` commands for `leaseSeconds`: those that have been due longest. No command is leased to two callers while its lease runs; one that is
	 * not settled in time is delivered again with the next attempt. A command whose attempts are used up is parked instead. What is parked or
	 * rejected may use up places of `limit`. Unknown domain: throws `DomainNotFoundError`. While something keeps consumed messages from being removed,
	 * an adapter may find what was committed long after it was sent some seconds later, or with the first receive after thirty, behind what became due
	 * since.
	 * After a crash of the server a lease may be forgotten; the command is then delivered again.
	 */
	receive(request: ReceiveRequest): Promise<ReceiveResult>;

	/**
	 * Ends or delays leased commands: status, message, audit, reply, notice and batch effect of each, all or nothing. Refused with
	 * `lease-lost` where the lease ran out or moved on: then nothing of that command changed.
	 */
	settle(domain: string, settlements: readonly Settlement[]): Promise<readonly SettleOutcome[]>;

	/**
	 * Runs `work` in a transaction and completes the command in the same one, with what `work` returns as its result. Either all of it holds
	 * or none. Throws what `work` throws, `LeaseLostError` or `ReplyQueueNotFoundError`; then nothing of it holds.
	 */
	completeInTransaction<Result extends JsonValue>(
		address: CommandAddress & { readonly lease: Lease },
		work: (tx: Tx) => Promise<Result>,
	): Promise<Result>;

	/** Renews leases that still run, to `leaseSeconds` from now. Returns those that were lost; the others are renewed. */
	extend(domain: string, leases: readonly Lease[], leaseSeconds: number): Promise<readonly Lease[]>;

	/**
	 * Gives back commands whose handler was not started: at once, or after `delaySeconds` (a deferral, counted). No attempt counts.
	 * Lost leases are passed over.
	 */
	release(domain: string, leases: readonly Lease[], delaySeconds?: number): Promise<void>;

	/** The sender's cancel: only while PENDING and not leased. Status, audit and CANCELED reply together, or nothing. */
	cancel(address: CommandAddress, reason: string | undefined, tx?: Tx): Promise<CancelOutcome>;
}
