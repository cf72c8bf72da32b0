import { describe, expect, it } from 'vitest';
import type { TelemetryEvent } from '@cb/core';
import { createTroubleshootingHttp } from '../src/http/index.ts';
import * as responses from '../src/http/response-schemas.ts';
import { answered, openHttp, origin, problem } from './http-scenario.ts';
import { ada, domain, everything, openQueue, park, statusOf } from './scenario.ts';

const retryPath = ({ commandId }: { readonly commandId: string }): string => `/tsq/items/${domain}/${commandId}/retry`;

describe('authenticate', () => {
	it('is required', async () => {
		const { queue } = await openQueue();

		expect(() => createTroubleshootingHttp({ queue } as never)).toThrow(
			expect.objectContaining({ code: 'configuration' }) as Error,
		);
		expect(() => createTroubleshootingHttp({ authenticate: () => ada } as never)).toThrow(/queue is required/);
	});

	it.each([
		'/tsq/items',
		'/tsq/count',
		'/tsq/domains',
		'/tsq/bulks',
		'/tsq/health',
		'/tsq/openapi.json',
		'/tsq/nowhere',
	])('M5 refuses GET %s of nobody with 401', async (path) => {
		const scenario = await openHttp();

		await problem(await scenario.get(path, { 'x-operator': '' }), 401);
	});

	it.each([undefined, null, { id: '' }, { id: '  ' }])('M5 refuses acts of %j with 401', async (operator) => {
		const scenario = await openHttp({ authenticate: () => operator });
		const command = await park(scenario);
		const before = await everything(scenario);

		await problem(await scenario.post(retryPath(command)), 401);

		expect(await everything(scenario)).toEqual(before);
	});

	it('answers 500 without a word of the cause when it throws, and tells telemetry', async () => {
		const events: TelemetryEvent[] = [];
		const scenario = await openHttp({
			authenticate: () => Promise.reject(new TypeError('session-secret')),
			telemetry: { emit: (event) => void events.push(event) },
		});

		const response = await scenario.get('/tsq/items');

		expect(JSON.stringify(await problem(response, 500))).not.toContain('session-secret');
		expect(events).toMatchObject([
			{ kind: 'infrastructure-failed', component: 'troubleshooting-http', operation: 'GET /tsq/items' },
		]);
	});
});

describe('posts of other sites', () => {
	const refused: readonly Readonly<Record<string, string>>[] = [
		{ 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site' },
		{ origin: 'https://evil.example.com' },
		{ origin: 'null' },
		{ origin: 'http://ops.example.com' },
		{ origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' },
	];
	const accepted: readonly Readonly<Record<string, string>>[] = [
		{},
		{ origin },
		{ 'sec-fetch-site': 'same-origin' },
		{ origin: 'https://behind-a-proxy.example.com', 'sec-fetch-site': 'same-origin' },
		{ origin: 'https://console.example.com', 'sec-fetch-site': 'cross-site' },
	];
	const options = { allowedOrigins: ['https://console.example.com'] };

	it.each(refused)('are refused with %j', async (headers) => {
		const scenario = await openHttp(options);
		const command = await park(scenario);

		const { code } = await problem(await scenario.post(retryPath(command), {}, headers), 403);

		expect(code).toBe('cross-site');
		expect(await statusOf(scenario, command)).toBe('IN_TROUBLESHOOTING_QUEUE');
	});

	it.each(accepted)('our own are accepted with %j', async (headers) => {
		const scenario = await openHttp(options);
		const command = await park(scenario);

		await answered(await scenario.post(retryPath(command), {}, headers), responses.ActResultSchema);
	});

	it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json'])(
		'cannot come as %s',
		async (type) => {
			const scenario = await openHttp();
			const command = await park(scenario);

			await problem(await scenario.post(retryPath(command), '{}', { 'content-type': type }), 415);
			expect(await statusOf(scenario, command)).toBe('IN_TROUBLESHOOTING_QUEUE');
		},
	);

	it('may say the charset of their JSON', async () => {
		const scenario = await openHttp();
		const command = await park(scenario);
		const headers = { 'content-type': 'Application/JSON; charset=utf-8' };

		await answered(await scenario.post(retryPath(command), {}, headers), responses.ActResultSchema);
	});
});

describe('requests', () => {
	it('are refused above the body limit, said or not', async () => {
		const scenario = await openHttp({ maxBodyBytes: 100 });
		const path = retryPath(await park(scenario));
		const large = JSON.stringify({ reason: 'x'.repeat(200) });
		const stream = new Blob([large]).stream();
		const streamed = new Request(origin + path, {
			method: 'POST',
			body: stream,
			duplex: 'half',
			headers: { 'x-operator': ada.id, 'content-type': 'application/json' },
		});

		await problem(await scenario.post(path, large), 413);
		await problem(await scenario.post(path, large, { 'content-length': String(large.length) }), 413);
		await problem(await scenario.http(streamed), 413);
	});

	it.each(['{', 'null', '"x"', '[]', '{"reason":}'])('with the body %s are refused with 422', async (body) => {
		const scenario = await openHttp();

		await problem(await scenario.post(retryPath(await park(scenario)), body), 422);
	});

	it('for routes that are not there get 404, and for other methods 405', async () => {
		const scenario = await openHttp();

		await problem(await scenario.get('/tsq/nothing'), 404);
		await problem(await scenario.get('/elsewhere'), 404);
		const response = await scenario.post('/tsq/items');
		expect(response.headers.get('allow')).toBe('GET');
		await problem(response, 405);
		const remove = new Request(`${origin}/tsq/bulks`, { method: 'DELETE', headers: { 'x-operator': ada.id } });
		expect((await scenario.http(remove)).headers.get('allow')).toBe('GET, POST');
	});

	it('are served below any base path', async () => {
		const scenario = await openHttp({ basePath: '/api/v1/parked' });

		await answered(await scenario.get('/api/v1/parked/domains'), responses.DomainsSchema);
		await problem(await scenario.get('/tsq/domains'), 404);
	});

	it.each([
		{ basePath: 'tsq' },
		{ basePath: '/tsq/' },
		{ maxBodyBytes: 0 },
		{ allowedOrigins: ['console'] },
		{ base: '/' },
	])('cannot be served with the options %j', async (options) => {
		await expect(openHttp(options)).rejects.toMatchObject({ code: 'configuration' });
	});
});
