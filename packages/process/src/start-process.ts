/** Starting processes: input and first command are validated before the store is called; the store does the rest in one transaction. */
import {
	ConflictError,
	DuplicateBatchError,
	InvalidArgumentError,
	StoreError,
	carriedHeaders,
	newId,
	parseArgument,
	refusalOf,
} from '@cb/core';
import type { Backend, MessageHeaders, NewProcess, NewProcessBatch, StartOutcome, Telemetry } from '@cb/core';
import type { DefinitionRegistry } from './definition-registry.ts';
import { StartManyOptionsSchema, StartOptionsSchema } from './manager-options.ts';
import type { ManagerSettings, StartManyOptions, StartOptions } from './manager-options.ts';
import { prepareStep } from './prepare-advance.ts';
import type { ProcessDefinition } from './process-definition.ts';
import { tellStarted, traceStart } from './started.ts';

export interface StartReceipt {
	readonly processId: string;
	/** True when the business key or the id was taken: this is the process that has it, and nothing was stored. */
	readonly isExisting: boolean;
}

export interface StartManyReceipt {
	readonly batchId: string;
	/** In the order of the inputs. */
	readonly processIds: readonly string[];
}

/** Most processes in one batch: they travel to the store as one set. */
const maxBatchSize = 10_000;

export interface StarterParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly definitions: DefinitionRegistry;
	readonly telemetry: Telemetry | undefined;
	readonly settings: ManagerSettings;
}

export interface ProcessStarter<Tx> {
	start(definition: ProcessDefinition, input: unknown, options: StartOptions<Tx>): Promise<StartReceipt>;
	startMany(
		definition: ProcessDefinition,
		inputs: readonly unknown[],
		options: StartManyOptions<Tx>,
	): Promise<StartManyReceipt>;
}

export function createProcessStarter<Tx>(parts: StarterParts<Tx>): ProcessStarter<Tx> {
	const { backend } = parts;
	return {
		async start(definition, input, { tx, ...options }) {
			const said = parseArgument(StartOptionsSchema, options, `Starting "${definition.type}": an option`);
			const processId = said.processId ?? newId();
			return traceStart(parts, { definition, processId }, async () => {
				const wanted = await newProcess(parts, definition, { input, ...said, processId });
				const [outcome] = await backend.processes.start([wanted], undefined, tx);
				const receipt = receiptOf(wanted, outcome);
				if (!receipt.isExisting) tellStarted(parts, definition, [wanted]);
				return receipt;
			});
		},

		async startMany(definition, inputs, { tx, ...options }) {
			const subject = `Starting many "${definition.type}"`;
			if (inputs.length === 0 || inputs.length > maxBatchSize) {
				throw new InvalidArgumentError(`${subject}: a batch has 1 to ${String(maxBatchSize)} processes.`);
			}
			const { batch: said, headers } = parseArgument(StartManyOptionsSchema, options, `${subject}: an option`);
			if (said.batchId !== undefined) await refuseTakenBatch(backend, definition.domain, said.batchId);
			const { batchId = newId(), name } = said;
			const batch: NewProcessBatch = { batchId, name, totalCount: inputs.length };
			return traceStart(parts, { definition, count: inputs.length }, async () => {
				const wanted: NewProcess[] = [];
				for (const input of inputs) wanted.push(await newProcess(parts, definition, { input, batchId, headers }));
				const outcomes = await backend.processes.start(wanted, batch, tx);
				for (const [index, process] of wanted.entries()) refuseUnstarted(process, outcomes, index);
				tellStarted(parts, definition, wanted);
				return { batchId, processIds: wanted.map(({ processId }) => processId) };
			});
		},
	};
}

interface NewProcessFacts {
	readonly input: unknown;
	readonly processId?: string | undefined;
	readonly businessKey?: string | undefined;
	readonly batchId?: string | undefined;
	readonly headers?: MessageHeaders | undefined;
}

async function newProcess<Tx>(
	{ definitions, telemetry, settings }: StarterParts<Tx>,
	definition: ProcessDefinition,
	facts: NewProcessFacts,
): Promise<NewProcess> {
	const { type: processType, domain } = definition;
	if (definitions.get(processType) !== definition) {
		throw new InvalidArgumentError(
			`"${processType}" is not among the definitions of this process manager. Add it there.`,
		);
	}
	const { input, processId = newId(), businessKey, batchId, headers } = facts;
	const view = definition.begin(input);
	const step = view.first();
	const first = await prepareStep(
		{ step, kind: 'forward', request: view.command(step) },
		{
			processId,
			domain,
			headers: { ...carriedHeaders(telemetry), ...headers },
			maxPayloadBytes: settings.maxPayloadBytes,
		},
	);
	return { processId, processType, domain, businessKey, batchId, state: view.state, first };
}

function receiptOf(wanted: NewProcess, outcome: StartOutcome | undefined): StartReceipt {
	if (outcome?.kind === 'started') return { processId: wanted.processId, isExisting: false };
	if (outcome?.kind !== 'existing') throw refusalOfStart(wanted, outcome);
	const { processId, processType, status } = outcome.process;
	if (processType === wanted.processType) return { processId, isExisting: true };
	throw new ConflictError(`Process ${processId} exists already and is a "${processType}". Take another id.`, status);
}

/** All or nothing: the first outcome that tells a reason is the reason of all. */
function refuseUnstarted(wanted: NewProcess, outcomes: readonly StartOutcome[], index: number): void {
	const outcome = outcomes[index];
	if (outcome?.kind === 'started') return;
	if (outcome?.kind === 'refused' && outcome.outcome.kind === 'not-stored') return;
	throw refusalOfStart(wanted, outcome);
}

function refusalOfStart({ processId, first }: NewProcess, outcome: StartOutcome | undefined): Error {
	const refusal = outcome?.kind === 'refused' ? refusalOf(first.command, outcome.outcome) : undefined;
	if (refusal !== undefined) return refusal;
	return new StoreError(`The store did not say whether process ${processId} was started.`, {
		reason: 'unknown',
		isRetryable: false,
	});
}

async function refuseTakenBatch<Tx>(backend: Backend<Tx>, domain: string, batchId: string): Promise<void> {
	if ((await backend.processes.getBatch(batchId)) !== undefined) throw new DuplicateBatchError(domain, batchId);
}
