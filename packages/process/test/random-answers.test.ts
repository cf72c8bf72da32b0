/** Whatever order answers come in, however often, and whatever they say: the invariants of a process hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProcessTerminal } from '@cb/core';
import type { ErrorRecord, LoadedProcess } from '@cb/core';
import { advance } from '../src/advance.ts';
import type { Answer } from '../src/answer.ts';
import { planCompensation } from '../src/compensate.ts';
import type { Decision } from '../src/decision.ts';
import { cancel, compensate, retryReply, retryStep } from '../src/override.ts';
import type { ProcessDefinition } from '../src/index.ts';
import { applyDecision, beginSimulation } from '../src/testing/simulated-process.ts';
import { defineTrip } from './trip.ts';

const broken: ErrorRecord = { type: 'PERMANENT', code: 'BROKEN', message: 'broken', details: null };
const act = { operator: { id: 'olga' }, reason: 'why not' };

/** An answer to the nth command ever sent (also one that was never sent), of some generation; or an operator's override. */
type Happening =
	| {
			readonly kind: 'answer';
			readonly position: number;
			readonly generation: number;
			readonly outcome: Answer['outcome'];
	  }
	| { readonly kind: 'override'; readonly name: 'cancel' | 'compensate' | 'retryStep' | 'retryReply' };

const answers = fc.record({
	kind: fc.constant('answer' as const),
	position: fc.integer({ min: 1, max: 8 }),
	generation: fc.integer({ min: 1, max: 3 }),
	outcome: fc.constantFrom<Answer['outcome']>(
		'SUCCESS',
		'SUCCESS',
		'SUCCESS',
		'FAILED',
		'CANCELED',
		'parked',
		'resumed',
	),
});
const overrides = fc.record({
	kind: fc.constant('override' as const),
	name: fc.constantFrom('cancel' as const, 'compensate' as const, 'retryStep' as const, 'retryReply' as const),
});
const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
	fc.oneof({ weight: 12, arbitrary: answers }, { weight: 1, arbitrary: overrides }),
	{
		maxLength: 60,
	},
);

const definitions = [
	defineTrip(),
	defineTrip({ onFailed: 'compensate' }),
	defineTrip({ onCompensationFailure: 'wait' }),
	defineTrip({ onFailed: 'compensate', onCompensationFailure: 'wait' }),
] as const;

describe('random orders of answers', () => {
	it.each(
		definitions.map((definition) => [definition.onFailed, definition.onCompensationFailure, definition] as const),
	)('P12 O8 O9 keep the invariants with onFailed %s and onCompensationFailure %s', (_, __, definition) => {
		fc.assert(
			fc.property(happenings, (list) => {
				let loaded = beginSimulation(definition, { traveller: 'Ada' }).loaded;
				for (const happening of list) {
					const decision = decide(definition, loaded, happening);
					if (decision === undefined) continue;
					const after = applyDecision(loaded, decision).loaded;
					check(definition, { before: loaded, after, decision, isOverride: happening.kind === 'override' });
					loaded = after;
				}
			}),
			{ numRuns: 300, seed: 20_260_102 },
		);
	});

	it('O6 O8 give the same end however often each answer is repeated', () => {
		const [definition] = definitions;
		const repeated = fc.array(fc.record({ answer: answers, times: fc.integer({ min: 1, max: 3 }) }), { maxLength: 40 });
		fc.assert(
			fc.property(repeated, (list) => {
				const once = playAll(
					definition,
					list.map(({ answer }) => answer),
				);
				const often = playAll(
					definition,
					list.flatMap(({ answer, times }) => Array<Happening>(times).fill(answer)),
				);

				expect(often.steps).toEqual(once.steps);
				expect({ ...often.process, version: 0 }).toEqual({ ...once.process, version: 0 });
			}),
			{ numRuns: 200, seed: 20_260_103 },
		);
	});
});

function decide(definition: ProcessDefinition, loaded: LoadedProcess, happening: Happening): Decision | undefined {
	if (happening.kind === 'answer') return advance(definition, loaded, answerOf(happening));
	const override = { cancel, compensate, retryStep, retryReply }[happening.name];
	const decision = override({ definition, loaded, command: undefined, request: act });
	return 'refused' in decision ? undefined : decision;
}

function answerOf({ position, generation, outcome }: Extract<Happening, { readonly kind: 'answer' }>): Answer {
	const base = { commandId: `command-${String(position)}`, generation, answerId: null };
	if (outcome === 'SUCCESS') return { ...base, outcome, data: { reference: 'R' } };
	return outcome === 'resumed' ? { ...base, outcome } : { ...base, outcome, error: broken };
}

interface Move {
	readonly before: LoadedProcess;
	readonly after: LoadedProcess;
	readonly decision: Decision;
	readonly isOverride: boolean;
}

function check(definition: ProcessDefinition, move: Move): void {
	const { before, after, decision } = move;
	if (isProcessTerminal(before.process.status)) {
		expect(after.process.status).toBe(before.process.status);
		expect(after.steps).toHaveLength(before.steps.length);
	}
	expect(decision.change.send.length).toBeLessThanOrEqual(decision.ignored === undefined ? 1 : 0);
	expect(after.process.compensationErrors).toBeGreaterThanOrEqual(0);
	if (decision.ignored !== undefined) expect(after.steps).toEqual(before.steps);
	answeredStaysAnswered(move);
	atMostOneIsAwaited(after);
	if (after.process.status === 'COMPENSATED') everythingIsUndoneInOrder(definition, after);
	if (after.process.status === 'COMPLETED') expect(after.steps.every(({ kind }) => kind === 'forward')).toBe(true);
}

/** Only an operator who sends a step again changes the record of one that was answered. */
function answeredStaysAnswered({ before, after, isOverride }: Move): void {
	if (isOverride) return;
	for (const [index, step] of before.steps.entries()) {
		if (step.answeredAt !== null) expect(after.steps[index]).toEqual(step);
	}
}

function atMostOneIsAwaited({ process, steps }: LoadedProcess): void {
	if (isProcessTerminal(process.status)) return;
	const open = steps.filter(({ status }) => status === 'OPEN' || status === 'PARKED');
	expect(open.filter(({ kind }) => kind === 'forward').length).toBeLessThanOrEqual(1);
	if (process.currentStep === null) return;
	expect(steps.at(-1)).toMatchObject({ step: process.currentStep });
}

function everythingIsUndoneInOrder(definition: ProcessDefinition, { process, steps }: LoadedProcess): void {
	const undos = steps.filter(({ kind, error }) => kind === 'undo' && error?.code !== 'STEP_RETRIED');
	const plan = planCompensation(definition.resume(process.state), steps);
	expect(undos.map(({ undoes, step }) => ({ undoes, step }))).toEqual(plan);
	expect(process.compensationErrors).toBe(undos.filter(({ error }) => error !== null).length);
}

function playAll(definition: ProcessDefinition, list: readonly Happening[]): LoadedProcess {
	let { loaded } = beginSimulation(definition, { traveller: 'Ada' });
	for (const happening of list) {
		const decision = decide(definition, loaded, happening);
		if (decision !== undefined) loaded = applyDecision(loaded, decision).loaded;
	}
	return loaded;
}
