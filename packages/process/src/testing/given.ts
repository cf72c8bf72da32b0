/** Given a process at a step, when an answer comes, then: one decision of a definition, without a database. */
import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import type { ErrorRecord, JsonValue, LoadedProcess, ProcessEventType, ProcessStatus } from '@cb/core';
import { advance } from '../advance.ts';
import type { Answer } from '../answer.ts';
import type { IgnoreReason } from '../decision.ts';
import type { ProcessDefinition } from '../process-definition.ts';
import { deliveriesOf } from './scripted-outcome.ts';
import type { ScriptedOutcome } from './scripted-outcome.ts';
import { applyDecision, emptyProcess, openStep, watchDefinition } from './simulated-process.ts';
import type { SentStep } from './simulated-process.ts';

/** What happened before. */
export interface GivenHistory<Name extends string> {
	/** Forward steps that have succeeded, in order. */
	readonly completed?: readonly Name[] | undefined;
}

/** Where the process stands after the answer, and what it sent. */
export interface ThenOutcome {
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	readonly currentStep: string | null;
	readonly sends: readonly SentStep[];
	readonly error: ErrorRecord | null;
	readonly compensationErrors: number;
	readonly eventTypes: readonly ProcessEventType[];
	readonly ignored: IgnoreReason | undefined;
}

/** What is expected; what is left out may be anything. A send is its step, or some of its fields. */
export interface Expected<State, Name extends string> extends Partial<
	Omit<ThenOutcome, 'sends' | 'state' | 'currentStep'>
> {
	readonly state?: State;
	readonly currentStep?: Name | null;
	readonly sends?: readonly (Name | (Partial<SentStep> & { readonly step: Name }))[];
}

export interface WhenAnswered<State, Name extends string> {
	/** Compares. Throws an `AssertionError` that shows the difference, and what the definition throws. */
	then(expected: Expected<State, Name>): void;
	/** Expects the definition to throw: then the process stays as it is, and operators see the reply. */
	thenThrows(pattern: RegExp): void;
	/** For assertions of your own. */
	outcome(): ThenOutcome;
}

export interface GivenProcess<State, Name extends string> {
	/** The answer to the command of `step`, which the process waits for. Of a parked command, the last answer counts. */
	when(step: Name, answer: ScriptedOutcome): WhenAnswered<State, Name>;
}

/**
 * A process with this state.
 *
 * @example
 * given(Statement, state, { completed: ['QUERY'] }).when('RENDER', fails()).then({ status: 'FAILED', sends: [] });
 */
export function given<Input, State, Name extends string>(
	definition: ProcessDefinition<Input, State, Name>,
	state: NoInfer<State>,
	history: GivenHistory<NoInfer<Name>> = {},
): GivenProcess<State, Name> {
	return {
		when: (step, answer) => {
			const outcome = (): ThenOutcome => outcomeOf(definition, before(definition, state, { history, step }), answer);
			return {
				outcome,
				then: (expected) => {
					compare(outcome(), expected);
				},
				thenThrows: (pattern) => {
					throws(outcome, pattern);
				},
			};
		},
	};
}

function before(
	definition: ProcessDefinition,
	state: unknown,
	{ history, step }: { readonly history: GivenHistory<string>; readonly step: string },
): LoadedProcess {
	const { process } = emptyProcess(definition, definition.resume(state).state);
	const { processId } = process;
	const outlineOf = (name: string) => definition.steps.find((outline) => outline.name === name);
	const done = (history.completed ?? []).map((name, index) => ({
		...openStep(factsOf(name, index + 1)),
		status: 'SUCCEEDED' as const,
	}));
	const open = openStep(factsOf(step, done.length + 1));
	const status = open.kind === 'undo' ? 'COMPENSATING' : 'WAITING_FOR_REPLY';
	const compensationPlan = open.kind === 'undo' ? [] : null;
	return { process: { ...process, status, currentStep: step, compensationPlan }, steps: [...done, open] };

	function factsOf(name: string, position: number): Parameters<typeof openStep>[0] {
		const outline = outlineOf(name);
		const kind = outline?.kind ?? 'forward';
		const commandType = outline?.command.type ?? '';
		const undoes = kind === 'undo' ? (history.completed?.at(-1) ?? null) : null;
		return { processId, position, step: name, kind, undoes, commandId: `command-${String(position)}`, commandType };
	}
}

function outcomeOf(unwatched: ProcessDefinition, loaded: LoadedProcess, scripted: ScriptedOutcome): ThenOutcome {
	const { definition } = watchDefinition(unwatched);
	let current = loaded;
	let last: ThenOutcome | undefined;
	for (const answer of answersOf(loaded, scripted)) {
		const decision = advance(definition, current, answer);
		const after = applyDecision(current, decision);
		current = after.loaded;
		const { status, state, currentStep, error, compensationErrors } = current.process;
		const { sends, eventTypes } = after;
		last = { status, state, currentStep, error, compensationErrors, sends, eventTypes, ignored: decision.ignored };
	}
	return last ?? emptyOutcome(loaded);
}

function answersOf({ steps }: LoadedProcess, scripted: ScriptedOutcome): readonly Answer[] {
	const commandId = steps.at(-1)?.commandId ?? '';
	return deliveriesOf(scripted, commandId).map(({ answer }) => answer);
}

function emptyOutcome({ process }: LoadedProcess): ThenOutcome {
	const { status, state, currentStep, error, compensationErrors } = process;
	return { status, state, currentStep, error, compensationErrors, sends: [], eventTypes: [], ignored: undefined };
}

function compare<State, Name extends string>(actual: ThenOutcome, { sends, ...expected }: Expected<State, Name>): void {
	const told = Object.fromEntries(Object.entries(actual).filter(([key]) => key in expected));
	deepStrictEqual(told, expected);
	if (sends === undefined) return;
	strictEqual(actual.sends.map(({ step }) => step).join(', '), sends.map(stepOf).join(', '));
	for (const [index, send] of sends.entries()) if (typeof send === 'object') compareSend(actual.sends[index], send);
}

function stepOf(send: string | { readonly step: string }): string {
	return typeof send === 'string' ? send : send.step;
}

function compareSend(actual: SentStep | undefined, expected: Partial<SentStep>): void {
	const told = Object.fromEntries(Object.entries(actual ?? {}).filter(([key]) => key in expected));
	deepStrictEqual(told, expected);
}
