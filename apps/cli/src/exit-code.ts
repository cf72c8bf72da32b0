/** What a script learns from `cb` without reading a word: one exit code per kind of outcome, and the error code that leads to it. */
import type { ErrorCode, StoreErrorReason } from '@cb/core';

export const exitCodes = {
	ok: 0,
	unexpected: 1,
	usage: 2,
	notFound: 3,
	invalidState: 4,
	conflict: 5,
	denied: 6,
	unavailable: 7,
	payloadInvalid: 8,
	schemaMismatch: 9,
	timedOut: 10,
	warning: 11,
	critical: 12,
	notDone: 13,
	declined: 14,
	interrupted: 130,
	terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** As `cb --help` and the README show them. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
	0: 'done',
	1: 'unexpected: a defect, or something nobody thought of',
	2: 'usage: a flag, argument or setting is missing or wrong; nothing was done',
	3: 'not found: the command, domain, batch, bulk or process does not exist',
	4: 'invalid state: its status does not allow this; nothing changed',
	5: 'conflict: a duplicate, or somebody else was faster; nothing changed',
	6: 'denied: the operator or the database role may not do this',
	7: 'store unavailable: the database does not answer or failed',
	8: 'payload invalid: not JSON, too large or against its schema; nothing stored',
	9: 'schema mismatch: the database needs "cb migrate up", or this cb is too old',
	10: 'timed out: waiting ended, the work itself goes on',
	11: 'warning: a check found something to look at',
	12: 'critical: a check found something broken',
	13: 'not done: what was asked for ended without success, wholly or in part',
	14: 'declined: the question was answered with no; nothing was done',
	130: 'interrupted by Ctrl-C',
	143: 'ended by SIGTERM',
};

const byErrorCode: Readonly<Record<ErrorCode, ExitCode>> = {
	configuration: exitCodes.usage,
	'invalid-argument': exitCodes.usage,
	'payload-invalid': exitCodes.payloadInvalid,
	'payload-too-large': exitCodes.payloadInvalid,
	'domain-not-found': exitCodes.notFound,
	'reply-queue-not-found': exitCodes.notFound,
	'duplicate-command': exitCodes.conflict,
	'chunk-refused': exitCodes.conflict,
	'command-not-found': exitCodes.notFound,
	'batch-not-found': exitCodes.notFound,
	'duplicate-batch': exitCodes.conflict,
	'process-not-found': exitCodes.notFound,
	'bulk-not-found': exitCodes.notFound,
	'handler-already-registered': exitCodes.usage,
	'invalid-operation': exitCodes.invalidState,
	conflict: exitCodes.conflict,
	'not-authorized': exitCodes.denied,
	'lease-lost': exitCodes.conflict,
	'wait-timed-out': exitCodes.timedOut,
	'stale-process': exitCodes.conflict,
	'definition-invalid': exitCodes.usage,
	'schema-mismatch': exitCodes.schemaMismatch,
	store: exitCodes.unavailable,
};

/** The exit code of an error of `@cb/*`; a code this version does not know is unexpected. */
export function exitCodeOf(errorCode: string): ExitCode {
	return new Map<string, ExitCode>(Object.entries(byErrorCode)).get(errorCode) ?? exitCodes.unexpected;
}

/** A failing store has two kinds of cause: the database refuses this role, or it does not work. */
export function exitCodeOfStore(reason: StoreErrorReason): ExitCode {
	return reason === 'authorization' ? exitCodes.denied : exitCodes.unavailable;
}
