/**
 * What an error of the driver means, decided once: PostgreSQL's SQLSTATE, Node's socket errors and the driver's own time-outs become a
 * `StoreError` with a reason that says whether the same call may succeed later.
 * Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
 */
import { StoreError } from '@cb/core';
import type { StoreErrorReason } from '@cb/core';

interface Meaning {
	readonly reason: StoreErrorReason;
	readonly isRetryable: boolean;
}

/** The longest matching prefix wins. */
const meaningByPrefix: readonly (readonly [prefix: string, meaning: Meaning])[] = [
	['40001', { reason: 'serialization', isRetryable: true }],
	['40P01', { reason: 'deadlock', isRetryable: true }],
	['55P03', { reason: 'lock-timeout', isRetryable: true }],
	['57014', { reason: 'statement-timeout', isRetryable: true }],
	['57P', { reason: 'connection', isRetryable: true }],
	['25006', { reason: 'connection', isRetryable: true }],
	['08', { reason: 'connection', isRetryable: true }],
	['53300', { reason: 'too-many-connections', isRetryable: true }],
	['53', { reason: 'out-of-resources', isRetryable: true }],
	['58', { reason: 'out-of-resources', isRetryable: true }],
	['23505', { reason: 'unique-violation', isRetryable: false }],
	['42501', { reason: 'authorization', isRetryable: false }],
	['28', { reason: 'authorization', isRetryable: false }],
	['42', { reason: 'syntax', isRetryable: false }],
];

const connectionCodes = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'EPIPE',
	'ETIMEDOUT',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENOTFOUND',
	'EAI_AGAIN',
	'ENOENT',
]);

/** Messages of `pg` and `pg-pool` that come without a code. */
const connectionMessages = [
	'Connection terminated',
	'timeout exceeded when trying to connect',
	'Client has encountered a connection error',
	'Client was closed',
	'The server closed the connection',
	'Cannot use a pool after calling end',
];

/** `undefined` for a value that does not come from the driver or its socket. */
export function storeErrorOf(error: unknown): StoreError | undefined {
	if (!(error instanceof Error)) return undefined;
	const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
	const meaning = meaningOf(code, error.message);
	if (meaning === undefined) return undefined;
	return new StoreError(`PostgreSQL (${code ?? 'connection'}): ${error.message}`, meaning, { cause: error });
}

/** True when a statement named a queue's table that is not there (42P01). */
export function isMissingQueue(error: unknown): boolean {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	return cause instanceof Error && 'code' in cause && cause.code === '42P01' && cause.message.includes('pgmq.');
}

function meaningOf(code: string | undefined, message: string): Meaning | undefined {
	if (message.startsWith('Query read timeout')) return { reason: 'statement-timeout', isRetryable: true };
	if (code === undefined) {
		const isConnection = connectionMessages.some((known) => message.includes(known));
		return isConnection ? { reason: 'connection', isRetryable: true } : undefined;
	}
	if (connectionCodes.has(code)) return { reason: 'connection', isRetryable: true };
	const known = meaningByPrefix.find(([prefix]) => code.startsWith(prefix));
	if (known !== undefined) return known[1];
	return /^[0-9A-Z]{5}$/.test(code) ? { reason: 'unknown', isRetryable: false } : undefined;
}
