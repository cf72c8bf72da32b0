/** What every request has to pass before anything is done, and what browsers are told about every answer. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { hasRole } from '@cb/ops';
import type { Role } from '@cb/ops';
import { isSameSite } from '@cb/ops/http';
import { secureHeaders } from 'hono/secure-headers';
import { operatorOf } from '../operating/operators.ts';
import type { OperatorTable } from '../operating/operators.ts';
import { docsPageScript } from './docs-page.ts';
import { problemResponse } from './problem.ts';

/** For who reads the answer: a demo has nothing to hide. */
const howToSay = 'Operators of the demo are known by name and role: -H "authorization: Bearer bob:operator".';

type Middleware = Parameters<OpenAPIHono['use']>[1];

const methodsThatChange = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Pages run the one script that we wrote, load nothing from elsewhere, and stand in nobody's frame. */
export const withSecureHeaders: Middleware = secureHeaders({
	contentSecurityPolicy: {
		defaultSrc: ["'none'"],
		scriptSrc: [`'${docsPageScript.hash}'`],
		styleSrc: ["'unsafe-inline'"],
		connectSrc: ["'self'"],
		baseUri: ["'none'"],
		formAction: ["'none'"],
		frameAncestors: ["'none'"],
	},
	// Told by whoever ends TLS; this server speaks plain HTTP.
	strictTransportSecurity: false,
	xFrameOptions: 'DENY',
});

/** Another site cannot make a browser change something here. */
export const ownSiteOnly: Middleware = async (context, next) => {
	if (methodsThatChange.has(context.req.method) && !isSameSite(context.req.raw, [])) {
		return problemResponse({
			status: 403,
			code: 'cross-site',
			title: 'Requests from pages of other sites are refused.',
		});
	}
	await next();
	return undefined;
};

/** Without this a body of another type would pass as no body at all. */
export const onlyJson: Middleware = async (context, next) => {
	const type = context.req.header('content-type') ?? '';
	if (context.req.method === 'POST' && !/^application\/json\b/i.test(type)) {
		return problemResponse({ status: 415, code: 'not-json', title: 'Send the body as application/json.' });
	}
	await next();
	return undefined;
};

/** Everybody may look, but for the Troubleshooting Queue; who changes something says who it is, and has at least this role. */
export function changesOnlyBy(operators: OperatorTable, atLeast: Role): Middleware {
	const isAllowed = hasRole(operators, atLeast);
	return async (context, next) => {
		if (!methodsThatChange.has(context.req.method)) {
			await next();
			return undefined;
		}
		const operator = operatorOf(operators, context.req.header('authorization') ?? null);
		if (operator === undefined) {
			return problemResponse({
				status: 401,
				code: 'not-authenticated',
				title: 'Say who you are first.',
				detail: howToSay,
			});
		}
		if (!(await isAllowed(operator))) {
			return problemResponse({
				status: 403,
				code: 'not-authorized',
				title: `${operator.id} would have to be at least ${atLeast}.`,
			});
		}
		await next();
		return undefined;
	};
}
