/** Errors as `application/problem+json` (RFC 9457): what went wrong, and for input where. */
import { z } from '@hono/zod-openapi';
import { isCommandBusError } from '@cb/core';
import type { ErrorCode } from '@cb/core';
import type { Logger } from 'pino';

const ProblemSchema = z
	.object({
		type: z.string().openapi({ example: 'urn:cb:problem:transfer-not-found' }),
		title: z.string(),
		status: z.int(),
		detail: z.string().optional(),
		errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
	})
	.openapi('Problem');

type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503;

export interface Problem {
	readonly status: ProblemStatus;
	/** Stable, for programs: kebab case. */
	readonly code: string;
	readonly title: string;
	readonly detail?: string | undefined;
	readonly errors?: readonly { readonly path: string; readonly message: string }[] | undefined;
}

export const problemContent = { 'application/problem+json': { schema: ProblemSchema } } as const;

/** What every request that changes something may be told. */
export const mayRefuse = {
	401: { content: problemContent, description: 'Nobody said who it is.' },
	403: { content: problemContent, description: 'A viewer only looks, and pages of other sites change nothing.' },
} as const;

export function problemResponse({ status, code, title, detail, errors }: Problem): Response {
	const body = { type: `urn:cb:problem:${code}`, title, status, detail, errors };
	return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** Thrown by a route to answer with a problem. */
export class ProblemError extends Error {
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.title);
		this.name = 'ProblemError';
		this.problem = problem;
	}
}

export function invalidInput(issues: readonly z.core.$ZodIssue[], where: string): Response {
	return problemResponse({
		status: 422,
		code: 'invalid-input',
		title: `The ${where} is not valid.`,
		errors: issues.map(({ path, message }) => ({ path: path.join('.') || '(root)', message })),
	});
}

/** What the errors of the libraries mean over HTTP. */
const statusByCode: Partial<Record<ErrorCode, ProblemStatus>> = {
	'invalid-argument': 422,
	'payload-invalid': 422,
	'payload-too-large': 413,
	'command-not-found': 404,
	'process-not-found': 404,
	'domain-not-found': 503,
	'duplicate-command': 409,
	'invalid-operation': 409,
	conflict: 409,
	'stale-process': 409,
	'not-authorized': 403,
};

/** An unexpected error becomes a 500 that tells the log, not the caller, what happened. */
export function problemOf(error: unknown, logger: Pick<Logger, 'error'>): Response {
	if (error instanceof ProblemError) return problemResponse(error.problem);
	if (isUnavailable(error)) {
		logger.error({ err: error }, 'the database could not be reached');
		return problemResponse({
			status: 503,
			code: 'database-unavailable',
			title: 'The database cannot be reached. Try again.',
		});
	}
	const status = isCommandBusError(error) ? statusByCode[knownCode(error.code)] : undefined;
	if (status !== undefined && isCommandBusError(error)) {
		return problemResponse({ status, code: error.code, title: 'The request was refused.', detail: error.message });
	}
	logger.error({ err: error }, 'a request failed');
	return problemResponse({ status: 500, code: 'internal', title: 'The request failed. The log says why.' });
}

function knownCode(code: string): keyof typeof statusByCode {
	return isKnownCode(code) ? code : 'configuration';
}

function isKnownCode(code: string): code is keyof typeof statusByCode {
	return code in statusByCode;
}

const connectionCodes = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'EPIPE',
	'ETIMEDOUT',
	'57P01',
	'57P02',
	'57P03',
	'08006',
	'08001',
]);

function isUnavailable(error: unknown): boolean {
	if (isCommandBusError(error, 'store')) return error.isRetryable;
	if (!(error instanceof Error)) return false;
	if ('code' in error && typeof error.code === 'string' && connectionCodes.has(error.code)) return true;
	return /timeout exceeded when trying to connect|Connection terminated/.test(error.message);
}
