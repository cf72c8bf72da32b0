/** What a definition is refused for, and what it tells about itself. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from '@cb/core';
import { defineProcess } from '../src/index.ts';
import type { ProcessDefinition } from '../src/index.ts';
import { SendMail, Trip } from './trip.ts';

const step = { definition: SendMail, command: () => ({ data: { to: 'Ada' } }) };
const facts = {
	type: 'Short',
	domain: 'trips',
	input: z.object({}),
	state: z.object({}),
	initialState: () => ({}),
} as const;

/** Past the compiler, which sees most of this, too. */
function define(first: unknown, steps: Readonly<Record<string, object>>, other: object = {}): ProcessDefinition {
	const options: Parameters<typeof defineProcess>[0] = Object.assign({}, facts, other, { first, steps }) as never;
	return defineProcess(options);
}

describe('defineProcess', () => {
	it.each([
		['no steps', 'A', {}, /no steps/],
		['a first step that is not there', 'B', { A: { ...step, next: 'end' } }, /"first" is "B", which is not a step/],
		[
			'a next step that is not there',
			'A',
			{ A: { ...step, next: 'B' } },
			/the next of "A" is "B", which is not a step/,
		],
		[
			'a choice of a step that is not there',
			'A',
			{ A: { ...step, next: { oneOf: ['end', 'B'], choose: () => 'end' } } },
			/"B", which is not a step/,
		],
		[
			'a compensation that is not there',
			'A',
			{ A: { ...step, next: 'end', compensation: 'B' } },
			/the compensation of "A" is "B", which is not a step/,
		],
		['an unreachable step', 'A', { A: { ...step, next: 'end' }, B: { ...step, next: 'end' } }, /"B" is never reached/],
		[
			'an undo of nothing',
			'A',
			{ A: { ...step, next: 'end' }, B: step },
			/"B" has no "next" and no step is compensated by it/,
		],
		[
			'an undo that is itself undone',
			'A',
			{ A: { ...step, next: 'end', compensation: 'B' }, B: { ...step, compensation: 'C' }, C: step },
			/an undo is not compensated itself/,
		],
		[
			'an undo that also goes forward',
			'A',
			{ A: { ...step, next: 'B', compensation: 'B' }, B: { ...step, next: 'end' } },
			/goes forward or undoes, not both/,
		],
		[
			'an undo that a step leads to',
			'A',
			{ A: { ...step, next: 'B', compensation: 'B' }, B: step },
			/"B" undoes a step and cannot go forward as well, but the next of "A" leads to it/,
		],
		[
			'a step that does not say what comes next',
			'A',
			{ A: step },
			/"first" leads to "A", which does not say what comes next/,
		],
		[
			'an undo with onReply',
			'A',
			{ A: { ...step, next: 'end', compensation: 'B' }, B: { ...step, onReply: () => ({}) } },
			/the reply to an undo reaches no onReply/,
		],
		['a step named "end"', 'end', { end: { ...step, next: 'end' } }, /"end" is what follows the last step/],
	])('refuses %s', (...[, first, steps, message]) => {
		expect(() => define(first, steps)).toThrow(message);
		expect(() => define(first, steps)).toThrow(expect.objectContaining({ code: 'definition-invalid' }));
	});

	it.each([
		['type', { type: 'not a type' }, /\$\.type/],
		['domain', { domain: 'Trips' }, /\$\.domain/],
		['onFailed', { onFailed: 'maybe' }, /\$\.onFailed/],
		['onCompensationFailure', { onCompensationFailure: 'maybe' }, /\$\.onCompensationFailure/],
		['state schema', { state: undefined }, /\$\.state/],
	])('refuses an illegal %s', (_, other, message) => {
		expect(() => define('A', { A: { ...step, next: 'end' } }, other)).toThrow(message);
	});

	it('takes loops, choices and functions that decide', () => {
		const looping = define('A', {
			A: { ...step, next: { oneOf: ['A', 'B'], choose: () => 'B' } },
			B: { ...step, next: 'end' },
		});
		const deciding = define(() => 'A', {
			A: { ...step, next: () => 'end', compensation: () => 'B' },
			B: step,
			C: { ...step, next: 'end' },
		});

		expect(looping.steps.map(({ next }) => next)).toEqual([['A', 'B'], ['end']]);
		expect(deciding.steps.map(({ next }) => next)).toEqual([undefined, [], ['end']]);
		expect(deciding.first).toBeUndefined();
	});

	it('tells its steps without running them', () => {
		expect(Trip.first).toBe('BOOK_HOTEL');
		expect(Trip.steps.slice(2, 5)).toMatchObject([
			{ name: 'CHARGE', kind: 'forward', next: ['MAIL'], compensation: { step: 'REFUND' } },
			{ name: 'MAIL', kind: 'forward', next: ['end'], compensation: undefined },
			{ name: 'CANCEL_HOTEL', kind: 'undo', next: [] },
		]);
	});
});

describe('a view of a definition', () => {
	it('N7 refuses a state without a JSON form, with the path', () => {
		const definition = define(
			'A',
			{ A: { ...step, next: 'end' } },
			{
				state: z.object({ at: z.date() }),
				initialState: () => ({ at: new Date(0) }),
			},
		);

		expect(() => definition.begin({})).toThrow(/\$\.at: Date is not a plain object/);
	});

	it('N7 fills in what the schema has a default for, when an older state is read', () => {
		const definition = define(
			'A',
			{ A: { ...step, next: 'end' } },
			{ state: z.object({ count: z.number().default(7) }) },
		);

		expect(definition.resume({}).state).toEqual({ count: 7 });
	});

	it('refuses an asynchronous schema', () => {
		const state = z.object({}).refine(() => Promise.resolve(true));
		const definition = define(
			'A',
			{ A: { ...step, next: 'end' } },
			{
				state: { '~standard': { ...state['~standard'], validate: () => Promise.resolve({ value: {} }) } },
			},
		);

		expect(() => definition.begin({})).toThrow(/asynchronous schema/);
	});

	it('refuses a step that a function makes up, or takes for what it is not', () => {
		const steps = { A: { ...step, next: () => 'X', compensation: () => 'A' }, B: step };
		const view = define('A', steps).begin({});
		const reply = { commandId: 'c', data: null, generation: 1 };

		expect(() => view.next('A', reply)).toThrow(/has no step "X"; its steps are A, B/);
		expect(() => view.compensation('A')).toThrow(/uses step "A" as an undo, but it has "next"/);
		expect(() =>
			define('A', { ...steps, A: { ...step, next: () => 'B', compensation: () => 'B' } })
				.begin({})
				.next('A', reply),
		).toThrow(/uses step "B" as a forward step, but it has no "next"/);
	});

	it('refuses a choice outside of what it may choose', () => {
		const choosing = { ...step, next: { oneOf: ['A'], choose: () => 'end' } };
		const view = define('A', { A: choosing }).begin({});

		expect(() => view.next('A', { commandId: 'c', data: null, generation: 1 })).toThrow(/chose "end"/);
	});

	it('passes the command’s options on, but never its ids', () => {
		const Slow = defineCommand({ domain: 'trips', type: 'Slow', data: z.object({}) });
		const options = { delaySeconds: 5, commandId: '01990000-0000-7000-8000-000000000000' };
		const definition = define('A', { A: { definition: Slow, command: () => ({ data: {}, options }), next: 'end' } });

		expect(definition.begin({}).command('A')).toMatchObject({
			definition: Slow,
			data: {},
			options: { delaySeconds: 5 },
		});
	});
});
