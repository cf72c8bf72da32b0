import { ConfigurationError, DomainNotFoundError } from '@cb/core';
import type { StoreErrorReason } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { explainError, isMissingQueue, storeErrorOf } from './sqlstate.ts';

type Expected = readonly [reason: StoreErrorReason, isRetryable: boolean];

/** As `pg` throws what the server reports. */
function serverError(code: string, message = 'as the server says'): Error {
	return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

/** As Node throws what a socket reports. */
function systemError(code: string): Error {
	return Object.assign(new Error(`connect ${code} 10.0.0.1:5432`), { code, syscall: 'connect' });
}

const bySqlstate: Readonly<Record<string, Expected>> = {
	'40001 serialization_failure': ['serialization', true],
	'40P01 deadlock_detected': ['deadlock', true],
	'55P03 lock_not_available': ['lock-timeout', true],
	'57014 query_canceled': ['statement-timeout', true],
	'25P04 transaction_timeout': ['statement-timeout', true],
	'25P03 idle_in_transaction_session_timeout': ['connection', true],
	'25006 read_only_sql_transaction': ['connection', true],
	'57P01 admin_shutdown': ['connection', true],
	'57P02 crash_shutdown': ['connection', true],
	'57P03 cannot_connect_now': ['connection', true],
	'57P05 idle_session_timeout': ['connection', true],
	'08000 connection_exception': ['connection', true],
	'08001 sqlclient_unable_to_establish_sqlconnection': ['connection', true],
	'08003 connection_does_not_exist': ['connection', true],
	'08006 connection_failure': ['connection', true],
	'08P01 protocol_violation': ['connection', true],
	'53300 too_many_connections': ['too-many-connections', true],
	'53100 disk_full': ['out-of-resources', true],
	'53200 out_of_memory': ['out-of-resources', true],
	'58030 io_error': ['out-of-resources', true],
	'23505 unique_violation': ['unique-violation', false],
	'42501 insufficient_privilege': ['authorization', false],
	'28000 invalid_authorization_specification': ['authorization', false],
	'28P01 invalid_password': ['authorization', false],
	'42601 syntax_error': ['syntax', false],
	'42P01 undefined_table': ['syntax', false],
	'42883 undefined_function': ['syntax', false],
	'22P02 invalid_text_representation': ['unknown', false],
	'23503 foreign_key_violation': ['unknown', false],
	'25P02 in_failed_sql_transaction': ['unknown', false],
	'3D000 invalid_catalog_name': ['unknown', false],
	'XX000 internal_error': ['unknown', false],
	'CB003 our own': ['unknown', false],
};

const bySystemCode: Readonly<Record<string, Expected>> = {
	ECONNREFUSED: ['connection', true],
	ECONNRESET: ['connection', true],
	ECONNABORTED: ['connection', true],
	EPIPE: ['connection', true],
	ETIMEDOUT: ['connection', true],
	EHOSTUNREACH: ['connection', true],
	EHOSTDOWN: ['connection', true],
	ENETUNREACH: ['connection', true],
	ENETDOWN: ['connection', true],
	EADDRNOTAVAIL: ['connection', true],
	ENOTFOUND: ['connection', true],
	EAI_AGAIN: ['connection', true],
	ENOENT: ['connection', true],
	EMFILE: ['out-of-resources', true],
	ENFILE: ['out-of-resources', true],
};

const byMessage: Readonly<Record<string, Expected>> = {
	'Query read timeout': ['statement-timeout', true],
	'Connection terminated unexpectedly': ['connection', true],
	'Connection terminated due to connection timeout': ['connection', true],
	'timeout exceeded when trying to connect': ['connection', true],
	'timeout expired': ['connection', true],
	'Client has encountered a connection error and is not queryable': ['connection', true],
	'Client was closed and is not queryable': ['connection', true],
	'Cannot use a pool after calling end on the pool': ['connection', true],
	'The server does not support SSL connections': ['connection', false],
	'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string': ['authorization', false],
};

describe('what the server reports', () => {
	it.each(Object.entries(bySqlstate))('%s', (named, [reason, isRetryable]) => {
		const code = named.slice(0, 5);
		const thrown = serverError(code);

		const error = storeErrorOf(thrown);

		expect(error).toMatchObject({ code: 'store', reason, isRetryable, cause: thrown });
		expect(error?.message).toBe(`PostgreSQL (${code}): as the server says`);
		expect(explainError(thrown)).toMatchObject({ reason, isRetryable });
	});
});

describe('what a socket reports', () => {
	it.each(Object.entries(bySystemCode))('%s', (code, [reason, isRetryable]) => {
		expect(storeErrorOf(systemError(code))).toMatchObject({ code: 'store', reason, isRetryable });
	});

	it.each(Object.keys(bySystemCode))('%s of a handler may come from anywhere and is not explained', (code) => {
		expect(explainError(systemError(code))).toBeUndefined();
	});
});

describe('what the driver says without a code', () => {
	it.each(Object.entries(byMessage))('%s', (message, [reason, isRetryable]) => {
		const thrown = new Error(message);

		expect(storeErrorOf(thrown)).toMatchObject({ code: 'store', reason, isRetryable });
		expect(explainError(thrown)).toMatchObject({ reason, isRetryable });
	});
});

describe('what is not from PostgreSQL', () => {
	const foreign: readonly (readonly [string, unknown])[] = [
		['an error of a program', new TypeError('x is not a function')],
		['a system code of five letters', systemError('EPERM')],
		['a code of five characters from somebody else', Object.assign(new Error('no'), { code: 'E1234' })],
		['a number as a code', Object.assign(new Error('no'), { code: 23505 })],
		['a value that is no error', { code: '40001', severity: 'ERROR', message: 'no' }],
		['nothing', undefined],
		['an error of this library', new ConfigurationError('no')],
	];

	it.each(foreign)('%s is left alone', (_, value) => {
		expect(storeErrorOf(value)).toBeUndefined();
		expect(explainError(value)).toBeUndefined();
	});
});

describe('what other libraries wrap', () => {
	it('is found where a call of ours went through them', () => {
		const wrapped = new Error('Failed query', { cause: new Error('inner', { cause: serverError('40001') }) });

		expect(storeErrorOf(wrapped)).toMatchObject({ reason: 'serialization' });
	});

	it('keeps its meaning in a handler: the class of the wrapper says more', () => {
		expect(explainError(new Error('Failed query', { cause: serverError('40001') }))).toBeUndefined();
	});

	it('is not looked for in an error of this library, which has a meaning of its own', () => {
		const named = new DomainNotFoundError('payments', { cause: serverError('42P01') });

		expect(storeErrorOf(named)).toBeUndefined();
		expect(storeErrorOf(new Error('Failed query', { cause: named }))).toBeUndefined();
	});

	it('is given up in an endless chain', () => {
		const loop = new Error('loop');
		loop.cause = loop;

		expect(storeErrorOf(loop)).toBeUndefined();
	});
});

describe('a missing queue', () => {
	const missing = serverError('42P01', 'relation "pgmq.q_payments__commands" does not exist');

	it.each([
		['the table of a queue', missing, true],
		['translated', storeErrorOf(missing), true],
		['a domain', serverError('CB002', 'domain "payments" does not exist'), true],
		['another table', serverError('42P01', 'relation "transfer" does not exist'), false],
		['another error', serverError('42601', 'syntax error in pgmq.q_x'), false],
		['no error', undefined, false],
	])('%s', (_, error, expected) => {
		expect(isMissingQueue(error)).toBe(expected);
	});
});
