/** The queue over HTTP, asked with real Requests. The test's operator is whoever the `x-operator` header names. */
import { expect } from 'vitest';
import type { z } from 'zod';
import { createTroubleshootingHttp } from '../src/http/index.ts';
import type { HttpHandler, TroubleshootingHttpOptions } from '../src/http/index.ts';
import * as responses from '../src/http/response-schemas.ts';
import type { TroubleshootingQueueOptions } from '../src/index.ts';
import { ada, openQueue } from './scenario.ts';
import type { Scenario } from './scenario.ts';

export const origin = 'https://ops.example.com';

export interface HttpScenario extends Scenario {
	readonly http: HttpHandler;
	readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
	readonly post: (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>;
}

export async function openHttp(
	options: Partial<TroubleshootingHttpOptions> = {},
	queueOptions: TroubleshootingQueueOptions = {},
): Promise<HttpScenario> {
	const scenario = await openQueue(queueOptions);
	const http = createTroubleshootingHttp({ queue: scenario.queue, authenticate: fromHeader, ...options });
	return {
		...scenario,
		http,
		get: (path, headers = {}) => http(new Request(origin + path, { headers: { 'x-operator': ada.id, ...headers } })),
		post: (path, body = {}, headers = {}) =>
			http(
				new Request(origin + path, {
					method: 'POST',
					body: typeof body === 'string' ? body : JSON.stringify(body),
					headers: { 'x-operator': ada.id, 'content-type': 'application/json', ...headers },
				}),
			),
	};
}

function fromHeader(request: Request): { readonly id: string } | undefined {
	const id = request.headers.get('x-operator');
	return id === null || id === '' ? undefined : { id };
}

/** The answer's body, which is as its schema says. */
export async function answered<Body>(response: Response, schema: z.ZodType<Body>, status = 200): Promise<Body> {
	const body: unknown = await response.json();
	expect({ status: response.status, body }).toMatchObject({ status });
	expect(response.headers.get('cache-control')).toBe('no-store');
	return schema.parse(body);
}

/** The problem that was answered, which is as the description says. */
export async function problem(response: Response, status: number): Promise<z.output<typeof responses.ProblemSchema>> {
	expect(response.headers.get('content-type')).toBe('application/problem+json');
	const body = responses.ProblemSchema.parse(await response.json());
	expect(body).toMatchObject({ status });
	expect(response.status).toBe(status);
	return body;
}
