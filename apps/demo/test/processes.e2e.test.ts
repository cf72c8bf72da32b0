import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually, startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';
import { asClerk } from './service-client.ts';

const StepSchema = z.looseObject({
	step: z.string(),
	kind: z.string(),
	undoes: z.string().nullable(),
	commandId: z.string(),
	status: z.string(),
	sentAt: z.coerce.date(),
	answeredAt: z.coerce.date().nullable(),
});
const DetailSchema = z.looseObject({
	process: z.looseObject({
		status: z.string(),
		compensationErrors: z.int(),
		error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
	}),
	steps: z.array(StepSchema),
	diagram: z.string(),
});

type Detail = z.output<typeof DetailSchema>;

const statements = mkdtempSync(join(tmpdir(), 'cb-demo-statements-'));
const ended = ['COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED'];
const order = { fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 500 };
const report = { accountIds: ['customer-0001', 'customer-0002'], title: 'A < B & "C"' };

let server: PostgresServer;
let database: Database | undefined;
let demo: DemoProcess | undefined;
let url: string;

beforeAll(async () => {
	server = await startPostgres();
});

afterEach(async () => {
	await demo?.cleanUp();
	await database?.drop();
});

afterAll(async () => {
	await server.stop();
	rmSync(statements, { recursive: true, force: true });
});

/** A service of its own, in which these command types fail as said. */
async function serveWith(failures: string): Promise<void> {
	database = await createFreshDatabase(server.url);
	demo = startDemo(['serve', '--port', '0', '--quiet'], {
		environment: {
			CB_DATABASE_URL: database.url,
			CB_DEMO_FAILURES: `default=0,${failures}`,
			CB_DEMO_DURATION_MS: '0/5',
			CB_DEMO_STATEMENTS_DIRECTORY: statements,
		},
	});
	url = (await demo.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';
}

async function start(path: '/orders' | '/reports', body: object): Promise<string> {
	const response = await fetch(`${url}${path}`, {
		method: 'POST',
		headers: asClerk,
		body: JSON.stringify(body),
	});
	expect(response.status).toBe(202);
	return z.looseObject({ processId: z.string() }).parse(await response.json()).processId;
}

async function until(processId: string, statuses: readonly string[]): Promise<Detail> {
	return eventually(async () => {
		const detail = DetailSchema.parse(await (await fetch(`${url}/processes/${processId}`)).json());
		return statuses.includes(detail.process.status) ? detail : undefined;
	});
}

/** Acts on the command that the process waits for. */
async function act(detail: Detail, action: string, body: object): Promise<number> {
	const parked = detail.steps.find(({ status }) => status === 'PARKED');
	const domain = parked?.step === 'RENDER' || parked?.step === 'QUERY' ? 'reporting' : 'orders';
	const response = await fetch(`${url}/tsq/items/${domain}/${parked?.commandId ?? ''}/${action}`, {
		method: 'POST',
		headers: asClerk,
		body: JSON.stringify(body),
	});
	return response.status;
}

async function balanceOf(accountId: string): Promise<number> {
	const { accounts } = z
		.object({ accounts: z.array(z.looseObject({ accountId: z.string(), balanceCents: z.int() })) })
		.parse(await (await fetch(`${url}/accounts`)).json());
	return accounts.find((account) => account.accountId === accountId)?.balanceCents ?? NaN;
}

const renderedFiles = (): readonly string[] => {
	try {
		return readdirSync(join(statements, 'rendered'));
	} catch {
		return [];
	}
};

const stepsOf = ({ steps }: Detail): readonly string[] => steps.map(({ step, status }) => `${step} ${status}`);

describe('a payment order', () => {
	it('reserves, debits, credits and notifies; a repeated start is the same order', async () => {
		await serveWith('ReserveFunds=0');
		const orderId = randomUUID();
		const before = await balanceOf('customer-0002');

		const processId = await start('/orders', { ...order, orderId });
		const detail = await until(processId, ended);
		const again = await start('/orders', { ...order, orderId });

		expect(detail.process.status).toBe('COMPLETED');
		expect(stepsOf(detail)).toEqual(['RESERVE SUCCEEDED', 'DEBIT SUCCEEDED', 'CREDIT SUCCEEDED', 'NOTIFY SUCCEEDED']);
		expect(detail.diagram).toContain('flowchart TD');
		expect(await balanceOf('customer-0002')).toBe(before + order.amountCents);
		expect(again).toBe(processId);
	});

	it('AC5: undoes what was done in reverse order, one awaited command at a time, when a step is refused', async () => {
		await serveWith('NotifyParties=0/0/100');
		const before = await balanceOf('customer-0001');

		const detail = await until(await start('/orders', order), ended);
		const undone = detail.steps.filter(({ kind }) => kind === 'undo');

		expect(detail.process).toMatchObject({
			status: 'COMPENSATED',
			compensationErrors: 0,
			error: { code: 'SIMULATED_BUSINESS_RULE' },
		});
		expect(undone.map(({ undoes }) => undoes)).toEqual(['CREDIT', 'DEBIT', 'RESERVE']);
		for (const [index, { sentAt }] of undone.entries()) {
			expect(sentAt.getTime()).toBeGreaterThanOrEqual(undone[index - 1]?.answeredAt?.getTime() ?? 0);
		}
		expect(await balanceOf('customer-0001')).toBe(before);
	});

	it('AC2, AC4: waits for the operator when a step is parked, and undoes what was done when it is canceled', async () => {
		await serveWith('CreditPayee=100');
		const before = await balanceOf('customer-0001');

		const processId = await start('/orders', order);
		const waiting = await until(processId, ['WAITING_FOR_TSQ']);
		const status = await act(waiting, 'cancel', { reason: 'The payee does not want it.' });
		const detail = await until(processId, ended);

		expect(status).toBe(200);
		expect(waiting.process.error).toMatchObject({ code: 'SIMULATED_PERMANENT' });
		expect(detail.process).toMatchObject({ status: 'COMPENSATED', error: { message: 'The payee does not want it.' } });
		expect(stepsOf(detail)).toEqual([
			'RESERVE SUCCEEDED',
			'DEBIT SUCCEEDED',
			'CREDIT CANCELED',
			'RETURN_DEBIT SUCCEEDED',
			'RELEASE_FUNDS SUCCEEDED',
		]);
		expect(await balanceOf('customer-0001')).toBe(before);
	});

	it('AC7: goes on undoing when one undo is refused, and shows that', async () => {
		await serveWith('NotifyParties=0/0/100,ReturnDebit=0/0/100');

		const detail = await until(await start('/orders', order), ended);

		expect(detail.process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 1 });
		expect(stepsOf(detail).slice(4)).toEqual([
			'RECLAIM_CREDIT SUCCEEDED',
			'RETURN_DEBIT FAILED',
			'RELEASE_FUNDS SUCCEEDED',
		]);
	});
});

describe('a statement report', () => {
	it('renders a statement to disk and serves it', async () => {
		await serveWith('ReserveFunds=0');

		const processId = await start('/reports', report);
		const detail = await until(processId, ended);
		const csv = await fetch(`${url}/reports/${processId}/statement.csv`);
		const html = await fetch(`${url}/reports/${processId}/statement.html`);
		const nothing = await fetch(`${url}/reports/${randomUUID()}/statement.csv`);

		expect(stepsOf(detail)).toEqual(['QUERY SUCCEEDED', 'AGGREGATE SUCCEEDED', 'RENDER SUCCEEDED']);
		expect(await csv.text()).toMatch(/^account,in,out,balance,lines\r\ncustomer-0001,10000\.00,0\.00,10000\.00,1\r\n/);
		expect(await html.text()).toContain('A &lt; B &amp; &quot;C&quot;');
		expect(nothing.status).toBe(404);
	});

	it('AC1: ends as FAILED with the error when a step is refused', async () => {
		await serveWith('AggregateAccounts=0/0/100');

		const detail = await until(await start('/reports', report), ended);

		expect(detail.process).toMatchObject({ status: 'FAILED', error: { code: 'SIMULATED_BUSINESS_RULE' } });
	});

	it('AC3: continues with the result of the operator, who may not hand in a wrong one', async () => {
		await serveWith('RenderStatement=100');

		const processId = await start('/reports', report);
		const waiting = await until(processId, ['WAITING_FOR_TSQ']);
		const refused = await act(waiting, 'complete', { result: { files: ['../../etc/passwd'] } });
		const accepted = await act(waiting, 'complete', { result: { files: [] } });

		expect([refused, accepted]).toEqual([422, 200]);
		expect((await until(processId, ended)).process.status).toBe('COMPLETED');
	});

	it('AC4, AC6: leaves no rendered file when the operator cancels it', async () => {
		await serveWith('RenderStatement=100');
		const before = renderedFiles().length;

		const processId = await start('/reports', report);
		await act(await until(processId, ['WAITING_FOR_TSQ']), 'cancel', { reason: 'not needed' });
		const detail = await until(processId, ended);

		expect(detail.process.status).toBe('COMPENSATED');
		expect(renderedFiles()).toHaveLength(before);
	});
});
