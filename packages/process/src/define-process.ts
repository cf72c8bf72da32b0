/** From what an author writes to a definition that is known to hang together. */
import { z } from 'zod';
import { CommandTypeSchema, DefinitionInvalidError, DomainSchema } from '@cb/core';
import type { CommandDefinition } from '@cb/core';
import { checkOutline } from './check-outline.ts';
import type { ProcessDefinition, ProcessOptions, StepDefinition, StepOutline } from './process-definition.ts';
import { beginView, resumeView } from './process-view.ts';

/**
 * Defines a process. Step names are the keys of `steps`: a name that is not one of them does not compile. Throws `DefinitionInvalidError` for
 * an unknown or unreachable step, for an undo that is itself undone or also goes forward, and for illegal names.
 *
 * @example
 * const Statement = defineProcess({
 *   type: 'StatementReport', domain: 'reports',
 *   input: z.object({ account: z.string() }), state: z.object({ account: z.string(), file: z.string().nullable() }),
 *   initialState: ({ account }) => ({ account, file: null }),
 *   first: 'RENDER',
 *   steps: {
 *     RENDER: {
 *       definition: RenderStatement,
 *       command: ({ account }) => ({ data: { account } }),
 *       onReply: (state, { data }) => ({ ...state, file: data.file }),
 *       next: 'end',
 *       compensation: 'DELETE_RENDER',
 *     },
 *     DELETE_RENDER: { definition: DeleteRender, command: ({ file }) => ({ data: { file } }) },
 *   },
 * });
 */
export function defineProcess<Input, ParsedInput, State, Commands extends Readonly<Record<string, CommandDefinition>>>(
	options: ProcessOptions<Input, ParsedInput, State, Commands>,
): ProcessDefinition<Input, State, keyof Commands & string>;
export function defineProcess<ParsedInput, State>(
	options: ProcessOptions<unknown, ParsedInput, State, Readonly<Record<string, CommandDefinition>>>,
): ProcessDefinition<unknown, State> {
	const parsed = OptionsSchema.safeParse(options);
	if (!parsed.success) throw invalid(options.type, parsed.error);
	const { type, domain, input, state, first } = options;
	const steps = new Map(Object.entries(options.steps));
	const outline = [...steps].map(([name, step]) => outlineOf(name, step));
	const knownFirst = first instanceof Function ? undefined : first;
	checkOutline({ type, first: knownFirst, steps: outline });

	const initialState = (value: ParsedInput): State => options.initialState(value);
	const source = { type, input, state, initialState, first, steps };
	return Object.freeze({
		type,
		domain,
		input,
		state,
		onFailed: parsed.data.onFailed,
		onCompensationFailure: parsed.data.onCompensationFailure,
		first: knownFirst,
		steps: Object.freeze(outline),
		begin: (value: unknown) => beginView(source, value),
		resume: (value: unknown) => resumeView(source, value),
	});
}

const StepNameSchema = CommandTypeSchema.refine((name) => name !== 'end', '"end" is what follows the last step');

const SchemaSchema = z.custom((value) => typeof value === 'object' || typeof value === 'function', 'is not a schema');

/** What the compiler cannot promise to callers from JavaScript, and what it cannot express. */
const OptionsSchema = z.object({
	type: CommandTypeSchema,
	domain: DomainSchema,
	input: SchemaSchema,
	state: SchemaSchema,
	steps: z.record(
		StepNameSchema,
		z.object({ definition: z.object({ domain: DomainSchema, type: CommandTypeSchema }) }),
	),
	onFailed: z.enum(['fail', 'compensate']).default('fail'),
	onCompensationFailure: z.enum(['continue', 'wait']).default('continue'),
});

function outlineOf<State>(name: string, step: StepDefinition<State, CommandDefinition, string>): StepOutline {
	const { definition: command, next, compensation } = step;
	return Object.freeze({
		name,
		kind: next === undefined ? 'undo' : 'forward',
		command,
		next: next === undefined ? [] : targetsOf(next),
		compensation: undoOf(compensation),
		hasOnReply: step.onReply !== undefined,
	});
}

function undoOf<State>(
	compensation: StepDefinition<State, CommandDefinition, string>['compensation'],
): StepOutline['compensation'] {
	if (compensation === undefined) return undefined;
	return compensation instanceof Function ? 'decided-later' : { step: compensation };
}

function targetsOf<State>(
	next: NonNullable<StepDefinition<State, CommandDefinition, string>['next']>,
): readonly string[] | undefined {
	if (next instanceof Function) return undefined;
	return typeof next === 'object' ? [...next.oneOf] : [next];
}

function invalid(type: string, error: z.ZodError): DefinitionInvalidError {
	const problems = error.issues.map((issue) => `$.${issue.path.join('.')}: ${messageOf(issue)}`).join('; ');
	return new DefinitionInvalidError(`The definition of process "${type}" cannot work: ${problems}.`, { cause: error });
}

/** What is wrong with a name says more than that a name is wrong. */
function messageOf(issue: z.core.$ZodIssue): string {
	return issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join('; ') : issue.message;
}
