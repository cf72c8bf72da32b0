/** Refusals as `application/problem+json` (RFC 9457). What went wrong inside stays inside. */
import { isCommandBusError } from '@cb/core';
import type { CommandBusError, ErrorCode } from '@cb/core';
import type { z } from 'zod';
import type { ProblemSchema } from './response-schemas.ts';

type Problem = z.input<typeof ProblemSchema>;

const titles = {
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	405: 'Method Not Allowed',
	409: 'Conflict',
	413: 'Content Too Large',
	415: 'Unsupported Media Type',
	422: 'Unprocessable Content',
	500: 'Internal Server Error',
	503: 'Service Unavailable',
} as const;

type ProblemStatus = keyof typeof titles;

/** Which status answers which error. An error that is not listed is our fault: 500. */
const statusByCode: Readonly<Partial<Record<ErrorCode, ProblemStatus>>> = {
	'not-authorized': 403,
	'command-not-found': 404,
	'bulk-not-found': 404,
	'domain-not-found': 404,
	'invalid-operation': 409,
	conflict: 409,
	'reply-queue-not-found': 409,
	'payload-too-large': 413,
	'invalid-argument': 422,
	'payload-invalid': 422,
	store: 503,
};

export interface ProblemFacts {
	readonly status: ProblemStatus;
	readonly code: string;
	readonly detail: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly members?: Partial<Problem>;
}

export function problemResponse({ status, code, detail, headers, members }: ProblemFacts): Response {
	const problem = { type: 'about:blank', title: titles[status], status, detail, code, ...members };
	return Response.json(problem, { status, headers: { ...headers, 'content-type': 'application/problem+json' } });
}

/** The answer to an error; `undefined` for one that is not the client's business. */
export function problemOf(error: unknown): Response | undefined {
	if (!isCommandBusError(error)) return undefined;
	const status = statusOf(error);
	if (status === undefined) return undefined;
	if (isCommandBusError(error, 'store')) return storeProblem(error.isRetryable);
	return problemResponse({ status, code: error.code, detail: error.message, members: membersOf(error) });
}

export function internalProblem(): Response {
	return problemResponse({ status: 500, code: 'internal', detail: 'Something went wrong here; it has been reported.' });
}

function statusOf(error: CommandBusError): ProblemStatus | undefined {
	const found = Object.entries(statusByCode).find(([code]) => code === error.code);
	return found?.[1];
}

/** A driver's message may name hosts and tables, so it stays here. */
function storeProblem(isRetryable: boolean): Response {
	return problemResponse({
		status: 503,
		code: 'store',
		detail: 'The store cannot answer now. An act with a requestId may be repeated safely.',
		headers: isRetryable ? { 'retry-after': '1' } : {},
		members: { isRetryable },
	});
}

function membersOf(error: CommandBusError): Partial<Problem> {
	if (isCommandBusError(error, 'invalid-operation') || isCommandBusError(error, 'conflict')) {
		const { status, lastAct } = error;
		if (lastAct === undefined) return { currentStatus: status };
		return { currentStatus: status, lastAct: { ...lastAct, at: lastAct.at.toISOString() } };
	}
	if (isCommandBusError(error, 'reply-queue-not-found')) {
		return { currentStatus: 'IN_TROUBLESHOOTING_QUEUE', replyTo: error.replyTo };
	}
	if (isCommandBusError(error, 'invalid-argument') || isCommandBusError(error, 'payload-invalid')) {
		return { issues: error.issues.map(({ path, message }) => ({ path, message })) };
	}
	return {};
}
