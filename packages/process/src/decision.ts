/** What the pure core says is to happen to a process; whoever asked it does the I/O. */
import type {
	CommandRequest,
	ErrorRecord,
	JsonObject,
	LoadedProcess,
	NewProcessEvent,
	ProcessAdvance,
	StepRecord,
	StepUpdate,
} from '@cb/core';
import type { Answer } from './answer.ts';
import type { ProcessDefinition } from './process-definition.ts';

/** A command to be sent with the step record it opens; not validated, and without ids. */
export interface StepToSend {
	readonly step: string;
	readonly kind: 'forward' | 'undo';
	readonly undoes?: string | undefined;
	readonly request: CommandRequest;
}

/** As the store takes it, but for the commands. */
export interface ProcessChange extends Omit<ProcessAdvance, 'send' | 'acknowledge'> {
	readonly send: readonly StepToSend[];
}

/** An undo that could not be done, for telemetry. */
interface FailedUndo {
	readonly step: string;
	readonly error: ErrorRecord;
}

/** Why an answer changes nothing but the trail. */
export type IgnoreReason =
	| 'unknown-command'
	| 'process-ended'
	| 'already-answered'
	| 'earlier-generation'
	| 'already-parked'
	| 'already-resumed';

export interface Decision {
	/** Set when nothing moves: only the trail gets a line. */
	readonly ignored?: IgnoreReason | undefined;
	readonly change: ProcessChange;
	readonly failedUndos: readonly FailedUndo[];
}

/** An answer with everything that decides what it does. */
export interface Answered {
	readonly definition: ProcessDefinition;
	readonly loaded: LoadedProcess;
	readonly step: StepRecord;
	readonly answer: Answer;
}

/** The change that leaves everything as it is, to begin with. */
export function unchanged({ process }: LoadedProcess): ProcessChange {
	const { processId, version, status, state, currentStep, compensationPlan, compensationErrors, error } = process;
	return {
		processId,
		expectedVersion: version,
		status,
		state,
		currentStep,
		compensationPlan,
		compensationErrors,
		error,
		stepUpdates: [],
		send: [],
		events: [],
	};
}

/** Everything an update says about a step, starting from what is recorded: the store forgets what is left out. */
export function stepUpdate(step: StepRecord, changed: Partial<Omit<StepUpdate, 'position'>>): StepUpdate {
	const { position, status, generation, reply, error } = step;
	return { position, status, generation, reply, error: error ?? undefined, ...changed };
}

/** The step records as they are after an update. */
export function withUpdate(steps: readonly StepRecord[], update: StepUpdate): readonly StepRecord[] {
	const { position, status, generation, reply = null, error = null } = update;
	return steps.map((step) => (step.position === position ? { ...step, status, generation, reply, error } : step));
}

export function stepEvent(type: NewProcessEvent['type'], step: StepRecord, details: JsonObject = {}): NewProcessEvent {
	return { type, step: step.step, commandId: step.commandId, details };
}

export function isOpen(step: StepRecord): boolean {
	return step.status === 'OPEN' || step.status === 'PARKED';
}
