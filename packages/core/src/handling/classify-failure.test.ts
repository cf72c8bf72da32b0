import { describe, expect, it } from 'vitest';
import {
	BusinessRuleError,
	PermanentCommandError,
	ReplyQueueNotFoundError,
	StoreError,
	TransientCommandError,
} from '../errors.ts';
import type { StoreErrorReason } from '../errors.ts';
import { classifyFailure, upperSnakeCase } from './classify-failure.ts';

const explainNothing = (): undefined => undefined;

class GatewayTimeout extends Error {}

describe('classifyFailure', () => {
	it.each([
		['TRANSIENT', new TransientCommandError('BUSY', 'Busy.', { seconds: 3 })],
		['PERMANENT', new PermanentCommandError('BUSY', 'Busy.', { seconds: 3 })],
		['BUSINESS_RULE', new BusinessRuleError('BUSY', 'Busy.', { seconds: 3 })],
	])('E9 E11 takes the verdict %s from the error itself', (type, thrown) => {
		const failure = classifyFailure(thrown, explainNothing);

		expect(failure).toEqual({ type, code: 'BUSY', message: 'Busy.', details: { seconds: 3 } });
	});

	it('recognises a verdict of another copy of this package', () => {
		const thrown = Object.assign(new Error('Broken.'), {
			[Symbol.for('@cb/error')]: true,
			verdict: 'PERMANENT',
			code: 'BROKEN',
			details: null,
		});

		expect(classifyFailure(thrown, explainNothing)).toMatchObject({ type: 'PERMANENT', code: 'BROKEN' });
	});

	it.each([
		[new TypeError('x is not a function'), 'TYPE_ERROR', 'x is not a function'],
		[new GatewayTimeout('no answer'), 'GATEWAY_TIMEOUT', 'no answer'],
		[new Error('plain'), 'ERROR', 'plain'],
		[new DOMException('This operation was aborted', 'AbortError'), 'ABORT_ERROR', 'This operation was aborted'],
		[Object.assign(new Error('odd'), { name: '' }), 'ERROR', 'odd'],
		[new ReplyQueueNotFoundError('nowhere', 'Sending'), 'REPLY_QUEUE_NOT_FOUND', undefined],
		['just text', 'NON_ERROR_THROWN', 'Thrown value that is no error: just text'],
		[undefined, 'NON_ERROR_THROWN', 'Thrown value that is no error: undefined'],
		[Symbol('s'), 'NON_ERROR_THROWN', 'Thrown value that is no error: Symbol(s)'],
		[{ card: '4111' }, 'NON_ERROR_THROWN', 'Thrown value that is no error: object'],
		[{ message: 'like an error' }, 'NON_ERROR_THROWN', 'like an error'],
	])('E4 takes %s as transient, with a code of its class', (thrown, code, message) => {
		const failure = classifyFailure(thrown, explainNothing);

		expect(failure).toMatchObject({ type: 'TRANSIENT', code, details: null, ...(message && { message }) });
	});

	it('E14 takes a statement time-out in a handler as transient STATEMENT_TIMEOUT', () => {
		const fromDriver = new Error('canceling statement due to statement timeout');
		const explain = (error: unknown): StoreError | undefined =>
			error === fromDriver
				? new StoreError('A statement took too long.', { reason: 'statement-timeout', isRetryable: true })
				: undefined;

		expect(classifyFailure(fromDriver, explain)).toMatchObject({ type: 'TRANSIENT', code: 'STATEMENT_TIMEOUT' });
		expect(classifyFailure(new Error('else'), explain)).toMatchObject({ code: 'ERROR' });
	});

	it.each<[StoreErrorReason, string]>([
		['deadlock', 'DEADLOCK'],
		['too-many-connections', 'TOO_MANY_CONNECTIONS'],
		['unknown', 'STORE_ERROR'],
	])('takes a failure of the store, %s, as transient %s', (reason, code) => {
		const thrown = new StoreError('It failed.', { reason, isRetryable: false });

		expect(classifyFailure(thrown, explainNothing)).toMatchObject({ type: 'TRANSIENT', code, message: 'It failed.' });
	});

	it('describes a value that does not let itself be looked at', () => {
		const hostile = new Proxy(new Error('x'), {
			get() {
				throw new Error('hands off');
			},
		});

		expect(classifyFailure(hostile, explainNothing)).toMatchObject({
			type: 'TRANSIENT',
			code: 'ERROR',
			message: 'Thrown value that cannot be described.',
		});
	});
});

describe('upperSnakeCase', () => {
	it.each([
		['HTTPError', 'HTTP_ERROR'],
		['Http2StreamError', 'HTTP2_STREAM_ERROR'],
		['reply-queue-not-found', 'REPLY_QUEUE_NOT_FOUND'],
		['$_', ''],
	])('turns %s into %s', (name, expected) => {
		expect(upperSnakeCase(name)).toBe(expected);
	});
});
