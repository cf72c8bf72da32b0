import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually, startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';

const TransferSchema = z.looseObject({
	transferId: z.string(),
	status: z.string(),
	hasEnded: z.boolean(),
	isParked: z.boolean(),
	reason: z.string().nullable(),
	commands: z.array(
		z.looseObject({
			commandType: z.string(),
			status: z.string(),
			history: z.array(z.looseObject({ type: z.string() })),
		}),
	),
});
const ProblemSchema = z.looseObject({
	type: z.string(),
	status: z.int(),
	errors: z.array(z.object({ path: z.string() })).optional(),
});

let server: PostgresServer;
let database: Database;
let demo: DemoProcess;
let url: string;

beforeAll(async () => {
	server = await startPostgres();
	database = await createFreshDatabase(server.url);
	demo = startDemo(['serve', '--port', '0', '--quiet'], {
		environment: {
			CB_DATABASE_URL: database.url,
			CB_DEMO_FAILURES: 'default=0,RefundAccount=0',
			CB_DEMO_DURATION_MS: '0/5',
		},
	});
	url = (await demo.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';
});

afterAll(async () => {
	await demo.cleanUp();
	await database.drop();
	await server.stop();
});

async function post(
	body: unknown,
	headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Response> {
	return fetch(`${url}/transfers`, {
		method: 'POST',
		headers,
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});
}

async function ended(transferId: string): Promise<z.output<typeof TransferSchema>> {
	return eventually(async () => {
		const transfer = TransferSchema.parse(await (await fetch(`${url}/transfers/${transferId}`)).json());
		return transfer.hasEnded || transfer.isParked ? transfer : undefined;
	});
}

const valid = {
	fromAccount: 'customer-0001',
	toAccount: 'customer-0002',
	amountCents: 1_250,
	reference: 'Invoice 4711',
};

describe('a transfer over HTTP', () => {
	it('is accepted, booked by the workers, and shows its commands with their history', async () => {
		const response = await post(valid);
		const { transferId } = z.looseObject({ transferId: z.string() }).parse(await response.json());
		const transfer = await ended(transferId);

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
			const { transferId } = z.looseObject({ transferId: z.string() }).parse(await (await post(valid)).json());
			await ended(transferId);
			waits.push(performance.now() - placedAt);
		}

		expect(waits.toSorted((a, b) => a - b)[2]).toBeLessThan(700);
	});

	it('is rejected when the payer lacks the money, and nothing is booked', async () => {
		const { transferId } = z
			.looseObject({ transferId: z.string() })
			.parse(await (await post({ ...valid, amountCents: 99_000_000 })).json());
		const transfer = await ended(transferId);

		expect(transfer).toMatchObject({ status: 'REJECTED', reason: 'INSUFFICIENT_FUNDS' });
		expect(transfer.commands[0]?.history.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED', 'BUSINESS_RULE_FAILED']);
	});

	it('waits for an operator when the account of the payee is unknown', async () => {
		const { transferId } = z
			.looseObject({ transferId: z.string() })
			.parse(await (await post({ ...valid, toAccount: 'customer-9999' })).json());
		const transfer = await ended(transferId);

		expect(transfer).toMatchObject({ status: 'DEBITED', isParked: true, hasEnded: false });
		expect(transfer.commands[1]).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastError: { type: 'PERMANENT', code: 'ACCOUNT_UNKNOWN' },
		});
	});

	it('with an id of the caller changes nothing when repeated, and is refused for another transfer', async () => {
		const transferId = randomUUID();
		const first = await post({ ...valid, transferId });
		const second = await post({ ...valid, transferId });
		const other = await post({ ...valid, transferId, amountCents: 1 });

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

describe('bad input', () => {
	const cases: readonly [string, () => Promise<Response>, number, string[]?][] = [
		['an unknown payer', () => post({ ...valid, fromAccount: 'nobody' }), 422, ['fromAccount']],
		['an amount with a fraction', () => post({ ...valid, amountCents: 1.5 }), 422, ['amountCents']],
		['an amount of zero', () => post({ ...valid, amountCents: 0 }), 422, ['amountCents']],
		['a payer who pays himself', () => post({ ...valid, toAccount: valid.fromAccount }), 422, ['toAccount']],
		['an unknown field', () => post({ ...valid, amount: 1 }), 422],
		['an id that is none', () => post({ ...valid, transferId: 'x' }), 422, ['transferId']],
		['malformed JSON', () => post('{'), 400],
		['no JSON at all', () => post('amount=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415],
		['a body that is too large', () => post({ ...valid, reference: 'x'.repeat(20_000) }), 413],
		['an unknown transfer', () => fetch(`${url}/transfers/${randomUUID()}`), 404],
		['a transfer id that is none', () => fetch(`${url}/transfers/x`), 422],
		['a limit out of range', () => fetch(`${url}/transfers?limit=0`), 422],
		['an unknown path', () => fetch(`${url}/nothing`), 404],
	];

	it.each(cases)('%s is refused as a problem', async (_name, call, status, paths = []) => {
		const response = await call();
		const problem = ProblemSchema.parse(await response.json());

		expect(response.status).toBe(status);
		expect(response.headers.get('content-type')).toContain('application/problem+json');
		expect(problem.status).toBe(status);
		for (const path of paths) expect(problem.errors?.map((error) => error.path)).toContain(path);
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
		expect(demo.output().stderr).toContain('payments worker stopped');
		expect(demo.survivors()).toEqual([]);
	});
});
