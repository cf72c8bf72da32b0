/** What the demo asks of every request: who it is where that matters, from where it comes, and how large it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { createHttpApp } from '../src/http/app.ts';
import { troubleshootingHttp } from '../src/operating/troubleshooting.ts';
import { sampleCustomers } from '../src/payments/sample-transfers.ts';
import { openStatementFiles } from '../src/reporting/statement-files.ts';
import { createClosings } from '../src/runtime/closings.ts';
import { openEngine } from '../src/runtime/engine.ts';
import { createLogger } from '../src/runtime/logging.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { openAccounts } from '../src/statements/open-accounts.ts';

const statements = mkdtempSync(join(tmpdir(), 'cb-demo-statements-'));
const config = readConfig({ CB_DEMO_LOG_LEVEL: 'silent', CB_DEMO_STATEMENTS_DIRECTORY: statements });
const logger = createLogger(config.log, 'test');
const closings = createClosings(logger);
const operator = { authorization: 'Bearer bob:operator' };
const json = { 'content-type': 'application/json' };

let app: ReturnType<typeof createHttpApp>;
/** Rows of the ledger and of the bus: what a request could have changed. */
let everything: () => Promise<unknown>;

beforeAll(async () => {
	const database = await freshDatabase();
	closings.add('database', () => database.drop());
	await prepareDatabase({ url: database.url });
	const engine = openEngine({ url: database.url, config, logger, closings });
	await openAccounts(engine.database, sampleCustomers(5), 1_000_000);
	const troubleshooting = troubleshootingHttp(engine, config.operators);
	const files = openStatementFiles(config.statementsDirectory);
	const health = { components: () => [] };
	app = createHttpApp({ ...engine, health, troubleshooting, files, operators: config.operators });
	everything = async () => [
		await (await app.request('/accounts')).json(),
		await (await app.request('/transfers')).json(),
		await (await app.request('/processes')).json(),
		(await engine.bus.list()).items,
	];
});

afterAll(async () => {
	await closings.closeAll(10_000);
	rmSync(statements, { recursive: true, force: true });
});

const OpenApiSchema = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const isChange = (method: string): boolean => method !== 'get' && method !== 'parameters';

const transfer = { fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 100 };
const changes: readonly (readonly [path: string, body: object | undefined])[] = [
	['/transfers', transfer],
	['/batches', { transfers: [transfer] }],
	['/orders', transfer],
	['/reports', { accountIds: ['customer-0001'] }],
	['/accounts/customer-0001/freeze', undefined],
	['/tsq/items/payments/0190b8d0-0000-7000-8000-000000000000/retry', {}],
];

function post(path: string, body: object | undefined, headers: Readonly<Record<string, string>>): Promise<Response> {
	const request = body === undefined ? {} : { body: JSON.stringify(body) };
	return Promise.resolve(app.request(path, { method: 'POST', headers, ...request }));
}

describe('a request that a page of another site sends', () => {
	const foreign: readonly Readonly<Record<string, string>>[] = [
		{ 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site' },
		{ origin: 'https://evil.example.com' },
		{ origin: 'null' },
	];

	it.each(changes)('to %s is refused, and changes nothing', async (path, body) => {
		const before = await everything();

		for (const headers of foreign) {
			const response = await post(path, body, { ...json, ...operator, ...headers });

			expect({ headers, status: response.status }).toEqual({ headers, status: 403 });
			expect(JSON.stringify(await response.json())).toContain('cross-site');
		}
		expect(await everything()).toEqual(before);
	});

	it.each(changes.filter(([, body]) => body !== undefined))('to %s cannot come as a form', async (path, body) => {
		for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
			expect((await post(path, body, { ...operator, 'content-type': type })).status).toBe(415);
		}
	});

	it.each(['/transfers', '/accounts/customer-0001/freeze'])('may look at %s, as nobody answers to it', async (path) => {
		const response = await app.request(path, { headers: { origin: 'https://evil.example.com' } });

		expect(response.headers.get('access-control-allow-origin')).toBeNull();
	});

	it('is accepted from our own pages, and from what is no browser', async () => {
		for (const headers of [{}, { origin: 'http://localhost' }, { 'sec-fetch-site': 'same-origin' }]) {
			expect((await post('/transfers', transfer, { ...json, ...operator, ...headers })).status).toBe(202);
		}
	});
});

describe('who changes something', () => {
	const nobody = ['', 'Bearer', 'Bearer bob', 'Bearer bob:admin', 'Bearer mallory:operator', 'Basic bob:operator'];

	it.each(changes)('has to say who it is at %s', async (path, body) => {
		const before = await everything();

		for (const authorization of nobody) {
			const response = await post(path, body, authorization === '' ? json : { ...json, authorization });

			expect({ authorization, status: response.status }).toEqual({ authorization, status: 401 });
		}
		expect(await everything()).toEqual(before);
	});

	it.each(changes)('has to be an operator at %s: a viewer only looks', async (path, body) => {
		const before = await everything();

		expect((await post(path, body, { ...json, authorization: 'Bearer eve:viewer' })).status).toBe(403);
		expect(await everything()).toEqual(before);
	});

	it('is asked at every path that takes more than a look', async () => {
		const { paths } = OpenApiSchema.parse(await (await app.request('/openapi.json')).json());
		const asked = new Set(changes.map(([path]) => path.replace('customer-0001/freeze', '{accountId}/{switch}')));
		const changing = Object.entries(paths).flatMap(([path, methods]) =>
			Object.keys(methods).some(isChange) ? [path] : [],
		);

		expect(changing.length).toBeGreaterThan(0);
		expect(changing.filter((path) => !asked.has(path))).toEqual([]);
	});

	it('freezes and unfreezes', async () => {
		const freeze = (to: string) => post(`/accounts/customer-0003/${to}`, undefined, operator);

		expect(await (await freeze('freeze')).json()).toEqual({ accountId: 'customer-0003', isFrozen: true });
		expect(await (await freeze('unfreeze')).json()).toEqual({ accountId: 'customer-0003', isFrozen: false });
	});

	it.each(['%00', '%ff', "'; drop table account; --", 'x'.repeat(65)])(
		'names an account: "%s" is none',
		async (name) => {
			const response = await post(`/accounts/${name}/freeze`, undefined, operator);

			expect(response.status).toBe(422);
		},
	);
});

describe('a body above its limit', () => {
	it.each(['/transfers', '/batches', '/orders', '/reports', '/accounts/customer-0001/freeze'])(
		'is refused at %s, whether it says its length or not',
		async (path) => {
			const large = JSON.stringify({ ...transfer, reference: 'x'.repeat(20_000) });
			const said = await app.request(path, { method: 'POST', body: large, headers: { ...json, ...operator } });
			const streamed = {
				method: 'POST',
				body: new Blob([large]).stream(),
				duplex: 'half',
				headers: { ...json, ...operator },
			};

			expect(said.status).toBe(413);
			expect((await app.request(path, streamed as RequestInit)).status).toBe(413);
		},
	);
});

describe('what browsers are told', () => {
	it.each(['/', '/openapi.json', '/transfers', '/nothing', '/reports/x/statement.html', '/health/live', '/tsq/items'])(
		'about %s: no foreign script, no frame, no guessing of types',
		async (path) => {
			const { headers } = await app.request(path);

			expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
			expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe-inline/);
			expect(headers.get('x-content-type-options')).toBe('nosniff');
			expect(headers.get('x-frame-options')).toBe('DENY');
			expect(headers.get('referrer-policy')).toBe('no-referrer');
			expect(headers.get('x-powered-by')).toBeNull();
		},
	);
});
