import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

const id = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10';
const other = '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b11';

describe('the target of an act', () => {
	it('is one named command', () => {
		expect(targetOf('payments', [id], {})).toEqual({
			kind: 'one',
			address: { domain: 'payments', commandId: id },
		});
	});

	it('is each named command once', () => {
		expect(targetOf('payments', [id, other, id.toUpperCase()], {})).toMatchObject({
			kind: 'several',
			addresses: [{ commandId: id }, { commandId: other }],
		});
	});

	it('is what matches a filter', () => {
		expect(targetOf(undefined, [], { domain: 'payments', code: 'TIMEOUT' })).toMatchObject({
			kind: 'matching',
			filter: { domain: 'payments', errorCode: 'TIMEOUT' },
		});
	});

	it('is everything only when that is said', () => {
		expect(targetOf(undefined, [], { all: true })).toMatchObject({ kind: 'matching' });
		expect(() => targetOf(undefined, [], {})).toThrow('not said which commands');
	});

	it('is never guessed', () => {
		expect(() => targetOf('payments', [], {})).toThrow('No command of "payments" is named');
		expect(() => targetOf('payments', [id], { domain: 'payments' })).toThrow('and a filter is given');
		expect(() => targetOf('payments', [id], { all: true })).toThrow('and a filter is given');
		expect(() => targetOf(undefined, [], { all: true, type: 'X' })).toThrow('--all and a filter');
	});

	it('takes conditions on one command only', () => {
		expect(targetOf('payments', [id], { expectedVersion: 3 }).kind).toBe('one');
		expect(() => targetOf('payments', [id, other], { expectedVersion: 3 })).toThrow('about one command');
		expect(() => targetOf(undefined, [], { all: true, requestId: 'r' })).toThrow('about one command');
	});
});
