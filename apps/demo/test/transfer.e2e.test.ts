import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';
import { asClerk, serviceAt, settled } from './service-client.ts';
import type { ServiceClient } from './service-client.ts';

const ProblemSchema = z.looseObject({
	type: z.string(),
	status: z.int(),
	errors: z.array(z.object({ path: z.string() })).optional(),
});

let server: PostgresServer;
let database: Database;
let demo: DemoProcess;
let url: string;
let service: ServiceClient;

beforeAll(async () => {
	server = await startPostgres();
	database = await createFreshDatabase(server.url);
	demo = startDemo(['serve', '--port', '0', '--quiet'], {
		environment: {
			CB_DATABASE_URL: database.url,
			CB_DEMO_FAILURES: 'default=0,RefundAccount=0',
			CB_DEMO_DURATION_MS: '0/5',
			CB_DEMO_LOG_LEVEL: 'debug',
		},
	});
	url = (await demo.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';
	service = serviceAt(url);
});

afterAll(async () => {
	await demo.cleanUp();
	await database.drop();
	await server.stop();
});

const valid = {
	fromAccount: 'customer-0001',
	toAccount: 'customer-0002',
	amountCents: 1_250,
	reference: 'Invoice 4711',
};

describe('a transfer over HTTP', () => {
	it('is accepted, booked by the workers, and shows its commands with their history', async () => {
		const response = await service.post(valid);
		const { transferId } = z.looseObject({ transferId: z.string() }).parse(await response.json());
		const transfer = await service.until(transferId, settled);

		expect(response.status).toBe(202);
		expect(response.headers.get('location')).toBe(`/transfers/${transferId}`);
		expect(transfer.status).toBe('BOOKED');
		expect(transfer.commands.map(({ commandType, status }) => [commandType, status])).toEqual([
			['DebitAccount', 'COMPLETED'],
			['CreditAccount', 'COMPLETED'],
		]);
		expect(transfer.commands[0]?.history.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
	});

	it('F3: is begun well before the poll interval of one second', async () => {
		const waits: number[] = [];
		for (let round = 0; round < 5; round++) {
			const placedAt = performance.now();
			const transferId = await service.place(valid);
			await service.until(transferId, settled);
			waits.push(performance.now() - placedAt);
		}

		expect(waits.toSorted((a, b) => a - b)[2]).toBeLessThan(700);
	});

	it('is rejected when the payer lacks the money, and nothing is booked', async () => {
		const transferId = await service.place({ ...valid, amountCents: 99_000_000 });
		const transfer = await service.until(transferId, settled);

		expect(transfer).toMatchObject({ status: 'REJECTED', reason: 'INSUFFICIENT_FUNDS' });
		expect(transfer.commands[0]?.history.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED', 'BUSINESS_RULE_FAILED']);
	});

	it('waits for an operator when the account of the payee is unknown', async () => {
		const transferId = await service.place({ ...valid, toAccount: 'customer-9999' });
		const transfer = await service.until(transferId, settled);

		expect(transfer).toMatchObject({ status: 'DEBITED', isParked: true, hasEnded: false });
		expect(transfer.commands[1]).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastError: { type: 'PERMANENT', code: 'ACCOUNT_UNKNOWN' },
		});
	});

	it('with an id of the caller changes nothing when repeated, and is refused for another transfer', async () => {
		const transferId = randomUUID();
		const first = await service.post({ ...valid, transferId });
		const second = await service.post({ ...valid, transferId });
		const other = await service.post({ ...valid, transferId, amountCents: 1 });

		expect([first.status, second.status, other.status]).toEqual([202, 200, 409]);
		expect(ProblemSchema.parse(await other.json()).type).toBe('urn:cb:problem:transfer-id-taken');
	});

	it('keeps the balances of all accounts at zero in sum', async () => {
		const body = z
			.object({ accounts: z.array(z.looseObject({ balanceCents: z.int() })) })
			.parse(await (await fetch(`${url}/accounts`)).json());

		expect(body.accounts.reduce((sum, { balanceCents }) => sum + balanceCents, 0)).toBe(0);
	});
});

describe('the log', () => {
	it('follows a command from its sending to its parking, and shows nothing of its payload', async () => {
		const transferId = await service.place({
			...valid,
			toAccount: 'customer-9998',
			amountCents: 654_321,
			reference: 'For your eyes only',
		});
		const { commands } = await service.until(transferId, settled);
		await service.post('{ "reference": "For your eyes only" ');
		const { stderr } = demo.output();

		for (const { commandId } of commands) expect(stderr).toContain(commandId);
		expect(stderr).not.toContain('654321');
		expect(stderr).not.toContain('eyes only');
	});
});

describe('bad input', () => {
	interface Case {
		readonly what: string;
		readonly call: () => Promise<Response>;
		readonly status: number;
		readonly path?: string;
	}

	const cases: readonly Case[] = [
		{
			what: 'an unknown payer',
			call: () => service.post({ ...valid, fromAccount: 'nobody' }),
			status: 422,
			path: 'fromAccount',
		},
		{
			what: 'a fraction of a cent',
			call: () => service.post({ ...valid, amountCents: 1.5 }),
			status: 422,
			path: 'amountCents',
		},
		{
			what: 'an amount of zero',
			call: () => service.post({ ...valid, amountCents: 0 }),
			status: 422,
			path: 'amountCents',
		},
		{
			what: 'a payer who is the payee',
			call: () => service.post({ ...valid, toAccount: valid.fromAccount }),
			status: 422,
			path: 'toAccount',
		},
		{ what: 'an unknown field', call: () => service.post({ ...valid, amount: 1 }), status: 422 },
		{
			what: 'an id that is none',
			call: () => service.post({ ...valid, transferId: 'x' }),
			status: 422,
			path: 'transferId',
		},
		{ what: 'malformed JSON', call: () => service.post('{'), status: 400 },
		{
			what: 'no JSON',
			call: () => service.post('amount=1', { ...asClerk, 'content-type': 'application/x-www-form-urlencoded' }),
			status: 415,
		},
		{
			what: 'a body that is too large',
			call: () => service.post({ ...valid, reference: 'x'.repeat(20_000) }),
			status: 413,
		},
		{ what: 'an unknown transfer', call: () => fetch(`${url}/transfers/${randomUUID()}`), status: 404 },
		{ what: 'a transfer id that is none', call: () => fetch(`${url}/transfers/x`), status: 422 },
		{ what: 'a limit out of range', call: () => fetch(`${url}/transfers?limit=0`), status: 422 },
		{ what: 'an unknown path', call: () => fetch(`${url}/nothing`), status: 404 },
		{
			what: 'freezing nobody',
			call: () => fetch(`${url}/accounts/nobody/freeze`, { method: 'POST', headers: asClerk }),
			status: 404,
		},
	];

	it.each(cases)('$what is refused as a problem', async ({ call, status, path }) => {
		const response = await call();
		const problem = ProblemSchema.parse(await response.json());

		expect(response.status).toBe(status);
		expect(response.headers.get('content-type')).toContain('application/problem+json');
		expect(problem.status).toBe(status);
		if (path !== undefined) expect(problem.errors?.map((error) => error.path)).toContain(path);
	});
});

describe('the service', () => {
	it('describes itself', async () => {
		const description = z
			.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) })
			.parse(await (await fetch(`${url}/openapi.json`)).json());
		const page = await fetch(`${url}/`);

		expect(Object.keys(description.paths)).toEqual(
			expect.arrayContaining(['/transfers', '/transfers/{transferId}', '/accounts', '/health/live', '/health/ready']),
		);
		expect(page.headers.get('content-type')).toContain('text/html');
	});

	it('is live and ready', async () => {
		const statuses = await Promise.all(
			['live', 'ready'].map(async (probe) => (await fetch(`${url}/health/${probe}`)).status),
		);

		expect(statuses).toEqual([200, 200]);
	});

	it('drains and ends cleanly on SIGTERM, and leaves no process behind', async () => {
		demo.child.kill('SIGTERM');

		expect(await demo.ended).toBe(0);
		expect(demo.output().stderr).toContain('workers stopped');
		expect(demo.survivors()).toEqual([]);
	});
});
