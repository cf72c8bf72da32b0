/** A process without a database: what the store would hold after each decision. */
import { isProcessTerminal, validateStorable } from '@cb/core';
import type { JsonValue, LoadedProcess, ProcessEventType, StepRecord } from '@cb/core';
import { PayloadInvalidError, issueText } from '@cb/core';
import type { Decision, StepToSend } from '../decision.ts';
import type { ProcessDefinition, ProcessView } from '../process-definition.ts';

/** A command that a decision sends. */
export interface SentStep {
	readonly step: string;
	readonly kind: 'forward' | 'undo';
	/** For an undo: the step it undoes. */
	readonly undoes: string | null;
	readonly commandId: string;
	readonly domain: string;
	readonly commandType: string;
	/** As the command's schema makes it. */
	readonly data: JsonValue;
}

export interface Simulated {
	readonly loaded: LoadedProcess;
	readonly sends: readonly SentStep[];
	readonly eventTypes: readonly ProcessEventType[];
}

const startedAt = new Date(Date.UTC(2026, 0, 1));

/** A process that waits for nothing yet, with a state. */
export function emptyProcess(definition: ProcessDefinition, state: JsonValue): LoadedProcess {
	return {
		process: {
			processId: '00000000-0000-7000-8000-000000000001',
			processType: definition.type,
			domain: definition.domain,
			businessKey: null,
			status: 'PENDING',
			state,
			currentStep: null,
			compensationPlan: null,
			compensationErrors: 0,
			error: null,
			batchId: null,
			version: 1,
			createdAt: startedAt,
			updatedAt: startedAt,
			completedAt: null,
		},
		steps: [],
	};
}

/** The process and its first command. Throws what the definition throws. */
export function beginSimulation(definition: ProcessDefinition, input: unknown): Simulated {
	const view = definition.begin(input);
	const step = view.first();
	const empty = emptyProcess(definition, view.state);
	const loaded: LoadedProcess = {
		...empty,
		process: { ...empty.process, status: 'WAITING_FOR_REPLY', currentStep: step },
	};
	const sent = sentStep({ step, kind: 'forward', request: view.command(step) }, 1);
	return { loaded: withSends(loaded, [sent]), sends: [sent], eventTypes: ['STARTED', 'STEP_SENT'] };
}

/** What the store makes of a decision. Throws `PayloadInvalidError` where a command's data does not match its schema. */
export function applyDecision({ process, steps }: LoadedProcess, { change }: Decision): Simulated {
	const { status, state, currentStep, compensationPlan, compensationErrors, error } = change;
	const isEnded = isProcessTerminal(process.status);
	const moved = isEnded ? {} : { status, state, currentStep, compensationPlan, error };
	const completedAt = process.completedAt ?? (isProcessTerminal(status) ? startedAt : null);
	const loaded: LoadedProcess = {
		process: { ...process, ...moved, compensationErrors, completedAt, version: process.version + 1 },
		steps: steps.map((step) => updated(step, change)),
	};
	const sends = isEnded ? [] : change.send.map((sent, index) => sentStep(sent, steps.length + index + 1));
	const eventTypes = [...change.events.map(({ type }) => type), ...sends.map(() => 'STEP_SENT' as const)];
	return { loaded: withSends(loaded, sends), sends, eventTypes };
}

function updated(step: StepRecord, { stepUpdates }: Decision['change']): StepRecord {
	const update = stepUpdates.find(({ position }) => position === step.position);
	if (update === undefined) return step;
	const { status, generation, reply = null, error = null } = update;
	const answeredAt = status === 'OPEN' || status === 'PARKED' ? null : startedAt;
	return { ...step, status, generation, reply, error, answeredAt };
}

function withSends({ process, steps }: LoadedProcess, sends: readonly SentStep[]): LoadedProcess {
	const opened = sends.map(({ step, kind, undoes, commandId, commandType }, index) =>
		openStep({
			processId: process.processId,
			position: steps.length + index + 1,
			step,
			kind,
			undoes,
			commandId,
			commandType,
		}),
	);
	return { process, steps: [...steps, ...opened] };
}

type StepFacts = Pick<StepRecord, 'processId' | 'position' | 'step' | 'kind' | 'undoes' | 'commandId' | 'commandType'>;

export function openStep(facts: StepFacts): StepRecord {
	return { ...facts, status: 'OPEN', generation: 1, reply: null, error: null, sentAt: startedAt, answeredAt: null };
}

function sentStep({ step, kind, undoes, request }: StepToSend, position: number): SentStep {
	const { definition, data } = request;
	const validated = validateStorable(definition.data, data);
	if (validated instanceof Promise) throw new PayloadInvalidError(asynchronous(definition.type), []);
	if (validated.kind === 'invalid') {
		const issues = issueText(validated.issues);
		throw new PayloadInvalidError(
			`Step "${step}": the data of "${definition.type}" is wrong: ${issues}.`,
			validated.issues,
		);
	}
	return {
		step,
		kind,
		undoes: undoes ?? null,
		commandId: `command-${String(position)}`,
		domain: definition.domain,
		commandType: definition.type,
		data: validated.value,
	};
}

function asynchronous(commandType: string): string {
	return `"${commandType}" has an asynchronous schema, which the test kit does not run.`;
}

/** Tells which of the author's functions that see replies were called, and for which step. */
export interface Watch {
	readonly definition: ProcessDefinition;
	readonly calls: readonly { readonly method: 'onReply' | 'next'; readonly step: string }[];
}

/** The same definition, watched, and given frozen values, so that one that changes what it was given throws. */
export function watchDefinition(definition: ProcessDefinition): Watch {
	const calls: { readonly method: 'onReply' | 'next'; readonly step: string }[] = [];
	const watch = (view: ProcessView): ProcessView => ({
		...view,
		afterReply: (step, reply) => {
			calls.push({ method: 'onReply', step });
			return watch(view.afterReply(step, deepFreeze(reply)));
		},
		next: (step, reply) => {
			calls.push({ method: 'next', step });
			return view.next(step, deepFreeze(reply));
		},
	});
	const watched = {
		...definition,
		begin: (input: unknown) => watch(definition.begin(input)),
		resume: (state: unknown) => watch(definition.resume(deepFreeze(structuredClone(state)))),
	};
	return { definition: watched, calls };
}

function deepFreeze<Value>(value: Value): Value {
	if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
	for (const part of Object.values(value)) deepFreeze(part);
	return Object.freeze(value);
}
