/**
 * The Troubleshooting Queue over HTTP: one web-standard handler with everything as JSON. Who asks is known from `authenticate` alone, and
 * without an answer from it nothing is shown or done.
 */
import { ConfigurationError, InvalidArgumentError, emit, parseConfiguration } from '@cb/core';
import type { Telemetry } from '@cb/core';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { z } from 'zod';
import type { HealthThresholds } from '../queue-health.ts';
import type { TroubleshootingQueue } from '../troubleshooting-queue.ts';
import { bulkEndpoints } from './bulk-endpoints.ts';
import { withConditions } from './conditions.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { authenticated, jsonOnly, limited, ownSiteOnly, secured } from './guards.ts';
import type { Authenticate, HttpEnvironment } from './guards.ts';
import { itemEndpoints } from './item-endpoints.ts';
import { openApiDocument } from './openapi.ts';
import { internalProblem, problemOf, problemResponse } from './problem.ts';

export interface TroubleshootingHttpOptions {
	/** What it serves, with its own `authorize` and `redact`. */
	readonly queue: TroubleshootingQueue;
	/** Who sent this request, from a session, a token or a proxy's header. Nobody: 401. What it throws: 500. */
	readonly authenticate: Authenticate;
	/** The path in front of every route, as the outside sees it. @default '/tsq' */
	readonly basePath?: string | undefined;
	/** Largest request body. @default 2 MiB */
	readonly maxBodyBytes?: number | undefined;
	/** Origins whose pages may post, beside our own: of a console elsewhere, or the public one when a proxy changes the host. @default none */
	readonly allowedOrigins?: readonly string[] | undefined;
	/** What `GET /health` measures against. @default `defaultHealthThresholds` */
	readonly healthThresholds?: HealthThresholds | undefined;
	/** Told about every answer 500 and 503, with the error. */
	readonly telemetry?: Telemetry | undefined;
}

/** A web-standard handler: mount it wherever a Request can be had and a Response given. */
export type HttpHandler = (request: Request) => Promise<Response>;

const SettingsSchema = z.strictObject({
	basePath: z
		.string()
		.regex(/^(\/[A-Za-z0-9._~-]+)*$/, 'a path like "/tsq", without a slash at its end')
		.default('/tsq'),
	maxBodyBytes: z.number().int().min(1).default(2_097_152),
	allowedOrigins: z.array(z.url()).default([]),
});

type HttpContext = Context<HttpEnvironment>;

/** Throws `ConfigurationError` without `queue` or `authenticate`, and for settings that cannot work. */
export function createTroubleshootingHttp(options: TroubleshootingHttpOptions): HttpHandler {
	const { queue, authenticate, healthThresholds = {}, telemetry, ...said } = options;
	requireParts(options);
	const settings = parseConfiguration(SettingsSchema, said, 'Troubleshooting over HTTP');
	const endpoints = [...itemEndpoints(healthThresholds), ...bulkEndpoints];
	const description = openApiDocument(endpoints, settings.basePath);

	const app = new Hono<HttpEnvironment>().basePath(settings.basePath);
	app.use('*', secured, ownSiteOnly(settings.allowedOrigins), authenticated(authenticate));
	app.post('*', jsonOnly, limited(settings.maxBodyBytes));
	for (const endpoint of endpoints) {
		app.on(endpoint.method, endpoint.route, async (context) => respond(await answerTo(context, endpoint, queue)));
	}
	app.get('/openapi.json', (context) => context.json(description));
	for (const [route, methods] of methodsByRoute(endpoints)) app.all(route, () => methodNotAllowed(methods));
	app.notFound(() => problemResponse({ status: 404, code: 'route-not-found', detail: 'There is no such route.' }));
	app.onError((error, context) => {
		const problem = problemOf(error) ?? internalProblem();
		if (problem.status >= 500) {
			const operation = `${context.req.method} ${context.req.path}`;
			emit(telemetry, { kind: 'infrastructure-failed', component: 'troubleshooting-http', operation, error });
		}
		return problem;
	});
	return async (request) => app.fetch(request);
}

/** For callers without a compiler: a queue that everybody may use must not come from a forgotten option. */
function requireParts(options: { readonly queue?: unknown; readonly authenticate?: unknown }): void {
	if (typeof options.queue !== 'object' || options.queue === null) {
		throw new ConfigurationError('Troubleshooting over HTTP: queue is required, from createTroubleshootingQueue.');
	}
	if (typeof options.authenticate !== 'function') {
		throw new ConfigurationError(
			'Troubleshooting over HTTP: authenticate is required. It returns the operator of a request, or undefined to refuse it.',
		);
	}
}

async function answerTo(context: HttpContext, endpoint: Endpoint, queue: TroubleshootingQueue): Promise<Answer> {
	const body = endpoint.method === 'GET' ? {} : parseJson(await context.req.text());
	return endpoint.handle({
		path: context.req.param(),
		query: singleValues(context.req.queries()),
		body: endpoint.isConditional === true ? withConditions(body, context.req.raw.headers) : body,
		operator: context.get('operator'),
		queue,
	});
}

function respond({ body, status = 200, version }: Answer): Response {
	return Response.json(body, { status, headers: version === undefined ? {} : { etag: `"${String(version)}"` } });
}

/** An empty body is an empty object: most acts need no more than their path. */
function parseJson(text: string): unknown {
	if (text.trim() === '') return {};
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new InvalidArgumentError('The body is not JSON.', [{ path: '$', message: 'is not JSON' }], { cause });
	}
}

function singleValues(queries: Readonly<Record<string, string[]>>): Readonly<Record<string, unknown>> {
	return Object.fromEntries(
		Object.entries(queries).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
	);
}

function methodsByRoute(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly string[]> {
	const methods = new Map<string, readonly string[]>([['/openapi.json', ['GET']]]);
	for (const { route, method } of endpoints) methods.set(route, [...(methods.get(route) ?? []), method]);
	return methods;
}

function methodNotAllowed(methods: readonly string[]): Response {
	const allow = methods.join(', ');
	return problemResponse({
		status: 405,
		code: 'method-not-allowed',
		detail: `Allowed here: ${allow}.`,
		headers: { allow },
	});
}
