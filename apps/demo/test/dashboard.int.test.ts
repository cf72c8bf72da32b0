/** What the demo shows of itself is what the database says: the same numbers, and statuses spelled the same way. */
import { batchStatuses, commandStatuses, exhaustedByRedelivery, processStatuses } from '@cb/core';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { createHttpApp } from '../src/http/app.ts';
import { observeQueues } from '../src/observability/observe-queues.ts';
import { openObservability } from '../src/observability/open-observability.ts';
import { troubleshootingHttp } from '../src/operating/troubleshooting.ts';
import { PaymentOrder } from '../src/orders/payment-order.ts';
import { paymentsDomain } from '../src/payments/commands.ts';
import { placeTransfer } from '../src/payments/place-transfer.ts';
import { sampleCustomers } from '../src/payments/sample-transfers.ts';
import { transferStatuses } from '../src/payments/transfer.ts';
import { openStatementFiles } from '../src/reporting/statement-files.ts';
import { createClosings } from '../src/runtime/closings.ts';
import { openEngine } from '../src/runtime/engine.ts';
import type { Engine } from '../src/runtime/engine.ts';
import { createLogger } from '../src/runtime/logging.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { openAccounts } from '../src/statements/open-accounts.ts';

const config = readConfig({ CB_DEMO_LOG_LEVEL: 'silent' });
const { operators } = config;
const logger = createLogger(config.log, 'test');
const closings = createClosings(logger);

let app: ReturnType<typeof createHttpApp>;
let engine: Engine;

beforeAll(async () => {
	const database = await freshDatabase();
	closings.add('database', () => database.drop());
	await prepareDatabase({ url: database.url });
	const observability = openObservability({ serviceName: 'payments' });
	closings.add('observability', () => observability.close());
	engine = openEngine({ url: database.url, config, logger, closings, observability });
	await openAccounts(engine.database, sampleCustomers(5), 1_000_000);
	await leaveSomethingInEveryPlace();
	await observeQueues(engine, closings);
	app = createHttpApp({
		...{ ...engine, operators },
		health: { components: () => [] },
		troubleshooting: troubleshootingHttp(engine, operators),
		files: openStatementFiles(config.statementsDirectory),
	});
});

afterAll(() => closings.closeAll(10_000));

/** Seven transfers, of whose debits two are parked, one is leased and four wait; and three processes. */
async function leaveSomethingInEveryPlace(): Promise<void> {
	const order = { fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 1 };
	const transfer = { ...order, reference: 'x' };
	const idOf = (place: number): string => `0190b8d0-0000-7000-8000-00000000000${String(place)}`;
	for (let place = 1; place <= 7; place++) await placeTransfer(engine, { ...transfer, transferId: idOf(place) });
	for (let place = 1; place <= 3; place++)
		await engine.processes.start(PaymentOrder, { ...order, orderId: idOf(place) });
	const parked = { error: exhaustedByRedelivery, fingerprint: 'f' } as const;
	const { commands } = await engine.backend.commands.receive({
		...{ domain: paymentsDomain, workerId: 'w', limit: 3, leaseSeconds: 600 },
		...{ maxAttemptsByType: {}, defaultMaxAttempts: 3, exhausted: parked },
	});
	const parkings = commands
		.slice(0, 2)
		.map(({ lease }) => ({ kind: 'park', lease, reason: 'PERMANENT', maxAttempts: 3, ...parked }) as const);
	await engine.backend.commands.settle(paymentsDomain, parkings);
}

async function countOf(text: string): Promise<number> {
	const { rows } = await engine.database.query(text);
	return z.object({ count: z.coerce.number() }).parse(rows[0]).count;
}

/** The values that the check constraint of a table, or of a domain as a type of columns, lists. */
async function statusesIn(tableOrDomain: string): Promise<readonly string[]> {
	const { rows } = await engine.database.query(
		`select pg_get_constraintdef(oid) as definition from pg_constraint
		where contype = 'c' and pg_get_constraintdef(oid) ~ '(status|VALUE) = ANY'
			and (conrelid = to_regclass('${tableOrDomain}') or contypid = to_regtype('${tableOrDomain}'))`,
	);
	const { definition } = z.object({ definition: z.string() }).parse(rows[0]);
	return [...definition.matchAll(/'([A-Z_]+)'::text/g)].map(([, status = '']) => status);
}

async function gauge(name: string, labels: string): Promise<number> {
	const text = await (await app.request('/metrics')).text();
	const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
	return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

describe('R8 the numbers of the dashboard equal those of SQL', () => {
	it('of parked commands', async () => {
		const parked = await countOf(`select count(*) from cb.command where status = 'IN_TROUBLESHOOTING_QUEUE'`);

		expect(parked).toBe(2);
		expect(await gauge('cb_tsq_depth', `domain="${paymentsDomain}"`)).toBe(parked);
		const headers = { authorization: 'Bearer eve:viewer' };
		expect(await (await app.request('/tsq/count', { headers })).json()).toMatchObject({ count: parked });
	});

	it('of live commands, by their state', async () => {
		const inFlight = await countOf(`select count(*) from pgmq.q_payments__commands where vt > clock_timestamp()`);
		const ready = await countOf(`select count(*) from pgmq.q_payments__commands where vt <= clock_timestamp()`);

		expect([ready, inFlight]).toEqual([4, 1]);
		expect(await gauge('cb_queue_depth', `domain="${paymentsDomain}",state="ready"`)).toBe(ready);
		expect(await gauge('cb_queue_depth', `domain="${paymentsDomain}",state="in_flight"`)).toBe(inFlight);
	});
});

describe('R9 a filter spells a status as the database does', () => {
	const rowsOf = { '/processes': 'cb.process', '/transfers': 'demo.transfer' } as const;

	it.each(['/processes', '/transfers'] as const)('at %s, for every status that there is', async (path) => {
		const table = rowsOf[path];
		const statuses = await statusesIn(table);
		const shown: Record<string, number> = {};
		const stored: Record<string, number> = {};
		for (const status of statuses) {
			const body: unknown = await (await app.request(`${path}?status=${status}`)).json();
			shown[status] = Object.values(z.record(z.string(), z.array(z.unknown())).parse(body))[0]?.length ?? -1;
			stored[status] = await countOf(`select count(*) from ${table} where status = '${status}'`);
		}

		expect(statuses.length).toBeGreaterThan(5);
		expect(shown).toEqual(stored);
		expect(Object.values(shown).reduce((sum, count) => sum + count, 0)).toBe(
			await countOf(`select count(*) from ${table}`),
		);
	});

	it('in code as in the tables', async () => {
		// That a command is in progress is told by its lease, which lies on its message.
		expect(await statusesIn('cb.stored_status')).toEqual(commandStatuses.filter((status) => status !== 'IN_PROGRESS'));
		expect(await statusesIn('cb.process')).toEqual(processStatuses);
		expect(await statusesIn('cb.batch')).toEqual(batchStatuses);
		expect(await statusesIn('demo.transfer')).toEqual(transferStatuses);
	});

	it('and no other spelling passes', async () => {
		for (const status of ['waiting_for_reply', 'WaitingForReply', 'WAITING', '']) {
			expect((await app.request(`/processes?status=${status}`)).status).toBe(422);
		}
	});
});
