/** Plays a whole process with scripted outcomes and keeps everything that happened. */
import type { JsonValue, LoadedProcess, ProcessEventType, ProcessStatus, StepOutcome } from '@cb/core';
import { InvalidOperationError } from '@cb/core';
import { advance } from '../advance.ts';
import type { IgnoreReason } from '../decision.ts';
import type { ProcessDefinition } from '../process-definition.ts';
import { deliveriesOf, describeOutcome, succeeds } from './scripted-outcome.ts';
import type { Delivery, ScriptedOutcome } from './scripted-outcome.ts';
import { applyDecision, beginSimulation, watchDefinition } from './simulated-process.ts';
import type { SentStep, Simulated, Watch } from './simulated-process.ts';

/** One answer and what it did. */
export interface TraceEntry {
	readonly step: string;
	readonly kind: 'forward' | 'undo';
	readonly outcome: StepOutcome;
	readonly generation: number;
	readonly ignored: IgnoreReason | undefined;
	readonly sends: readonly SentStep[];
	readonly statusBefore: ProcessStatus;
	/** After the answer. */
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	readonly compensationErrors: number;
}

export interface Trace {
	/** As it stands when no answer is left. */
	readonly loaded: LoadedProcess;
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	readonly entries: readonly TraceEntry[];
	/** Every command, in order of sending. */
	readonly sends: readonly SentStep[];
	/** The trail, in order. */
	readonly eventTypes: readonly ProcessEventType[];
	/** Which of the functions that see replies were called, for which step. */
	readonly calls: Watch['calls'];
	/** What became of each command, in order of sending: the path, in one line. */
	readonly path: string;
}

/** What becomes of the commands of each step; a list says it for the first, the second, … sending, and its last one repeats. */
export type ProcessScript<Name extends string> = {
	readonly [Step in Name]?: ScriptedOutcome | readonly ScriptedOutcome[];
};

/**
 * Plays a process from its start until no answer is left. Steps that the script does not name succeed with null. Throws what the definition
 * throws, and `InvalidOperationError` after 1,000 answers.
 */
export function playProcess<Input, State, Name extends string>(
	definition: ProcessDefinition<Input, State, Name>,
	input: NoInfer<Input>,
	script: ProcessScript<NoInfer<Name>> = {},
): Trace {
	const sendings = new Map<string, number>();
	return playWith(definition, input, (step) => {
		const sending = sendings.get(step) ?? 0;
		sendings.set(step, sending + 1);
		return scripted(Object.entries<ScriptedOutcome | readonly ScriptedOutcome[] | undefined>(script), step, sending);
	});
}

function scripted(
	script: readonly (readonly [string, ScriptedOutcome | readonly ScriptedOutcome[] | undefined])[],
	step: string,
	sending: number,
): ScriptedOutcome {
	const said = script.find(([name]) => name === step)?.[1];
	if (said === undefined) return succeeds();
	if ('kind' in said) return said;
	return said[Math.min(sending, said.length - 1)] ?? succeeds();
}

const maxAnswers = 1_000;

/** As `playProcess`, with a function that is asked once for each command sent. */
export function playWith(
	unwatched: ProcessDefinition,
	input: unknown,
	outcomeOf: (step: string) => ScriptedOutcome,
): Trace {
	const { definition, calls } = watchDefinition(unwatched);
	const post = new Post(outcomeOf);
	let current = beginSimulation(definition, input);
	const entries: TraceEntry[] = [];
	const all = { sends: [...current.sends], eventTypes: [...current.eventTypes], entries };
	post.send(current.sends);
	for (let delivery = post.next(); delivery !== undefined; delivery = post.next()) {
		if (entries.length === maxAnswers) throw tooLong(definition.type, post.path);
		const { entry, after } = deliver(definition, current.loaded, delivery);
		entries.push(entry);
		all.sends.push(...after.sends);
		all.eventTypes.push(...after.eventTypes);
		post.send(after.sends);
		current = after;
	}
	const { loaded } = current;
	return { loaded, status: loaded.process.status, state: loaded.process.state, ...all, calls, path: post.path };
}

function deliver(
	definition: ProcessDefinition,
	loaded: LoadedProcess,
	{ answer }: Delivery,
): { readonly entry: TraceEntry; readonly after: Simulated } {
	const decision = advance(definition, loaded, answer);
	const after = applyDecision(loaded, decision);
	const record = loaded.steps.find(({ commandId }) => commandId === answer.commandId);
	const { status, state, compensationErrors } = after.loaded.process;
	const entry: TraceEntry = {
		step: record?.step ?? '',
		kind: record?.kind ?? 'forward',
		outcome: answer.outcome,
		generation: answer.generation,
		ignored: decision.ignored,
		sends: after.sends,
		statusBefore: loaded.process.status,
		status,
		state,
		compensationErrors,
	};
	return { entry, after };
}

/** Answers on their way: in order, the late ones last. */
class Post {
	readonly #outcomeOf: (step: string) => ScriptedOutcome;
	readonly #soon: Delivery[] = [];
	readonly #late: Delivery[] = [];
	readonly #path: string[] = [];

	constructor(outcomeOf: (step: string) => ScriptedOutcome) {
		this.#outcomeOf = outcomeOf;
	}

	get path(): string {
		return this.#path.join(' → ');
	}

	send(sends: readonly SentStep[]): void {
		for (const { step, commandId } of sends) {
			const outcome = this.#outcomeOf(step);
			this.#path.push(`${step} ${describeOutcome(outcome)}`);
			for (const delivery of deliveriesOf(outcome, commandId)) {
				(delivery.isLate ? this.#late : this.#soon).push(delivery);
			}
		}
	}

	next(): Delivery | undefined {
		return this.#soon.shift() ?? this.#late.shift();
	}
}

function tooLong(type: string, path: string): InvalidOperationError {
	return new InvalidOperationError(
		`Playing "${type}" did not end within ${String(maxAnswers)} answers. Its way: ${path.slice(0, 500)} …`,
		'endless',
	);
}
