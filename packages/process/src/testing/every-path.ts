/** Plays every path through a small definition and checks on each what must hold for every process. */
import { DefinitionInvalidError, InvalidOperationError } from '@cb/core';
import type { ProcessDefinition } from '../process-definition.ts';
import { checkInvariants } from './invariants.ts';
import { playWith } from './play-process.ts';
import type { Trace } from './play-process.ts';
import { describeOutcome, succeeds } from './scripted-outcome.ts';
import type { ScriptedOutcome } from './scripted-outcome.ts';

/** The outcomes that a step's command may have; a step that is not named succeeds with null. */
export type PossibleOutcomes<Name extends string> = { readonly [Step in Name]?: readonly ScriptedOutcome[] };

/** More paths than this are nobody's small definition. */
const maxPaths = 5_000;

/**
 * Yields the trace of every path, after checking it. Throws an `AssertionError` that names the path where an invariant of processes does not
 * hold, `DefinitionInvalidError` that names the path on which the definition throws, and `InvalidOperationError` for more than 5,000 paths.
 */
export function* everyPath<Input, State, Name extends string>(
	definition: ProcessDefinition<Input, State, Name>,
	input: NoInfer<Input>,
	outcomes: PossibleOutcomes<NoInfer<Name>>,
): Generator<Trace, void, undefined> {
	const possible = new Map<string, readonly ScriptedOutcome[]>(
		Object.entries<readonly ScriptedOutcome[] | undefined>(outcomes).flatMap(([step, list]) =>
			list === undefined || list.length === 0 ? [] : [[step, list]],
		),
	);
	let choices: readonly Choice[] | undefined = [];
	for (let count = 0; choices !== undefined; count++) {
		if (count === maxPaths) throw tooMany(definition.type);
		const chooser = new Chooser(possible, choices);
		const trace = play(definition, input, chooser);
		checkInvariants(definition, trace);
		yield trace;
		choices = followingChoices(chooser.made);
	}
}

function play(definition: ProcessDefinition, input: unknown, chooser: Chooser): Trace {
	try {
		return playWith(definition, input, (step) => chooser.choose(step));
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const path = chooser.path.join(' → ');
		throw new DefinitionInvalidError(`"${definition.type}" threw: ${message} Path: ${path}`, { cause: error });
	}
}

interface Choice {
	readonly index: number;
	readonly count: number;
}

/** Repeats given choices, and takes the first outcome of everything after them. */
class Chooser {
	readonly made: Choice[] = [];
	readonly path: string[] = [];
	readonly #possible: ReadonlyMap<string, readonly ScriptedOutcome[]>;
	readonly #given: readonly Choice[];

	constructor(possible: ReadonlyMap<string, readonly ScriptedOutcome[]>, given: readonly Choice[]) {
		this.#possible = possible;
		this.#given = given;
	}

	choose(step: string): ScriptedOutcome {
		const outcomes = this.#possible.get(step) ?? [succeeds()];
		const index = this.#given[this.made.length]?.index ?? 0;
		this.made.push({ index, count: outcomes.length });
		const outcome = outcomes[index] ?? succeeds();
		this.path.push(`${step} ${describeOutcome(outcome)}`);
		return outcome;
	}
}

/** The next path in order: the last choice that has another outcome takes it, and what came after it is open again. */
function followingChoices(made: readonly Choice[]): readonly Choice[] | undefined {
	const last = made.findLastIndex(({ index, count }) => index + 1 < count);
	const choice = made[last];
	return choice === undefined ? undefined : [...made.slice(0, last), { ...choice, index: choice.index + 1 }];
}

function tooMany(type: string): InvalidOperationError {
	return new InvalidOperationError(
		`"${type}" has more than ${String(maxPaths)} paths. Take fewer outcomes per step.`,
		'endless',
	);
}
