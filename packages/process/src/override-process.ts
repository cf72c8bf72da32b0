/** An operator's override: read, decide, store if nothing moved meanwhile. */
import {
	ConflictError,
	InvalidOperationError,
	ProcessNotFoundError,
	StaleProcessError,
	carriedHeaders,
	emit,
	parseArgument,
	refusalOf,
} from '@cb/core';
import type {
	AdvanceOutcome,
	Backend,
	CommandRecord,
	LoadedProcess,
	ProcessAdvance,
	ProcessStatus,
	Telemetry,
} from '@cb/core';
import type { DefinitionRegistry } from './definition-registry.ts';
import { OverrideOptionsSchema } from './manager-options.ts';
import type { ManagerSettings, OverrideOptions } from './manager-options.ts';
import { newestStep } from './override.ts';
import type { Override } from './override.ts';
import { prepareAdvance } from './prepare-advance.ts';
import type { ProcessDefinition } from './process-definition.ts';
import { tellSent } from './tell-sent.ts';

export interface OverrideReceipt {
	readonly processId: string;
	readonly status: ProcessStatus;
	readonly version: number;
}

export interface OverrideParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly definitions: DefinitionRegistry;
	readonly telemetry: Telemetry | undefined;
	readonly settings: ManagerSettings;
}

/** Runs one override to its end. Throws `InvalidOperationError` naming the status where it is not allowed; then nothing changed. */
export async function overrideProcess<Tx>(
	parts: OverrideParts<Tx>,
	override: Override,
	target: { readonly processId: string; readonly options: OverrideOptions },
): Promise<OverrideReceipt> {
	const { processId } = target;
	const options = parseArgument(OverrideOptionsSchema, target.options, `Overriding process ${processId}: an option`);
	for (let attempt = 0; attempt <= parts.settings.maxStaleRetries; attempt++) {
		const loaded = await load(parts.backend, processId, options.expectedVersion);
		const advance = await decide(parts, override, { loaded, options });
		const [outcome] = await parts.backend.processes.advance([advance]);
		if (outcome?.kind === 'advanced') return report(parts, loaded, { advance, version: outcome.version });
		if (outcome?.kind !== 'stale') throw refusalOfAdvance(advance, outcome);
	}
	throw new StaleProcessError(processId, options.expectedVersion ?? -1);
}

async function load<Tx>(
	backend: Backend<Tx>,
	processId: string,
	expectedVersion: number | undefined,
): Promise<LoadedProcess> {
	const [loaded] = await backend.processes.loadMany([processId]);
	if (loaded === undefined) throw new ProcessNotFoundError(processId);
	const { version, status } = loaded.process;
	if (expectedVersion === undefined || expectedVersion === version) return loaded;
	throw new ConflictError(
		`Process ${processId} is ${status} at version ${String(version)}, not ${String(expectedVersion)}; nothing changed. Read it again.`,
		status,
	);
}

async function decide<Tx>(
	{ backend, definitions, telemetry, settings }: OverrideParts<Tx>,
	override: Override,
	{ loaded, options }: { readonly loaded: LoadedProcess; readonly options: OverrideOptions },
): Promise<ProcessAdvance> {
	const { processId, processType, status } = loaded.process;
	const definition = definitions.get(processType);
	const command = await newestCommand(backend, definition, loaded);
	const decision = override({ definition, loaded, command, request: options });
	if ('refused' in decision) {
		throw new InvalidOperationError(`Process ${processId} cannot be overridden so: ${decision.refused}`, status);
	}
	return prepareAdvance(decision.change, {
		domain: loaded.process.domain,
		causationId: command?.commandId,
		headers: carriedHeaders(telemetry),
		maxPayloadBytes: settings.maxPayloadBytes,
	});
}

async function newestCommand<Tx>(
	backend: Backend<Tx>,
	definition: ProcessDefinition | undefined,
	loaded: LoadedProcess,
): Promise<CommandRecord | undefined> {
	const step = newestStep(loaded);
	const outline = definition?.steps.find(({ name }) => name === step?.step);
	if (step === undefined || outline === undefined) return undefined;
	const [command] = await backend.queries.getMany([{ domain: outline.command.domain, commandId: step.commandId }]);
	return command;
}

function report<Tx>(
	{ telemetry }: OverrideParts<Tx>,
	{ process: { processId, processType, domain } }: LoadedProcess,
	{ advance: { status, send }, version }: { readonly advance: ProcessAdvance; readonly version: number },
): OverrideReceipt {
	emit(telemetry, { kind: 'process-advanced', processType, processId, domain, status, durationMs: 0 });
	tellSent(
		telemetry,
		send.map(({ command }) => command),
		0,
	);
	return { processId, status, version };
}

function refusalOfAdvance({ processId, send }: ProcessAdvance, outcome: AdvanceOutcome | undefined): Error {
	if (outcome?.kind === 'refused') {
		const refusals = send.map(({ command }) => refusalOf(command, outcome.outcome));
		const refusal = refusals.find((error) => error !== undefined);
		if (refusal !== undefined) return refusal;
	}
	return new ProcessNotFoundError(processId);
}
