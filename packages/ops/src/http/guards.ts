/** What every request has to pass before anything is shown or done. */
import type { Operator } from '@cb/core';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { OperatorSchema } from '../operator.ts';
import { isJson, isSameSite } from './cross-site.ts';
import { problemResponse } from './problem.ts';

/** The operator of a request; undefined, null or a blank id refuses it. */
export type Authenticate = (request: Request) => Operator | undefined | null | Promise<Operator | undefined | null>;

/** What the guards leave behind for the endpoints. */
export interface HttpEnvironment {
	readonly Variables: { readonly operator: Operator };
}

/** Answers hold payloads: nothing between us and the operator keeps them, and no other site embeds them. */
export const secured: MiddlewareHandler = async (context, next) => {
	await next();
	context.res.headers.set('cache-control', 'no-store');
	context.res.headers.set('x-content-type-options', 'nosniff');
	context.res.headers.set('cross-origin-resource-policy', 'same-origin');
};

export function ownSiteOnly(allowedOrigins: readonly string[]): MiddlewareHandler {
	return async (context, next) => {
		const { method } = context.req;
		if (method === 'GET' || method === 'HEAD' || isSameSite(context.req.raw, allowedOrigins)) {
			await next();
			return;
		}
		return problemResponse({
			status: 403,
			code: 'cross-site',
			detail: 'Requests from pages of other sites are refused. List the origin in allowedOrigins if it is yours.',
		});
	};
}

export function authenticated(authenticate: Authenticate): MiddlewareHandler<HttpEnvironment> {
	return async (context, next) => {
		const operator = OperatorSchema.safeParse(await authenticate(context.req.raw));
		if (operator.success) {
			context.set('operator', operator.data);
			await next();
			return;
		}
		return problemResponse({ status: 401, code: 'not-authenticated', detail: 'Say who you are first.' });
	};
}

export const jsonOnly: MiddlewareHandler = async (context, next) => {
	if (isJson(context.req.raw)) {
		await next();
		return;
	}
	return problemResponse({ status: 415, code: 'not-json', detail: 'Send application/json.' });
};

export function limited(maxBodyBytes: number): MiddlewareHandler {
	return bodyLimit({
		maxSize: maxBodyBytes,
		onError: () =>
			problemResponse({
				status: 413,
				code: 'body-too-large',
				detail: `The body is larger than ${String(maxBodyBytes)} bytes.`,
			}),
	});
}
