/**
 * What an operator may do to a process beyond its commands. Pure: each gives the change and its line in the trail, or says why it is not
 * allowed. A process that has ended is never moved.
 */
import { isProcessTerminal } from '@cb/core';
import type {
	CommandRecord,
	ErrorRecord,
	JsonObject,
	LoadedProcess,
	NewProcessEvent,
	Operator,
	StepRecord,
} from '@cb/core';
import { advance } from './advance.ts';
import { answerOfRecord } from './answer.ts';
import {
	continueCompensation,
	countCompensationErrors,
	isFailedUndo,
	retriedCode,
	startCompensation,
} from './compensate.ts';
import { isOpen, stepUpdate, unchanged, withUpdate } from './decision.ts';
import type { Decision, ProcessChange } from './decision.ts';
import type { ProcessDefinition } from './process-definition.ts';

/** Who overrides and why; both stand in the trail. */
interface OverrideRequest {
	readonly operator: Operator;
	readonly reason: string;
}

export interface Overridden {
	/** Only `cancel` does without. */
	readonly definition: ProcessDefinition | undefined;
	readonly loaded: LoadedProcess;
	/** The command of the newest step; undefined when the store does not know it (any more). */
	readonly command: CommandRecord | undefined;
	readonly request: OverrideRequest;
}

/** Why it is not allowed now, as a sentence that says what to do instead. */
export interface Refusal {
	readonly refused: string;
}

export type Override = (overridden: Overridden) => Decision | Refusal;

/** For what asks the definition what to do. */
function withDefinition(override: (overridden: Defined) => Decision | Refusal): Override {
	return ({ definition, ...overridden }) => {
		if (definition !== undefined) return override({ ...overridden, definition });
		return { refused: `This process manager has no definition of "${overridden.loaded.process.processType}".` };
	};
}

interface Defined extends Overridden {
	readonly definition: ProcessDefinition;
}

/** Sends the newest step's command again, as a new command, where no answer can come any more or an undo ended without success. */
export const retryStep = withDefinition(({ definition, loaded, command, request }) => {
	const step = newestStep(loaded);
	if (step === undefined || isProcessTerminal(loaded.process.status)) return hasEnded(loaded);
	const refused = isOpen(step) ? whyNotSentAgain(command) : undefined;
	if (refused !== undefined) return { refused };
	if (!isOpen(step) && !isFailedUndo(step))
		return { refused: `Step "${step.step}" was answered and nothing waits for it.` };

	const error = mark(retriedCode, request, step.error);
	const update = stepUpdate(step, { status: 'CANCELED', error });
	const { step: name, kind, undoes } = step;
	const view = definition.resume(loaded.process.state);
	return decided({
		...unchanged(loaded),
		status: kind === 'undo' ? 'COMPENSATING' : 'WAITING_FOR_REPLY',
		currentStep: name,
		error: kind === 'undo' ? loaded.process.error : null,
		compensationErrors: countCompensationErrors(withUpdate(loaded.steps, update)),
		stepUpdates: [update],
		send: [{ step: name, kind, undoes: undoes ?? undefined, request: view.command(name) }],
		events: [overrideEvent('OPERATOR_RETRY_STEP', overrideDetails(loaded, request), step)],
	});
});

/** Applies the answer that the newest step's ended command gave, from its record, where the reply itself had no effect. */
export const retryReply = withDefinition(({ definition, loaded, command, request }) => {
	const step = newestStep(loaded);
	if (step === undefined || isProcessTerminal(loaded.process.status)) return hasEnded(loaded);
	if (!isOpen(step)) return { refused: `Step "${step.step}" was answered already.` };
	const answer = command === undefined ? undefined : answerOfRecord(command);
	if (answer === undefined) {
		return { refused: `Command ${step.commandId} of step "${step.step}" has no answer yet (${statusOf(command)}).` };
	}
	const { change, ...rest } = advance(definition, loaded, answer);
	const details = { ...overrideDetails(loaded, request), reply: answer.outcome };
	const event = overrideEvent('OPERATOR_RETRY_REPLY', details, step);
	return { ...rest, change: { ...change, events: [event, ...change.events] } };
});

/**
 * Starts compensation now; where a compensation waits for an operator (`onCompensationFailure: 'wait'`), goes on with the rest of its plan.
 * Whatever the open step's command still does is not undone: its late answer is recorded as ignored.
 */
export const compensate = withDefinition(({ definition, loaded, request }) => {
	const { status, compensationPlan: plan } = loaded.process;
	if (isProcessTerminal(status)) return hasEnded(loaded);
	const step = newestStep(loaded);
	const event = overrideEvent('OPERATOR_COMPENSATE', overrideDetails(loaded, request), step);
	const view = definition.resume(loaded.process.state);
	if (plan !== null) {
		if (step?.status === 'OPEN') return { refused: `It is being compensated: undo "${step.step}" is awaited.` };
		const course = continueCompensation(view, plan);
		return decided({ ...unchanged(loaded), ...course, events: [event, ...course.events] });
	}
	const error = mark('OPERATOR_COMPENSATE', request, null);
	const updates = step !== undefined && isOpen(step) ? [stepUpdate(step, { status: 'CANCELED', error })] : [];
	const course = startCompensation(view, updates.reduce(withUpdate, loaded.steps));
	return decided({
		...unchanged(loaded),
		...course,
		error,
		stepUpdates: updates,
		events: [event, ...course.events],
	});
});

/** Ends the process where it is. Nothing is undone, and commands on their way are not called back. */
export function cancel({ loaded, request }: Overridden): Decision | Refusal {
	if (isProcessTerminal(loaded.process.status)) return hasEnded(loaded);
	const event = overrideEvent('OPERATOR_CANCEL', overrideDetails(loaded, request), newestStep(loaded));
	return decided({
		...unchanged(loaded),
		status: 'CANCELED',
		currentStep: null,
		error: mark('OPERATOR_CANCEL', request, null),
		events: [event, { type: 'CANCELED' }],
	});
}

export function newestStep({ steps }: LoadedProcess): StepRecord | undefined {
	return steps.find((step) => steps.every(({ position }) => position <= step.position));
}

/** While a command may still answer, sending it again could do its work twice. */
function whyNotSentAgain(command: CommandRecord | undefined): string | undefined {
	switch (command?.status) {
		case undefined:
		case 'FAILED':
		case 'CANCELED':
			return undefined;
		case 'COMPLETED':
			return `Command ${command.commandId} COMPLETED: sending it again would do its work twice. Apply its answer with retryReply.`;
		case 'IN_TROUBLESHOOTING_QUEUE':
			return `Command ${command.commandId} is parked. Retry, cancel or complete it in the Troubleshooting Queue.`;
		case 'PENDING':
		case 'IN_PROGRESS':
			return `Command ${command.commandId} is ${command.status} and will answer. Wait for it.`;
	}
}

function decided(change: ProcessChange): Decision {
	return { change, failedUndos: [] };
}

function hasEnded({ process }: LoadedProcess): Refusal {
	return { refused: `It is ${process.status}, and a process that has ended is never moved. Start a new one.` };
}

function overrideEvent(
	type: NewProcessEvent['type'],
	details: JsonObject,
	step: StepRecord | undefined,
): NewProcessEvent {
	return { type, step: step?.step, commandId: step?.commandId, details };
}

function overrideDetails({ process }: LoadedProcess, { operator, reason }: OverrideRequest): JsonObject {
	const { id, kind = 'human' } = operator;
	return { operator: { id, kind }, reason, status: process.status };
}

function mark(code: string, { operator, reason }: OverrideRequest, before: ErrorRecord | null): ErrorRecord {
	const details = { operatorId: operator.id, ...(before === null ? {} : { before: { ...before } }) };
	return { type: 'CANCELED', code, message: reason, details };
}

function statusOf(command: CommandRecord | undefined): string {
	return command === undefined ? 'the store does not know it' : `it is ${command.status}`;
}
