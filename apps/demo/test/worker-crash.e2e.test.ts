import { createCommandBus } from '@cb/core';
import type { CommandBus, CommandRecord } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend, Queryable } from '@cb/pg';
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandIdOf, paymentsReplyQueue } from '../src/payments/commands.ts';
import { placeTransfer } from '../src/payments/place-transfer.ts';
import { sampleCustomers } from '../src/payments/sample-transfers.ts';
import { openBusinessDatabase } from '../src/runtime/business-database.ts';
import type { BusinessDatabase } from '../src/runtime/business-database.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { openAccounts } from '../src/statements/open-accounts.ts';
import { eventually, startDemo } from './demo-process.ts';
import type { DemoProcess } from './demo-process.ts';
import { Probe, ReachedSchema } from './fixtures/crash-points.ts';
import type { CrashPoint } from './fixtures/crash-points.ts';

const program = fileURLToPath(new URL('fixtures/crash-worker.ts', import.meta.url));

let server: PostgresServer;
let database: Database;
let business: BusinessDatabase;
let backend: PgBackend;
let bus: CommandBus<Queryable>;

beforeAll(async () => {
	server = await startPostgres();
	database = await createFreshDatabase(server.url);
	await prepareDatabase({ url: database.url });
	business = openBusinessDatabase(database.url, { applicationName: 'test' });
	await openAccounts(business, sampleCustomers(2), 100_000);
	await business.query('create table probe_run (name text not null)');
	backend = createPgBackend({ connection: database.url });
	bus = createCommandBus(backend);
});

afterAll(async () => {
	await bus.close();
	await backend.close();
	await business.close();
	await database.drop();
	await server.stop();
});

/** A worker that stops at `point`; resolves when it has been there `times` times. */
async function workerAt(point: CrashPoint, times = 1, workMs = 0): Promise<DemoProcess> {
	const worker = startDemo([point], {
		program,
		environment: {
			CB_DATABASE_URL: database.url,
			CB_DEMO_LEASE_SECONDS: '1',
			CB_DEMO_CONCURRENCY: '50',
			CB_DEMO_FAILURES: 'default=0',
			CB_DEMO_DURATION_MS: `${String(workMs)}/${String(workMs)}`,
		},
	});
	if (point === 'nowhere') return worker;
	await new Promise<void>((resolve, reject) => {
		let reachedCount = 0;
		worker.child.on('message', (message) => {
			if (ReachedSchema.safeParse(message).success && ++reachedCount === times) resolve();
		});
		worker.child.on('exit', () => {
			reject(new Error(`The worker ended before it was ${point}:\n${worker.output().stderr}`));
		});
	});
	return worker;
}

async function killAt(point: CrashPoint, times = 1): Promise<void> {
	const worker = await workerAt(point, times);
	worker.child.kill('SIGKILL');
	await worker.cleanUp();
}

async function withWorker(work: () => Promise<void>): Promise<void> {
	const worker = await workerAt('nowhere');
	try {
		await work();
	} finally {
		await worker.cleanUp();
	}
}

const CountSchema = z.tuple([z.object({ count: z.int() })]);

async function count(text: string, values: unknown[]): Promise<number> {
	return CountSchema.parse((await business.query(text, values)).rows)[0].count;
}

/** Places a transfer and returns its debit command. */
async function placeDebit(reference: string): Promise<CommandRecord> {
	const transferId = randomUUID();
	const request = { transferId, fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 1, reference };
	await placeTransfer({ database: business, bus }, request);
	const [debit] = (await bus.list({ correlationId: transferId })).items;
	if (debit === undefined) throw new Error('The transfer has no command.');
	return debit;
}

/** Waits for the credit as well, so that it is not in the way of the next test. */
async function untilPaidOut(debit: CommandRecord): Promise<void> {
	await bus.waitFor(debit);
	await bus.waitFor({ domain: debit.domain, commandId: commandIdOf(debit.correlationId, 'credit') });
}

const runsOf = (name: string): Promise<number> =>
	count('select count(*)::integer as count from probe_run where name = $1::text', [name]);
const repliesTo = (commandId: string): Promise<number> =>
	count(
		`select count(*)::integer as count from pgmq.q_payments__replies q where q.message ->> 'command_id' = $1::text`,
		[commandId],
	);
const bookingsBy = (commandId: string): Promise<number> =>
	count('select count(*)::integer as count from demo.booking where command_id = $1::uuid', [commandId]);

async function sendProbe(name: string): Promise<{ readonly domain: string; readonly commandId: string }> {
	return bus.send(Probe, { name }, { replyTo: paymentsReplyQueue });
}

async function trailOf(address: { readonly domain: string; readonly commandId: string }): Promise<readonly string[]> {
	return (await bus.history(address)).map(({ type, attempt }) => `${type} ${String(attempt)}`);
}

describe('a worker killed with SIGKILL', () => {
	it('S1: in a handler: the command is delivered again and completed once', async () => {
		const address = await sendProbe('S1');

		await killAt('in-handler');
		const held = await bus.history(address);
		await withWorker(async () => {
			await bus.waitFor(address);
		});

		expect(held.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED']);
		expect(await runsOf('S1')).toBe(2);
		expect(await trailOf(address)).toEqual(['SENT 0', 'RECEIVED 1', 'RECEIVED 2', 'COMPLETED 2']);
		expect(await repliesTo(address.commandId)).toBe(1);
	});

	it('S2: between the end of the handler and the commit of its completion: delivered again, one reply', async () => {
		const address = await sendProbe('S2');

		await killAt('handler-ended');
		const repliesBefore = await repliesTo(address.commandId);
		await withWorker(async () => {
			await bus.waitFor(address);
		});

		expect(repliesBefore).toBe(0);
		expect(await runsOf('S2')).toBe(2);
		expect(await trailOf(address)).toEqual(['SENT 0', 'RECEIVED 1', 'RECEIVED 2', 'COMPLETED 2']);
		expect(await repliesTo(address.commandId)).toBe(1);
	});

	it('F13: with 50 commands in flight: all of them end, each with one reply', async () => {
		const addresses = await Promise.all(Array.from({ length: 50 }, (_, index) => sendProbe(`F13 ${String(index)}`)));

		await killAt('in-handler', 50);
		await withWorker(async () => {
			await Promise.all(addresses.map((address) => bus.waitFor(address, { until: 'settled' })));
		});
		const records = await bus.getMany(addresses);
		const replies = await Promise.all(addresses.map(({ commandId }) => repliesTo(commandId)));

		expect(records.map((record) => record?.status)).toEqual(Array.from({ length: 50 }, () => 'COMPLETED'));
		expect(records.map((record) => record?.attempts)).toEqual(Array.from({ length: 50 }, () => 2));
		expect(replies).toEqual(Array.from({ length: 50 }, () => 1));
	});

	it.each(['in-handler', 'in-transaction', 'committed'] as const)(
		'D9: %s: the booking and COMPLETED are both there or neither is',
		async (point) => {
			const debit = await placeDebit(`D9 ${point}`);

			await killAt(point);
			const bookedByTheDead = await bookingsBy(debit.commandId);
			const statusAfterTheDead = (await bus.get(debit))?.status;
			await withWorker(() => untilPaidOut(debit));

			expect(bookedByTheDead).toBe(point === 'committed' ? 1 : 0);
			expect(statusAfterTheDead === 'COMPLETED').toBe(bookedByTheDead === 1);
			expect(await bookingsBy(debit.commandId)).toBe(1);
			expect(await repliesTo(debit.commandId)).toBe(1);
		},
	);
});

describe('a worker that stood still for longer than its lease', () => {
	it('S6: changes nothing when it goes on: the other one has completed the command, once', async () => {
		const sleeper = await workerAt('nowhere', 1, 600);
		await sleeper.says(/healthy/);
		const debit = await placeDebit('S6');
		await eventually(async () =>
			(await bus.history(debit)).some(({ type }) => type === 'RECEIVED') ? true : undefined,
		);
		sleeper.child.kill('SIGSTOP');
		await withWorker(() => untilPaidOut(debit));
		sleeper.child.kill('SIGCONT');
		await sleeper.says(/lease lost/);
		await sleeper.cleanUp();

		expect(await trailOf(debit)).toEqual(['SENT 0', 'RECEIVED 1', 'RECEIVED 2', 'COMPLETED 2']);
		expect(await bookingsBy(debit.commandId)).toBe(1);
		expect(await repliesTo(debit.commandId)).toBe(1);
	});
});
