/** The operating side of processes: start them, look at them, and, as an operator, override them. Answers are the reply router's. */
import { IdSchema, parseArgument, parseConfiguration } from '@cb/core';
import type {
	Backend,
	LoadedProcess,
	Page,
	PageRequest,
	ProcessBatchRecord,
	ProcessEvent,
	ProcessFilter,
	ProcessRecord,
} from '@cb/core';
import { registerDefinitions } from './definition-registry.ts';
import { ManagerSettingsSchema, ProcessFilterSchema } from './manager-options.ts';
import type { OverrideOptions, ProcessManagerOptions, StartManyOptions, StartOptions } from './manager-options.ts';
import { overrideProcess } from './override-process.ts';
import type { OverrideReceipt } from './override-process.ts';
import { cancel, compensate, retryReply, retryStep } from './override.ts';
import type { Override } from './override.ts';
import type { ProcessDefinition } from './process-definition.ts';
import { createProcessStarter } from './start-process.ts';
import type { StartManyReceipt, StartReceipt } from './start-process.ts';

/** `Tx` is what the backend takes as a transaction of the caller. */
export interface ProcessManager<Tx = unknown> {
	/**
	 * Stores the process, its first command and its step record in one transaction (yours, with `tx`); once the promise resolves they
	 * survive any crash. Throws `PayloadInvalidError` for the input, the state or the command's data, `DomainNotFoundError`,
	 * `ReplyQueueNotFoundError`, `InvalidArgumentError` or `ConflictError`; then nothing was stored.
	 */
	start<Input>(
		definition: ProcessDefinition<Input>,
		input: NoInfer<Input>,
		options?: StartOptions<Tx>,
	): Promise<StartReceipt>;
	/** Stores a batch and its processes, 1 to 10,000, all or nothing. Throws as `start` does, and `DuplicateBatchError`. */
	startMany<Input>(
		definition: ProcessDefinition<Input>,
		inputs: readonly NoInfer<Input>[],
		options?: StartManyOptions<Tx>,
	): Promise<StartManyReceipt>;
	/** With every step, in order of sending. This and everything below throws `InvalidArgumentError` for an id that is no UUID. */
	get(processId: string): Promise<LoadedProcess | undefined>;
	/** Newest first. */
	list(filter?: ProcessFilter, page?: PageRequest): Promise<Page<ProcessRecord>>;
	count(filter?: ProcessFilter): Promise<number>;
	/** In order of writing; empty for an unknown process. */
	history(processId: string): Promise<readonly ProcessEvent[]>;
	getBatch(batchId: string): Promise<ProcessBatchRecord | undefined>;
	/** Newest first. */
	listBatches(page?: PageRequest): Promise<Page<ProcessBatchRecord>>;
	/**
	 * Sends the newest step's command again, as a new command. Allowed where the process waits for a command that the store does not know
	 * or that ended FAILED or CANCELED without its answer having had an effect, and where a compensation waits at an undo that failed or was
	 * canceled (`onCompensationFailure: 'wait'`). Throws `InvalidOperationError` for everything else: a command that will still answer, one that
	 * is parked, one that COMPLETED (see `retryReply`), and a process that has ended.
	 */
	retryStep(processId: string, options: OverrideOptions): Promise<OverrideReceipt>;
	/**
	 * Applies the answer of the newest step's ended command again, from the command's record; nothing is executed again. For a reply that was
	 * set aside, for instance because the definition threw and has been mended, or that an operator suppressed. Throws
	 * `InvalidOperationError` when the step was answered or its command has not ended.
	 */
	retryReply(processId: string, options: OverrideOptions): Promise<OverrideReceipt>;
	/**
	 * Starts compensation now, from WAITING_FOR_REPLY or WAITING_FOR_TSQ; the open step's answer is ignored from then on, so whatever its command
	 * still does is not undone. Where a compensation waits at an undo, goes on without it. Throws `InvalidOperationError` otherwise.
	 */
	compensate(processId: string, options: OverrideOptions): Promise<OverrideReceipt>;
	/** Ends the process as CANCELED without undoing anything. Throws `InvalidOperationError` when it has ended. */
	cancel(processId: string, options: OverrideOptions): Promise<OverrideReceipt>;
}

/** Throws `ConfigurationError` for options that cannot work and for two definitions of one type. */
export function createProcessManager<Tx>(
	backend: Backend<Tx>,
	definitions: readonly ProcessDefinition[],
	options: ProcessManagerOptions = {},
): ProcessManager<Tx> {
	const { telemetry, ...said } = options;
	const settings = parseConfiguration(ManagerSettingsSchema, said, 'Process manager');
	const parts = { backend, definitions: registerDefinitions(definitions), telemetry, settings };
	const starter = createProcessStarter(parts);
	const { processes } = backend;
	const overriding =
		(override: Override) =>
		async (processId: string, overrideOptions: OverrideOptions): Promise<OverrideReceipt> =>
			overrideProcess(parts, override, { processId: idOf(processId), options: overrideOptions });

	return {
		start: (definition, input, startOptions = {}) => starter.start(definition, input, startOptions),
		startMany: (definition, inputs, startOptions = {}) => starter.startMany(definition, inputs, startOptions),
		get: async (processId) => (await processes.loadMany([idOf(processId)]))[0],
		list: async (filter = {}, page = {}) => processes.list(filterOf(filter), page),
		count: async (filter = {}) => processes.count(filterOf(filter)),
		history: async (processId) => processes.history(idOf(processId)),
		getBatch: async (batchId) => processes.getBatch(idOf(batchId)),
		listBatches: async (page = {}) => processes.listBatches(page),
		retryStep: overriding(retryStep),
		retryReply: overriding(retryReply),
		compensate: overriding(compensate),
		cancel: overriding(cancel),
	};
}

function filterOf(filter: ProcessFilter): ProcessFilter {
	return parseArgument(ProcessFilterSchema, filter, 'The process filter');
}

/** As it is stored. Throws `InvalidArgumentError` for what is no UUID. */
function idOf(id: string): string {
	return parseArgument(IdSchema, id, `"${id}"`);
}
