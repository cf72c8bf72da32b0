/** The pure core, where messages come out of order or late: generation and step status decide. */
import { describe, expect, it } from 'vitest';
import type { ErrorRecord, LoadedProcess } from '@cb/core';
import { advance } from '../src/advance.ts';
import type { Answer } from '../src/answer.ts';
import { planCompensation } from '../src/compensate.ts';
import { applyDecision, beginSimulation } from '../src/testing/simulated-process.ts';
import { Trip, defineTrip } from './trip.ts';

const broken: ErrorRecord = { type: 'PERMANENT', code: 'BROKEN', message: 'broken', details: null };
const commandId = 'command-1';
const parked = (generation: number): Answer => ({
	commandId,
	generation,
	answerId: null,
	outcome: 'parked',
	error: broken,
});
const resumed = (generation: number): Answer => ({ commandId, generation, answerId: null, outcome: 'resumed' });
const success = (generation: number, id = commandId): Answer => ({
	commandId: id,
	generation,
	answerId: null,
	outcome: 'SUCCESS',
	data: { reference: 'R' },
});

function after(answers: readonly Answer[], definition = Trip): LoadedProcess {
	const begun = beginSimulation(definition, { traveller: 'Ada' }).loaded;
	return answers.reduce((loaded, answer) => applyDecision(loaded, advance(definition, loaded, answer)).loaded, begun);
}

function ignoredAfter(answers: readonly Answer[], answer: Answer): string | undefined {
	return advance(Trip, after(answers), answer).ignored;
}

describe('notices and replies out of order', () => {
	it('P3 a reply that overtakes the notice of its retry is taken, and the notice is ignored', () => {
		const loaded = after([parked(1), success(2)]);

		expect(loaded.process).toMatchObject({ status: 'WAITING_FOR_REPLY', currentStep: 'BOOK_FLIGHT', error: null });
		expect(ignoredAfter([parked(1), success(2)], resumed(2))).toBe('already-answered');
	});

	it('P2 a parked notice that the retry has overtaken says nothing new', () => {
		expect(ignoredAfter([resumed(2)], parked(1))).toBe('earlier-generation');
		expect(after([resumed(2), parked(1)]).process.status).toBe('WAITING_FOR_REPLY');
	});

	it('P2 a second parking that overtakes the notice of the retry stands', () => {
		const loaded = after([parked(1), parked(2), resumed(2)]);

		expect(loaded.process.status).toBe('WAITING_FOR_TSQ');
		expect(loaded.steps[0]).toMatchObject({ status: 'PARKED', generation: 2 });
	});

	it('O6 a notice that comes twice is ignored the second time', () => {
		expect(ignoredAfter([parked(1)], parked(1))).toBe('already-parked');
		expect(ignoredAfter([parked(1), resumed(2)], resumed(2))).toBe('already-resumed');
	});

	it('O7 a reply of an earlier generation is ignored', () => {
		expect(ignoredAfter([parked(1), resumed(2)], success(1))).toBe('earlier-generation');
	});

	it('P2 a notice after the reply is ignored', () => {
		expect(ignoredAfter([success(1)], parked(1))).toBe('already-answered');
	});

	it('O9 an answer after the end is ignored, whatever it says', () => {
		const failed: Answer = { commandId, generation: 1, answerId: null, outcome: 'FAILED', error: broken };

		for (const late of [success(1), parked(1), resumed(2), failed])
			expect(ignoredAfter([failed], late)).toBe('process-ended');
	});

	it('P11 an undo whose notices come out of order is done once', () => {
		const canceled: Answer = {
			commandId: 'command-2',
			generation: 1,
			answerId: null,
			outcome: 'CANCELED',
			error: { ...broken, type: 'CANCELED' },
		};
		const undo = 'command-3';
		const definition = defineTrip({ onCompensationFailure: 'wait' });
		const undoing = [success(1), canceled];

		const loaded = after(
			[...undoing, { ...resumed(2), commandId: undo }, { ...parked(1), commandId: undo }, success(2, undo)],
			definition,
		);

		expect(loaded.process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 0 });
		expect(loaded.steps).toHaveLength(3);
	});
});

describe('the plan', () => {
	it('P6 names the completed forward steps with an undo, the last one first', () => {
		const { process, steps } = after([success(1), success(1, 'command-2'), success(1, 'command-3')]);

		expect(planCompensation(Trip.resume(process.state), steps)).toEqual([
			{ undoes: 'CHARGE', step: 'REFUND' },
			{ undoes: 'BOOK_FLIGHT', step: 'CANCEL_FLIGHT' },
			{ undoes: 'BOOK_HOTEL', step: 'CANCEL_HOTEL' },
		]);
	});

	it('decides the same again: an advance changes nothing it was given', () => {
		const loaded = after([success(1)]);
		const copy = structuredClone(loaded);

		const decisions = [advance(Trip, loaded, success(1, 'command-2')), advance(Trip, loaded, success(1, 'command-2'))];

		expect(decisions[0]?.change).toEqual(decisions[1]?.change);
		expect(loaded).toEqual(copy);
	});
});
