/**
 * What the author of a process writes: pure functions of the state and of the reply, and nothing that does I/O. The same input gives the
 * same step, the same command data and the same next state, in every program that runs the definition.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { CommandDefinition, CommandOptions, CommandRequest, JsonValue } from '@cb/core';

/** Where a process is over: what `next` says after its last step. */
export type EndOfProcess = 'end';

/** What a SUCCESS reply brings. Other outcomes never reach a definition's functions. */
export interface StepReply<Result = JsonValue> {
	readonly commandId: string;
	/** What the handler returned, or what an operator completed the command with. */
	readonly data: Result;
	/** 1 unless an operator sent the command again. */
	readonly generation: number;
}

/** What a step may say about its command beyond the payload; ids, reply queue and notices are the engine's. */
export type StepCommandOptions = Pick<CommandOptions, 'headers' | 'retry' | 'delaySeconds' | 'dueAt'>;

/** The command of a step but for its definition, which is known beforehand. */
export interface StepCommandContent<Data> {
	readonly data: Data;
	readonly options?: StepCommandOptions | undefined;
}

export type DataOf<Command extends CommandDefinition> = StandardSchemaV1.InferInput<Command['data']>;
export type ResultOf<Command extends CommandDefinition> = StandardSchemaV1.InferOutput<NonNullable<Command['result']>>;

/** A decision that says beforehand where it may lead, so that checks and pictures know it. */
export interface Choice<State, Result, Name extends string> {
	readonly oneOf: readonly (Name | EndOfProcess)[];
	choose(state: State, reply: StepReply<Result>): Name | EndOfProcess;
}

/** After which step comes which: a name, a choice, or a function that may lead anywhere. Gets the state after `onReply`. */
export type NextStep<State, Result, Name extends string> =
	Name | EndOfProcess | Choice<State, Result, Name> | ((state: State, reply: StepReply<Result>) => Name | EndOfProcess);

/** A step with `next` is a forward step; one without exists to undo another. */
export interface StepDefinition<State, Command extends CommandDefinition, Name extends string> {
	/** The command this step sends. Its `result` schema types the reply. */
	readonly definition: Command;
	command(state: State): StepCommandContent<DataOf<Command>>;
	/** The next state. @default the state stays as it is */
	readonly onReply?: ((state: State, reply: StepReply<ResultOf<Command>>) => State) | undefined;
	readonly next?: NextStep<State, ResultOf<Command>, Name> | undefined;
	/** The step that undoes this one; a function decides when compensation begins. @default nothing needs to be undone */
	readonly compensation?: Name | ((state: State) => Name | undefined) | undefined;
}

export interface ProcessOptions<
	Input,
	ParsedInput,
	State,
	Commands extends Readonly<Record<string, CommandDefinition>>,
> {
	/** Unique among the definitions of a manager or router. Stored with every process. */
	readonly type: string;
	/** Whose process reply queue the answers go to. The commands themselves may belong to other domains. */
	readonly domain: string;
	/** Any synchronous Standard Schema. */
	readonly input: StandardSchemaV1<Input, ParsedInput>;
	/**
	 * Any synchronous Standard Schema. What it makes must survive JSON, and it is read through the same schema again: a schema that
	 * transforms must accept what it made.
	 */
	readonly state: StandardSchemaV1<unknown, State>;
	initialState(input: NoInfer<ParsedInput>): NoInfer<State>;
	readonly first: NoInfer<keyof Commands & string> | ((state: NoInfer<State>) => NoInfer<keyof Commands & string>);
	readonly steps: {
		readonly [Name in keyof Commands]: StepDefinition<NoInfer<State>, Commands[Name], keyof Commands & string>;
	};
	/** What a FAILED reply to a forward step does. @default 'fail' */
	readonly onFailed?: 'fail' | 'compensate' | undefined;
	/** What an undo that fails, is canceled or is parked does to the rest of the compensation. @default 'continue' */
	readonly onCompensationFailure?: 'continue' | 'wait' | undefined;
}

/** What is known of a step without running anything: for checks, pictures and the lookup of result schemas. */
export interface StepOutline<Name extends string = string> {
	readonly name: Name;
	readonly kind: 'forward' | 'undo';
	readonly command: CommandDefinition;
	/** Where it may lead; undefined when a function decides and does not say. Empty for an undo. */
	readonly next: readonly (Name | EndOfProcess)[] | undefined;
	/** Its undo; `'decided-later'` when a function decides. */
	readonly compensation: { readonly step: Name } | 'decided-later' | undefined;
	/** Whether a reply changes the state. */
	readonly hasOnReply: boolean;
}

/** A definition bound to one state. Every method may throw what the author's functions throw. */
export interface ProcessView {
	/** As it is stored. */
	readonly state: JsonValue;
	first(): string;
	/** The command of a step. Its data is not validated yet. */
	command(step: string): CommandRequest;
	/** With the state that `onReply` returns, checked against the state's schema. */
	afterReply(step: string, reply: StepReply): ProcessView;
	/** `undefined` at the end. */
	next(step: string, reply: StepReply): string | undefined;
	/** `undefined` when there is nothing to undo. */
	compensation(step: string): string | undefined;
}

/** A checked definition. `Input` is what `start` takes, `State` what the schema makes, `Name` the closed union of its steps. */
export interface ProcessDefinition<Input = unknown, State = unknown, Name extends string = string> {
	readonly type: string;
	readonly domain: string;
	readonly input: StandardSchemaV1<Input>;
	readonly state: StandardSchemaV1<unknown, State>;
	readonly onFailed: 'fail' | 'compensate';
	readonly onCompensationFailure: 'continue' | 'wait';
	/** `undefined` when a function decides. */
	readonly first: Name | undefined;
	/** In the order of the definition. */
	readonly steps: readonly StepOutline<Name>[];
	/** Throws `PayloadInvalidError` when the input, or the state made of it, does not match its schema. */
	begin(input: unknown): ProcessView;
	/** Throws `PayloadInvalidError` when a stored state does not match the schema (any more). */
	resume(state: unknown): ProcessView;
}
