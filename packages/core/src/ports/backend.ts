/**
 * The bundle an adapter supplies: every port over one store, so that one transaction can cover what several of them write. Everything
 * above is written against these interfaces and runs on any adapter that passes `@cb/core/conformance`.
 */
import type { BatchStore } from './batch-store.ts';
import type { Clock } from './clock.ts';
import type { CommandQuery } from './command-query.ts';
import type { CommandStore } from './command-store.ts';
import type { DomainStore } from './domain-store.ts';
import type { MaintenanceStore } from './maintenance-store.ts';
import type { ProcessStore } from './process-store.ts';
import type { ReplyChannel } from './reply-channel.ts';
import type { TroubleshootingStore } from './troubleshooting-store.ts';
import type { WakeSignal } from './wake-signal.ts';
import type { StoreError } from '../errors.ts';

/** `Tx` is what a caller may hand in as its own transaction. */
export interface Backend<Tx = unknown> {
	readonly domains: DomainStore;
	readonly commands: CommandStore<Tx>;
	readonly queries: CommandQuery;
	readonly batches: BatchStore<Tx>;
	readonly troubleshooting: TroubleshootingStore<Tx>;
	readonly processes: ProcessStore<Tx>;
	readonly replies: ReplyChannel;
	readonly maintenance: MaintenanceStore;
	readonly wake: WakeSignal;
	readonly clock: Clock;
	/** Says what a thrown value means where it came from the store's driver, also in a handler; `undefined` for anything else. */
	explainError(error: unknown): StoreError | undefined;
	/** Throws `SchemaMismatchError` when the store is not what this adapter works on. Workers ask before they start. */
	checkSchema(): Promise<void>;
	/** Frees what the adapter itself opened. Repeating it does nothing. */
	close(): Promise<void>;
}
