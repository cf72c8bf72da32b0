/** The test kit itself: what it plays, what it compares, and that its invariants notice a broken definition. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcess } from '../src/index.ts';
import type { ProcessDefinition } from '../src/index.ts';
import {
	cancels,
	completes,
	duplicated,
	everyPath,
	fails,
	given,
	leavesIt,
	parks,
	playProcess,
	repeatedAtTheEnd,
	retries,
	succeeds,
} from '../src/testing/index.ts';
import type { PossibleOutcomes, Trace } from '../src/testing/index.ts';
import { BookHotel, SendMail, Trip, defineTrip } from './trip.ts';
import type { TripState, TripStep } from './trip.ts';

const state: TripState = { traveller: 'Ada', cents: 100, hotel: 'H', flight: 'F', charge: null };
const booked = succeeds({ reference: 'R' });
const bookings = { BOOK_HOTEL: booked, BOOK_FLIGHT: booked, CHARGE: booked };

describe('given, when, then', () => {
	it('tells what a SUCCESS does', () => {
		given(Trip, state, { completed: ['BOOK_HOTEL', 'BOOK_FLIGHT'] })
			.when('CHARGE', succeeds({ reference: 'C-1' }))
			.then({
				status: 'WAITING_FOR_REPLY',
				currentStep: 'MAIL',
				state: { ...state, charge: 'C-1' },
				sends: [{ step: 'MAIL', commandType: 'SendMail', data: { to: 'Ada' } }],
				eventTypes: ['STEP_ANSWERED', 'STEP_SENT'],
			});
	});

	it('tells what a failure, a parking and a cancel do', () => {
		const atCharge = given(Trip, state, { completed: ['BOOK_HOTEL', 'BOOK_FLIGHT'] });

		atCharge.when('CHARGE', fails('NO_FUNDS')).then({ status: 'FAILED', sends: [], currentStep: null });
		atCharge.when('CHARGE', parks(leavesIt)).then({ status: 'WAITING_FOR_TSQ', sends: [] });
		atCharge.when('CHARGE', parks(cancels())).then({ status: 'COMPENSATING', sends: ['CANCEL_FLIGHT'] });
		atCharge.when('CHARGE', parks(completes({ reference: 'C-2' }))).then({ sends: ['MAIL'], error: null });
	});

	it('tells what the answer to an undo does', () => {
		given(Trip, state, { completed: ['BOOK_HOTEL'] })
			.when('CANCEL_HOTEL', fails('TOO_LATE'))
			.then({ status: 'COMPENSATED', compensationErrors: 1, sends: [] });
	});

	it('shows the difference', () => {
		const answered = given(Trip, state).when('MAIL', succeeds());

		expect(() => {
			answered.then({ status: 'FAILED' });
		}).toThrow(/COMPLETED/);
		expect(() => {
			answered.then({ sends: ['CHARGE'] });
		}).toThrow(/CHARGE/);
	});

	it('tells what throws, and lets a test look for itself', () => {
		given(Trip, state)
			.when('CHARGE', succeeds({ reference: 7 }))
			.thenThrows(/\$\.charge/);
		expect(given(Trip, state).when('CHARGE', booked).outcome().sends).toHaveLength(1);
	});
});

describe('playing a process', () => {
	it('plays the happy path', () => {
		const trace = playProcess(Trip, { traveller: 'Ada' }, bookings);

		expect(trace.status).toBe('COMPLETED');
		expect(trace.sends.map(({ step }) => step)).toEqual(['BOOK_HOTEL', 'BOOK_FLIGHT', 'CHARGE', 'MAIL']);
		expect(trace.entries.map(({ outcome }) => outcome)).toEqual(Array(4).fill('SUCCESS'));
	});

	it('plays duplicates, late replies, parking and retries', () => {
		const trace = playProcess(
			Trip,
			{ traveller: 'Ada' },
			{
				BOOK_HOTEL: duplicated(booked),
				BOOK_FLIGHT: repeatedAtTheEnd(booked),
				CHARGE: parks(retries(booked)),
				MAIL: parks(cancels('given up')),
				CANCEL_FLIGHT: parks(completes(null, { isLate: true })),
			},
		);

		expect(trace.status).toBe('COMPENSATED');
		expect(trace.loaded.process.compensationErrors).toBe(0);
		expect(trace.entries.filter(({ ignored }) => ignored !== undefined)).toMatchObject([
			{ step: 'BOOK_HOTEL', ignored: 'already-answered' },
			{ step: 'BOOK_FLIGHT', ignored: 'process-ended' },
		]);
		expect(trace.sends.map(({ step }) => step)).toEqual([
			...['BOOK_HOTEL', 'BOOK_FLIGHT', 'CHARGE', 'MAIL'],
			...['REFUND', 'CANCEL_FLIGHT', 'CANCEL_HOTEL'],
		]);
		expect(trace.path).toContain('CANCEL_FLIGHT parks, operator completes late');
	});

	it('plays each sending of a step by itself, and ends what does not end', () => {
		const polling = defineProcess({
			type: 'Polling',
			domain: 'trips',
			input: z.object({}),
			state: z.object({}),
			initialState: () => ({}),
			first: 'ASK',
			steps: {
				ASK: {
					definition: BookHotel,
					command: () => ({ data: { traveller: 'Ada' } }),
					next: { oneOf: ['ASK', 'end'], choose: (_, { data }) => (data.reference === 'ready' ? 'end' : 'ASK') },
				},
			},
		});
		const not = succeeds({ reference: 'not yet' });

		const trace = playProcess(polling, {}, { ASK: [not, not, succeeds({ reference: 'ready' })] });

		expect(trace.sends).toHaveLength(3);
		expect(() => playProcess(polling, {}, { ASK: not })).toThrow(/did not end within 1000 answers/);
	});

	it('throws for a definition that changes what it was given', () => {
		const impure = defineProcess({
			type: 'Impure',
			domain: 'trips',
			input: z.object({}),
			state: z.object({ list: z.any() }),
			initialState: () => ({ list: [] }),
			first: 'A',
			steps: {
				A: {
					definition: SendMail,
					command: () => ({ data: { to: 'Ada' } }),
					onReply: (before) => {
						Object.assign(before.list, ['changed']);
						return before;
					},
					next: 'end',
				},
			},
		});

		expect(() => playProcess(impure, {})).toThrow(TypeError);
	});

	it('throws for command data that does not match its schema', () => {
		expect(() => playProcess(Trip, { traveller: 'Ada', cents: 0.5 }, bookings)).toThrow(/cents/);
	});
});

const outcomes = [
	booked,
	fails(),
	duplicated(booked),
	repeatedAtTheEnd(booked),
	parks(completes({ reference: 'by hand' })),
	parks(cancels()),
	parks(retries(booked)),
	parks(retries(fails())),
	parks(retries(parks(cancels()))),
	parks(leavesIt),
];
const undoOutcomes = [
	succeeds(),
	fails(),
	duplicated(succeeds()),
	parks(completes(null, { isLate: true })),
	parks(cancels('', { isLate: true })),
	parks(retries(succeeds(), { isLate: true })),
	parks(leavesIt),
];

describe('every path', () => {
	it.each([
		['fail', 'continue'],
		['fail', 'wait'],
		['compensate', 'continue'],
		['compensate', 'wait'],
	] as const)('P1 to P13 hold with onFailed %s and onCompensationFailure %s', (onFailed, onCompensationFailure) => {
		const definition = defineTrip({ onFailed, onCompensationFailure });
		const possible: PossibleOutcomes<TripStep> = {
			BOOK_HOTEL: outcomes,
			BOOK_FLIGHT: [booked, fails(), parks(cancels())],
			CHARGE: [booked, parks(retries(fails()))],
			MAIL: [succeeds(), parks(cancels())],
			REFUND: undoOutcomes,
			CANCEL_FLIGHT: [succeeds(), fails()],
			CANCEL_HOTEL: undoOutcomes,
		};

		const traces = [...everyPath(definition, { traveller: 'Ada' }, possible)];

		expect(traces.length).toBeGreaterThan(100);
		expect(new Set(traces.map(({ path }) => path)).size).toBe(traces.length);
		const statuses = new Set(traces.map(({ status }) => status));
		expect(statuses.has('COMPLETED') && statuses.has('COMPENSATED') && statuses.has('WAITING_FOR_TSQ')).toBe(true);
		expect(statuses.has('FAILED')).toBe(onFailed === 'fail');
		expect(statuses.has('COMPENSATING')).toBe(onCompensationFailure === 'wait');
	});

	it('names the path on which a definition breaks', () => {
		const paths = everyPath(Trip, { traveller: 'Ada' }, { BOOK_HOTEL: [fails(), succeeds({ reference: 7 })] });

		expect(() => lastOf(paths)).toThrow(/Path: BOOK_HOTEL succeeds/);
	});

	it('names the invariant that does not hold', () => {
		const stuck: ProcessDefinition<object> = { ...Trip, resume: (value) => twisted(Trip.resume(value)) };

		expect(() =>
			lastOf(
				everyPath(
					stuck,
					{ traveller: 'Ada' },
					{ BOOK_HOTEL: [booked], BOOK_FLIGHT: [booked], CHARGE: [parks(cancels())] },
				),
			),
		).toThrow(/Violated: completed steps are undone in reverse order\. Path: BOOK_HOTEL succeeds/);
	});

	it('refuses what is no small definition', () => {
		const many = Array.from({ length: 100 }, () => booked);

		expect(() =>
			lastOf(everyPath(Trip, { traveller: 'Ada' }, { BOOK_HOTEL: many, BOOK_FLIGHT: many, CHARGE: [fails()] })),
		).toThrow(/5000 paths/);
	});
});

/** Undoes something else each time it is asked. */
function twisted(view: ReturnType<ProcessDefinition['resume']>): ReturnType<ProcessDefinition['resume']> {
	twists += 1;
	const undo = twists % 2 === 0 ? 'CANCEL_HOTEL' : 'REFUND';
	return { ...view, compensation: (step) => (step === 'BOOK_FLIGHT' ? undo : view.compensation(step)) };
}
let twists = 0;

function lastOf(traces: Iterable<Trace>): Trace | undefined {
	let last: Trace | undefined;
	for (const trace of traces) last = trace;
	return last;
}
