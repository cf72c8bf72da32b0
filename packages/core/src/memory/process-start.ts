/** Starting processes: row, first command, step record and events together. */
import type { ProcessEventType, ProcessRecord, StepRecord } from '../model/process.ts';
import type {
	NewProcess,
	NewProcessBatch,
	NewProcessEvent,
	StartOutcome,
	StepCommand,
} from '../ports/process-store.ts';
import { acceptCommand } from './accept.ts';
import type { Step } from './state.ts';
import { storedJson } from './stored-json.ts';

/** Each by itself; with a batch all or none, so that its total and its processes agree. */
export function startProcesses(
	step: Step,
	processes: readonly NewProcess[],
	batch: NewProcessBatch | undefined,
): readonly StartOutcome[] {
	if (batch === undefined) return processes.map((process) => startProcess(step, process));

	const haveAllStarted = (outcomes: readonly StartOutcome[]): boolean =>
		outcomes.every((outcome) => outcome.kind === 'started');
	const outcomes = step.part((part) => {
		part.in('processBatches').put(batch.batchId, { ...batch, createdAt: part.now });
		return processes.map((process) => startProcess(part, process));
	}, haveAllStarted);
	if (haveAllStarted(outcomes)) return outcomes;
	return outcomes.map((outcome) =>
		outcome.kind === 'started' ? { kind: 'refused', outcome: { kind: 'not-stored' } } : outcome,
	);
}

function startProcess(step: Step, wanted: NewProcess): StartOutcome {
	const { processId, processType, businessKey } = wanted;
	const businessKeys = step.in('businessKeys', processType);
	const takenBy = businessKey === undefined ? undefined : businessKeys.get(businessKey);
	const existing = step.in('processes').get(takenBy ?? processId);
	if (existing !== undefined) return { kind: 'existing', process: existing };

	const outcome = acceptCommand(step, wanted.first.command);
	if (outcome.kind !== 'accepted') return { kind: 'refused', outcome };
	step.in('processes').put(processId, newRecord(step, wanted));
	if (businessKey !== undefined) businessKeys.put(businessKey, processId);
	writeProcessEvent(step, processId, { type: 'STARTED' });
	recordStep(step, processId, wanted.first);
	writeProcessEvent(step, processId, stepEvent('STEP_SENT', wanted.first));
	return { kind: 'started' };
}

function newRecord(step: Step, wanted: NewProcess): ProcessRecord {
	return {
		processId: wanted.processId,
		processType: wanted.processType,
		domain: wanted.domain,
		businessKey: wanted.businessKey ?? null,
		status: 'WAITING_FOR_REPLY',
		state: storedJson(wanted.state),
		currentStep: wanted.first.step,
		compensationPlan: null,
		compensationErrors: 0,
		error: null,
		batchId: wanted.batchId ?? null,
		version: 1,
		createdAt: step.now,
		updatedAt: step.now,
		completedAt: null,
	};
}

/** Opens the step record of a command that was accepted for a process. */
export function recordStep(step: Step, processId: string, sent: StepCommand): void {
	const position = [...step.in('steps', processId).all()].length + 1;
	const record: StepRecord = {
		processId,
		position,
		step: sent.step,
		kind: sent.kind,
		undoes: sent.undoes ?? null,
		commandId: sent.command.commandId,
		commandType: sent.command.commandType,
		status: 'OPEN',
		generation: 1,
		reply: null,
		error: null,
		sentAt: step.now,
		answeredAt: null,
	};
	step.in('steps', processId).put(String(position), record);
	step.in('stepCommands', sent.command.domain).put(sent.command.commandId, processId);
}

export function writeProcessEvent(step: Step, processId: string, event: NewProcessEvent): void {
	const sequence = step.nextId('process events');
	step.in('processEvents', processId).put(sequence, {
		sequence,
		processId,
		type: event.type,
		step: event.step ?? null,
		commandId: event.commandId ?? null,
		details: storedJson(event.details ?? {}),
		at: step.now,
	});
}

function stepEvent(type: ProcessEventType, sent: StepCommand): NewProcessEvent {
	return { type, step: sent.step, commandId: sent.command.commandId };
}
