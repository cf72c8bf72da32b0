import { describe, expect, it } from 'vitest';
import { findJsonProblem } from '../model/json.ts';
import { describeError, maxErrorDetailsLength, maxErrorMessageLength } from './describe-error.ts';

const facts = { type: 'TRANSIENT', code: 'CODE', message: 'message' } as const;

describe('describeError', () => {
	it('cuts the message, also in the middle of a pair', () => {
		const { message } = describeError({ ...facts, message: `${'x'.repeat(maxErrorMessageLength - 1)}😀` });

		expect(message).toHaveLength(maxErrorMessageLength);
		expect(message.isWellFormed()).toBe(true);
	});

	it('leaves nothing that PostgreSQL cannot store', () => {
		const record = describeError({ ...facts, code: 'A\u0000', message: 'b\u0000\ud800' });

		expect(findJsonProblem(record)).toBeUndefined();
		expect(record.message).toBe('b\ufffd\ufffd');
	});

	it('keeps details that are JSON and drops others', () => {
		const cyclic: { self?: unknown } = {};
		cyclic.self = cyclic;

		expect(describeError({ ...facts, details: { a: [1] } }).details).toEqual({ a: [1] });
		expect(describeError({ ...facts, details: cyclic }).details).toBeNull();
		expect(describeError({ ...facts, details: { at: new Date(0) } }).details).toBeNull();
		expect(describeError({ ...facts, details: 'x'.repeat(maxErrorDetailsLength) }).details).toBeNull();
		expect(describeError(facts).details).toBeNull();
	});

	it('never leaves the code empty', () => {
		expect(describeError({ ...facts, code: '' }).code).toBe('ERROR');
	});
});
