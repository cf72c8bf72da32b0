/** Binds a definition's functions to a state that has passed its schema, so that the engine needs to know no types of the author's. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
	DefinitionInvalidError,
	PayloadInvalidError,
	checkStorable,
	commandRequest,
	issueText,
	validateData,
} from '@cb/core';
import type { CommandDefinition, JsonValue, Validated } from '@cb/core';
import type { ProcessOptions, ProcessView, StepDefinition } from './process-definition.ts';

type AnyStep<State> = StepDefinition<State, CommandDefinition, string>;

export interface ProcessSource<Input, State> extends Pick<
	ProcessOptions<unknown, Input, State, Readonly<Record<string, CommandDefinition>>>,
	'type' | 'input' | 'state' | 'initialState' | 'first'
> {
	readonly steps: ReadonlyMap<string, AnyStep<State>>;
}

/** Throws `PayloadInvalidError` when input or initial state do not match. */
export function beginView<Input, State>(source: ProcessSource<Input, State>, input: unknown): ProcessView {
	return resumeView(
		source,
		source.initialState(parseWith(source.input, input, `The input of process "${source.type}"`)),
	);
}

/** Throws `PayloadInvalidError` when the state does not match its schema or has no JSON form. */
export function resumeView<Input, State>(source: ProcessSource<Input, State>, value: unknown): ProcessView {
	const subject = `The state of process "${source.type}"`;
	const state = parseWith(source.state, value, subject);
	return viewOf(source, state, storable(state, subject));
}

function viewOf<Input, State>(source: ProcessSource<Input, State>, state: State, json: JsonValue): ProcessView {
	const view: ProcessView = {
		state: json,
		first: () => named(source, source.first instanceof Function ? source.first(state) : source.first, 'forward'),
		command: (name) => {
			const step = stepNamed(source, name);
			const { data, options } = step.command(state);
			return commandRequest(step.definition, data, options);
		},
		afterReply: (name, reply) => {
			const { onReply } = stepNamed(source, name);
			return onReply === undefined ? view : resumeView(source, onReply(state, reply));
		},
		next: (name, reply) => {
			const next = nextOf(stepNamed(source, name), state, reply);
			return next === 'end' ? undefined : named(source, next, 'forward');
		},
		compensation: (name) => {
			const { compensation } = stepNamed(source, name);
			const undo = compensation instanceof Function ? compensation(state) : compensation;
			return undo === undefined ? undefined : named(source, undo, 'undo');
		},
	};
	return view;
}

type Reply = Parameters<ProcessView['next']>[1];

function nextOf<State>({ next }: AnyStep<State>, state: State, reply: Reply): string | undefined {
	if (next instanceof Function) return next(state, reply);
	if (typeof next !== 'object') return next;
	const chosen = next.choose(state, reply);
	if (next.oneOf.includes(chosen)) return chosen;
	throw new DefinitionInvalidError(`A choice of ${next.oneOf.join(', ')} chose "${chosen}", which is not one of them.`);
}

function stepNamed<Input, State>(source: ProcessSource<Input, State>, name: string | undefined): AnyStep<State> {
	const step = name === undefined ? undefined : source.steps.get(name);
	if (step !== undefined) return step;
	throw new DefinitionInvalidError(
		`Process "${source.type}" has no step ${JSON.stringify(name)}; its steps are ${[...source.steps.keys()].join(', ')}.`,
	);
}

/** The same rule that `defineProcess` checks for what it can see: a step goes forward or undoes, never both. */
function named<Input, State>(
	source: ProcessSource<Input, State>,
	name: string | undefined,
	kind: 'forward' | 'undo',
): string {
	const isForward = stepNamed(source, name).next !== undefined;
	if (name !== undefined && isForward === (kind === 'forward')) return name;
	throw new DefinitionInvalidError(
		`Process "${source.type}" uses step "${String(name)}" as ${kind === 'undo' ? 'an undo' : 'a forward step'}, ` +
			`but it ${isForward ? 'has' : 'has no'} "next".`,
	);
}

function parseWith<Output>(schema: StandardSchemaV1<unknown, Output>, value: unknown, subject: string): Output {
	const validated = validateData(schema, value);
	if (validated instanceof Promise) {
		throw new DefinitionInvalidError(
			`${subject} has an asynchronous schema. Definitions are pure: take a synchronous one.`,
		);
	}
	return valueOf(validated, subject);
}

function storable(value: unknown, subject: string): JsonValue {
	return valueOf(checkStorable(value), subject);
}

function valueOf<Value>(validated: Validated<Value>, subject: string): Value {
	if (validated.kind === 'valid') return validated.value;
	throw new PayloadInvalidError(
		`${subject} does not match its schema: ${issueText(validated.issues)}. Nothing was stored.`,
		validated.issues,
	);
}
