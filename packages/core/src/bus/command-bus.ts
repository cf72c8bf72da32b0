/** The sending side: everything that puts commands into the store, looks at them or waits for them. */
import type { AuditEvent } from '../model/audit-event.ts';
import type { BatchRecord } from '../model/batch.ts';
import type { CommandAddress } from '../model/ids.ts';
import type { CommandRecord } from '../model/command-record.ts';
import type { Page, PageRequest } from '../model/page.ts';
import type { Backend } from '../ports/backend.ts';
import type { BatchAddress, BatchFilter } from '../ports/batch-store.ts';
import type { CommandFilter } from '../ports/command-query.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { BatchListener } from './batch-listener.ts';
import { createBatchListeners } from './batch-listener.ts';
import { parseBusOptions } from './bus-options.ts';
import { createCancel } from './cancel.ts';
import type { CancelOptions } from './cancel.ts';
import type { CommandOptions, CommandRequest } from './command-request.ts';
import { createBatchOpener } from './create-batch.ts';
import type { BatchReceipt, CreateBatchOptions } from './create-batch.ts';
import type { CommandDefinition } from './define-command.ts';
import { createQueries } from './queries.ts';
import type { Receipt } from './receipt.ts';
import { createSender } from './send.ts';
import type { SendManyOptions } from './send.ts';
import type { CoalescingOptions } from './send-coalescer.ts';
import { CommandWaiter } from './wait-for.ts';
import type { CommandOutcome, WaitOptions } from './wait-for.ts';

export interface CommandBusOptions {
	readonly telemetry?: Telemetry | undefined;
	/** Largest payload, in bytes of JSON. @default 1 MiB */
	readonly maxPayloadBytes?: number | undefined;
	/** How sends of concurrent callers share transactions. */
	readonly coalescing?: Partial<CoalescingOptions> | undefined;
}

export interface SendOptions<Tx = unknown> extends CommandOptions {
	/** A transaction of yours: the command is stored if it commits, and not otherwise. */
	readonly tx?: Tx | undefined;
}

/** `Tx` is what the backend takes as a transaction of the caller. */
export interface CommandBus<Tx = unknown> {
	/**
	 * Stores a command; once the promise resolves it survives any crash. Without `tx` it shares a transaction with concurrent sends, and
	 * fails alone. Throws `PayloadInvalidError`, `PayloadTooLargeError`, `InvalidArgumentError`, `DomainNotFoundError`, `ReplyQueueNotFoundError`,
	 * `DuplicateCommandError` (then nothing was stored) or `StoreError` (then look the command up before you repeat with a new id).
	 */
	send<DataInput>(
		definition: CommandDefinition<DataInput>,
		data: NoInfer<DataInput>,
		options?: SendOptions<Tx>,
	): Promise<Receipt>;
	/**
	 * Stores many commands of any mix, one transaction per chunk, and returns their receipts in order. Everything is validated before the
	 * first chunk. Throws `ChunkRefusedError` at the first chunk that is refused: earlier ones stay, it and later ones are not stored. After a
	 * `StoreError` earlier chunks stay and nobody knows about that one: give commands ids of your own to be able to repeat the call.
	 */
	sendMany(requests: readonly CommandRequest[], options?: SendManyOptions<Tx>): Promise<readonly Receipt[]>;
	/**
	 * Stores a batch and all its commands, all or nothing. Throws as `send` does, `DuplicateBatchError`, `ReplyQueueNotFoundError` for the
	 * completion queue, and `InvalidArgumentError` for an empty list or one of several domains.
	 */
	createBatch(options: CreateBatchOptions<Tx>): Promise<BatchReceipt>;
	getBatch(address: BatchAddress): Promise<BatchRecord | undefined>;
	/** Newest first. */
	listBatches(filter?: BatchFilter, page?: PageRequest): Promise<Page<BatchRecord>>;
	/** In order of sending. */
	batchMembers(address: BatchAddress, page?: PageRequest): Promise<Page<CommandRecord>>;
	/**
	 * Calls `listener` once when the batch has finished, also if it had before; returns how to take it back. In this process only: a restart
	 * forgets it, the completion queue does not. A listener that throws is reported to telemetry and changes nothing.
	 */
	onBatchFinished(address: BatchAddress, listener: BatchListener): () => void;
	get(address: CommandAddress): Promise<CommandRecord | undefined>;
	/** In order, `undefined` for each that does not exist. */
	getMany(addresses: readonly CommandAddress[]): Promise<readonly (CommandRecord | undefined)[]>;
	/** Newest first. */
	list(filter?: CommandFilter, page?: PageRequest): Promise<Page<CommandRecord>>;
	/** In order of writing; empty for an unknown command. */
	history(address: CommandAddress): Promise<readonly AuditEvent[]>;
	/**
	 * Cancels a command that no worker has received yet; its sender gets a CANCELED reply. Throws `CommandNotFoundError`, `InvalidOperationError`
	 * naming the status, or `ReplyQueueNotFoundError`; then nothing changed.
	 */
	cancel(address: CommandAddress, options?: CancelOptions<Tx>): Promise<void>;
	/**
	 * Resolves when the command has ended, or, with `until: 'settled'`, also when it was parked. Throws `CommandNotFoundError`, or
	 * `WaitTimedOutError` naming the current status; the command itself goes on. Costs a shared poll, not a connection.
	 */
	waitFor(address: CommandAddress, options?: WaitOptions): Promise<CommandOutcome>;
	/** Stores what is still on its way, then ends waits and listeners. Later sends are refused. Does not close the backend. */
	close(): Promise<void>;
}

/** Throws `ConfigurationError` for options that cannot work. Opens nothing: the backend holds the connections. */
export function createCommandBus<Tx>(backend: Backend<Tx>, options: CommandBusOptions = {}): CommandBus<Tx> {
	const { telemetry, ...limits } = parseBusOptions(options);
	const sender = createSender({ backend, telemetry, ...limits });
	const openBatch = createBatchOpener({ backend, telemetry, ...limits });
	const waiter = new CommandWaiter(backend);
	const listeners = createBatchListeners(backend, telemetry);
	return {
		...createQueries(backend),
		send: sender.send,
		sendMany: sender.sendMany,
		async createBatch(request) {
			sender.refuseWhenClosed();
			return openBatch(request);
		},
		cancel: createCancel(backend),
		onBatchFinished: listeners.add,
		waitFor: (address, waitOptions) => waiter.waitFor(address, waitOptions),
		async close() {
			await sender.close();
			waiter.close();
			listeners.close();
		},
	};
}
