/**
 * Retention: what is over goes, in chunks so small that nobody waits for them. Whatever is still open keeps all that belongs to it, however old.
 */
import type { AuditEvent } from '../model/audit-event.ts';
import type { CommandAddress } from '../model/ids.ts';
import type { PruneKind } from '../model/retention.ts';

interface Chunk {
	/** Only what ended so long ago, by the store's clock. */
	readonly olderThanSeconds: number;
	/** How many of its kind the chunk looks at, 1 to 10,000; of bulks, how many items. */
	readonly limit: number;
	/** `next` of the chunk before it. */
	readonly after?: string | undefined;
	/** Only says what would go. */
	readonly isDryRun?: boolean | undefined;
	/** Throws `StoreError` with reason `statement-timeout` when the chunk takes longer; then nothing went. @default the adapter's own limit */
	readonly timeoutMs?: number | undefined;
}

export type PruneRequest = Chunk &
	(
		| {
				readonly kind: 'commands';
				/** Leaves the audit to `audit`, so that it may stay longer or be exported first. @default false */
				readonly keepsAudit?: boolean | undefined;
				/** The id of a command that ended less than so long ago stays refused as a duplicate, until `ids` takes it. @default 0 */
				readonly rememberSeconds?: number | undefined;
		  }
		| {
				readonly kind: 'audit';
				/** Only of these commands. @default those that `expiredAudit` would show */
				readonly commands?: readonly CommandAddress[] | undefined;
		  }
		| {
				readonly kind: 'processes';
				/** A process with a business key stays for so long after its end. @default 0 */
				readonly rememberSeconds?: number | undefined;
		  }
		| { readonly kind: Exclude<PruneKind, 'commands' | 'audit' | 'processes'> }
	);

export interface PruneResult {
	/** What went (would go) of its kind. */
	readonly pruned: number;
	/** What was looked at and stays. */
	readonly kept: number;
	/** Rows that went in all: with audit, messages, steps, items. Those of the kind itself in a dry run. */
	readonly rows: number;
	/** Where the next chunk goes on; absent after the last. */
	readonly next?: string | undefined;
}

/** Audit that `prune` of kind `audit` may remove. */
export interface ExpiredAudit {
	/** By command, in order of writing. */
	readonly events: readonly AuditEvent[];
	readonly commands: readonly CommandAddress[];
	readonly next?: string | undefined;
}

export interface MaintenanceStore {
	/**
	 * True when the holder has the maintenance of this store for `leaseSeconds` from now: nobody else had it, or it was the holder. A holder
	 * that dies loses it when the lease runs out.
	 */
	claim(holder: string, leaseSeconds: number): Promise<boolean>;
	/** Gives it back. Nothing happens when it belongs to somebody else. */
	release(holder: string): Promise<void>;
	/**
	 * Removes one chunk of a kind, all or nothing, oldest first. Never goes: a command that has not ended, a member of an open batch, a command of
	 * an unfinished process, the payload of a parked command, an earlier message of a command that is still there. Needs no claim to be safe.
	 */
	prune(request: PruneRequest): Promise<PruneResult>;
	/** One chunk of audit whose command is gone since `olderThanSeconds` or longer. */
	expiredAudit(request: Pick<Chunk, 'olderThanSeconds' | 'limit' | 'after'>): Promise<ExpiredAudit>;
}
