/** Batches: accepted as a whole, counted by their members, finished once. */
import type { AcceptOutcome } from './command-store.ts';
import type { BatchRecord, BatchStatus, NewBatch } from '../model/batch.ts';
import type { CommandRecord, NewCommand } from '../model/command-record.ts';
import type { Page, PageRequest } from '../model/page.ts';

export interface BatchAddress {
	readonly domain: string;
	readonly batchId: string;
}

export type OpenBatchOutcome =
	| { readonly kind: 'opened' }
	| { readonly kind: 'duplicate-batch' }
	| { readonly kind: 'completion-queue-not-found' }
	/** At least one command was refused; nothing is stored. In the order of the request. */
	| { readonly kind: 'refused'; readonly outcomes: readonly AcceptOutcome[] };

export interface BatchFilter {
	readonly domain?: string | undefined;
	readonly status?: BatchStatus | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
}

export interface BatchStore<Tx> {
	/**
	 * Stores the batch and all its commands in one transaction (the caller's, with `tx`), or nothing. `chunks` are sent over the wire
	 * one after the other; every command is of the batch's domain. Throws `InvalidArgumentError` when there is none.
	 */
	open(batch: NewBatch, chunks: readonly (readonly NewCommand[])[], tx?: Tx): Promise<OpenBatchOutcome>;

	/**
	 * Finishes batches whose members have all ended (of those given, or any): status, BATCH_COMPLETED and the completion message, once
	 * each. Returns those that this call finished. Called after settling, and now and then by every worker, so that a batch is found also
	 * when whoever settled its last member died right after. One whose completion queue is missing stays open until the queue exists.
	 */
	finish(batches?: readonly BatchAddress[]): Promise<readonly BatchRecord[]>;

	get(address: BatchAddress): Promise<BatchRecord | undefined>;
	/** Newest first. */
	list(filter: BatchFilter, page: PageRequest): Promise<Page<BatchRecord>>;
	/** In order of sending. */
	members(address: BatchAddress, page: PageRequest): Promise<Page<CommandRecord>>;
	/** BATCH_CREATED, BATCH_STARTED, BATCH_COMPLETED, in order. */
	history(address: BatchAddress): Promise<readonly BatchEvent[]>;
}

export interface BatchEvent {
	readonly sequence: string;
	readonly type: 'BATCH_CREATED' | 'BATCH_STARTED' | 'BATCH_COMPLETED';
	readonly at: Date;
}
