/**
 * What an error of the driver means, decided once: PostgreSQL's SQLSTATE, Node's socket errors and the driver's own messages become a
 * `StoreError` with a reason that says whether the same call may succeed later.
 * Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
 */
import { StoreError, isCommandBusError } from '@cb/core';
import type { StoreErrorReason } from '@cb/core';

interface Meaning {
	readonly reason: StoreErrorReason;
	readonly isRetryable: boolean;
}

const connection: Meaning = { reason: 'connection', isRetryable: true };
const statementTimeout: Meaning = { reason: 'statement-timeout', isRetryable: true };
const outOfResources: Meaning = { reason: 'out-of-resources', isRetryable: true };
const authorization: Meaning = { reason: 'authorization', isRetryable: false };
const unknown: Meaning = { reason: 'unknown', isRetryable: false };

/** The first prefix that fits wins. */
const meaningBySqlstate: readonly (readonly [prefix: string, meaning: Meaning])[] = [
	['40001', { reason: 'serialization', isRetryable: true }],
	['40P01', { reason: 'deadlock', isRetryable: true }],
	['55P03', { reason: 'lock-timeout', isRetryable: true }],
	['57014', statementTimeout],
	// The server ended the session: idle in a transaction, or a transaction for too long.
	['25P03', connection],
	['25P04', statementTimeout],
	// A primary that became a standby: the next connection finds the new one.
	['25006', connection],
	['57P', connection],
	['08', connection],
	['53300', { reason: 'too-many-connections', isRetryable: true }],
	['53', outOfResources],
	['58', outOfResources],
	['23505', { reason: 'unique-violation', isRetryable: false }],
	['42501', authorization],
	['28', authorization],
	['42', { reason: 'syntax', isRetryable: false }],
];

const meaningBySystemCode: Readonly<Record<string, Meaning>> = {
	ECONNREFUSED: connection,
	ECONNRESET: connection,
	ECONNABORTED: connection,
	EPIPE: connection,
	ETIMEDOUT: connection,
	EHOSTUNREACH: connection,
	EHOSTDOWN: connection,
	ENETUNREACH: connection,
	ENETDOWN: connection,
	EADDRNOTAVAIL: connection,
	ENOTFOUND: connection,
	EAI_AGAIN: connection,
	/** A server that is down has no Unix socket. */
	ENOENT: connection,
	EMFILE: outOfResources,
	ENFILE: outOfResources,
};

/** How messages of `pg` and `pg-pool` begin that come without a code. */
const meaningByMessage: readonly (readonly [start: string, meaning: Meaning])[] = [
	['Query read timeout', statementTimeout],
	['Connection terminated', connection],
	['timeout exceeded when trying to connect', connection],
	['timeout expired', connection],
	['Client has encountered a connection error', connection],
	['Client was closed', connection],
	['Cannot use a pool after calling end', connection],
	['The server does not support SSL connections', { reason: 'connection', isRetryable: false }],
	['SASL:', authorization],
];

/** How many wrappers of other libraries are looked into. */
const maxDepth = 4;

/** An error of a call of ours, however a library in between wrapped it; `undefined` when neither driver nor socket had a part in it. */
export function storeErrorOf(error: unknown): StoreError | undefined {
	let candidate = error;
	for (let depth = 0; depth < maxDepth; depth++) {
		if (!(candidate instanceof Error) || isCommandBusError(candidate)) return undefined;
		const meaning = meaningOf(candidate) ?? meaningOfSystemCode(candidate);
		if (meaning !== undefined) return asStoreError(candidate, meaning);
		candidate = candidate.cause;
	}
	return undefined;
}

/** An error from anywhere, such as a handler: only what is unmistakably PostgreSQL's. A handler's own sockets and files fail alike. */
export function explainError(error: unknown): StoreError | undefined {
	if (!(error instanceof Error) || isCommandBusError(error)) return undefined;
	const meaning = meaningOf(error);
	return meaning === undefined ? undefined : asStoreError(error, meaning);
}

/** True when a statement named a queue's table (42P01) or a domain (CB002) that is not there. */
export function isMissingQueue(error: unknown): boolean {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	if (!(cause instanceof Error)) return false;
	const code = codeOf(cause);
	return code === 'CB002' || (code === '42P01' && cause.message.includes('pgmq.'));
}

/** True when the server refused to write: it is, or became, a standby. Nothing has happened. */
export function isReadOnly({ cause }: StoreError): boolean {
	return cause instanceof Error && codeOf(cause) === '25006';
}

/** True when no answer came at all, so that every connection to the same server may be as dead. */
export function isUnanswered({ cause }: StoreError): boolean {
	return cause instanceof Error && cause.message.startsWith('Query read timeout');
}

function asStoreError(error: Error, meaning: Meaning): StoreError {
	return new StoreError(`PostgreSQL (${codeOf(error) ?? meaning.reason}): ${error.message}`, meaning, { cause: error });
}

/** Every error of a server comes with a severity; other errors with a code of five characters do not. */
function meaningOf(error: Error): Meaning | undefined {
	const code = codeOf(error);
	if (code === undefined) return meaningByMessage.find(([start]) => error.message.startsWith(start))?.[1];
	if (!/^[0-9A-Z]{5}$/.test(code) || !('severity' in error)) return undefined;
	return meaningBySqlstate.find(([prefix]) => code.startsWith(prefix))?.[1] ?? unknown;
}

function meaningOfSystemCode(error: Error): Meaning | undefined {
	const code = codeOf(error);
	return code !== undefined && Object.hasOwn(meaningBySystemCode, code) ? meaningBySystemCode[code] : undefined;
}

function codeOf(error: Error): string | undefined {
	return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
