/** A send joins the transaction of its caller, whichever library opened it: business row and command commit together or not at all. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { commandRequest, createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { CommandBus } from '@cb/core';
import { drizzle } from 'drizzle-orm/node-postgres';
import knexFactory from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Queryable } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';
import { ofDrizzle, ofKnex, ofKysely } from './transaction-adapters.ts';

const database = await openTestDatabase();
const backend = database.openBackend();
const bus = createCommandBus(backend);
const pool = new Pool({ connectionString: database.url, max: 4 });
const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
const knex = knexFactory({ client: 'pg', connection: database.url, pool: { min: 0, max: 4 } });
const dr = drizzle({ client: pool });

afterAll(async () => {
	await knex.destroy();
	await kysely.destroy();
});

await backend.domains.create('payments');
await database.query('create table transfer (id uuid primary key, cents integer not null)');
const Charge = defineCommand({ domain: 'payments', type: 'Charge', data: z.object({ cents: z.int() }) });

type InTransaction = <Result>(work: (tx: Queryable) => Promise<Result>) => Promise<Result>;

/** The name of a library and its way to run something in a transaction that commits unless it throws. */
const libraries: readonly (readonly [name: string, inTransaction: InTransaction])[] = [
	['pg', withClient],
	['Kysely', (work) => kysely.transaction().execute((trx) => work(ofKysely(trx)))],
	['Drizzle', (work) => dr.transaction((tx) => work(ofDrizzle(tx)))],
	['Knex', (work) => knex.transaction((trx) => work(ofKnex(trx)))],
];

async function withClient<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
	const client = await pool.connect();
	try {
		await client.query('begin');
		const result = await work(client);
		await client.query('commit');
		return result;
	} catch (error) {
		await client.query('rollback');
		throw error;
	} finally {
		client.release();
	}
}

class Changed extends Error {}

/** A business row and a command, in the caller's transaction. */
async function transfer(tx: Queryable, sender: CommandBus<Queryable> = bus): Promise<string> {
	const { commandId } = await sender.send(Charge, { cents: 500 }, { tx });
	await tx.query('insert into transfer (id, cents) values ($1, $2)', [commandId, 500]);
	return commandId;
}

async function transferExists(id: string): Promise<unknown> {
	return database.value('select exists (select from transfer where id = $1)', [id]);
}

describe.each(libraries)('a transaction of %s', (_, inTransaction) => {
	it('A12 commits the business row and the command together, visible to others only then', async () => {
		const { commandId, outside } = await inTransaction(async (tx) => {
			const sent = { domain: 'payments', commandId: await transfer(tx) };
			return { ...sent, outside: await bus.get(sent) };
		});

		expect(outside).toBeUndefined();
		expect(await transferExists(commandId)).toBe(true);
		expect(await bus.get({ domain: 'payments', commandId })).toMatchObject({ status: 'PENDING', attempts: 0 });
		expect((await bus.history({ domain: 'payments', commandId })).map(({ type }) => type)).toEqual(['SENT']);
	});

	it('A11 leaves no row, message or audit line after a rollback', async () => {
		const before = await database.counts();

		const attempt = inTransaction(async (tx) => {
			await transfer(tx);
			await bus.sendMany([commandRequest(Charge, { cents: 1 }), commandRequest(Charge, { cents: 2 })], { tx });
			await bus.createBatch({ commands: [commandRequest(Charge, { cents: 3 })], tx });
			throw new Changed('changed my mind');
		});

		await expect(attempt).rejects.toThrow('changed my mind');
		expect(await database.counts()).toEqual(before);
	});

	it('A7 goes on after a duplicate: the refusal does not poison the transaction', async () => {
		const first = await bus.send(Charge, { cents: 1 });
		const before = await bus.get(first);

		const commandId = await inTransaction(async (tx) => {
			const duplicate = bus.send(Charge, { cents: 2 }, { commandId: first.commandId, tx });
			await expect(duplicate).rejects.toMatchObject({ code: 'duplicate-command', commandId: first.commandId });
			return transfer(tx);
		});

		expect(await bus.get(first)).toEqual(before);
		expect(await bus.get({ domain: 'payments', commandId })).toMatchObject({ status: 'PENDING' });
	});

	it('A18 returns the receipt of an existing command', async () => {
		const first = await bus.send(Charge, { cents: 1 });

		const again = await inTransaction((tx) =>
			bus.send(Charge, { cents: 1 }, { commandId: first.commandId, onDuplicate: 'return-existing', tx }),
		);

		expect(again).toMatchObject({ commandId: first.commandId, isDuplicate: true });
		expect(again.correlationId).toBe(first.correlationId);
	});

	it('B5 stores nothing of a batch with a duplicate, and lets the transaction go on', async () => {
		const first = await bus.send(Charge, { cents: 1 });
		const before = await database.counts();

		await inTransaction(async (tx) => {
			const commands = [
				commandRequest(Charge, { cents: 2 }),
				commandRequest(Charge, { cents: 3 }, { commandId: first.commandId }),
			];
			await expect(bus.createBatch({ commands, tx })).rejects.toMatchObject({ code: 'duplicate-command' });
			await tx.query('insert into transfer (id, cents) values ($1, $2)', [first.commandId, 1]);
		});

		expect(await database.counts()).toEqual(before);
		expect(await transferExists(first.commandId)).toBe(true);
	});

	it('A14 stores every chunk of sendMany and a whole batch at the one commit', async () => {
		const { many, batch } = await inTransaction(async (tx) => ({
			many: await bus.sendMany(
				[1, 2, 3].map((cents) => commandRequest(Charge, { cents })),
				{ chunkSize: 1, tx },
			),
			batch: await bus.createBatch({ commands: [4, 5].map((cents) => commandRequest(Charge, { cents })), tx }),
		}));

		const records = await bus.getMany([...many, ...batch.commands]);
		expect(records.map((record) => record?.status)).toEqual(Array.from({ length: 5 }, () => 'PENDING'));
		expect(await bus.getBatch(batch)).toMatchObject({ status: 'PENDING', totalCount: 2 });
	});

	it('A15 takes a refused chunk back alone, when the caller commits all the same', async () => {
		const first = await bus.send(Charge, { cents: 1 });
		const requests = [
			commandRequest(Charge, { cents: 1 }, { commandId: randomUUID() }),
			commandRequest(Charge, { cents: 2 }, { commandId: first.commandId }),
			commandRequest(Charge, { cents: 3 }, { commandId: randomUUID() }),
		];

		await inTransaction(async (tx) => {
			const attempt = bus.sendMany(requests, { chunkSize: 1, tx });
			await expect(attempt).rejects.toMatchObject({ code: 'chunk-refused', chunkIndex: 1, storedCount: 1 });
		});

		const addresses = requests.map(({ options }) => ({ domain: 'payments', commandId: options?.commandId ?? '' }));
		const records = await bus.getMany(addresses);
		expect(records.map((record) => record?.status)).toEqual(['PENDING', 'PENDING', undefined]);
	});
});

it('A12 a worker sees the message only after the commit', async () => {
	const domain = await database.newDomain();
	const Slow = defineCommand({ domain, type: 'Slow', data: z.object({}) });
	const handled: string[] = [];
	const handlers = createHandlers<Queryable>().on(Slow, (command) => {
		handled.push(command.commandId);
	});
	const worker = createWorker({ backend, domain, handlers, pollIntervalMs: 20 });
	await worker.start();
	onTestFinished(async () => {
		await worker.stop();
	});

	const uncommitted = await withClient(async (tx) => {
		const receipt = await bus.send(Slow, {}, { tx });
		const later = await bus.send(Slow, {});
		await expect.poll(() => handled).toEqual([later.commandId]);
		return receipt;
	});

	await expect.poll(() => handled).toContain(uncommitted.commandId);
	expect(handled).toHaveLength(2);
});

it('leaves no savepoint of its own in the transaction, whether a batch is stored or refused', async () => {
	await withClient(async (tx) => {
		const { commands } = await bus.createBatch({ commands: [commandRequest(Charge, { cents: 1 })], tx });
		const again = commandRequest(Charge, { cents: 1 }, { commandId: commands[0]?.commandId });
		await expect(bus.createBatch({ commands: [again], tx })).rejects.toMatchObject({ code: 'duplicate-command' });

		await expect(tx.query('release savepoint cb_step')).rejects.toMatchObject({ code: '3B001' });
		await tx.query('rollback');
	});
});

it('asks of a library only columns of ordinary types: some cannot read void or composite ones', async () => {
	const client = await database.connect();
	const types = new Set<number>();
	const recording: Queryable = {
		async query(text, values) {
			const result = await client.query(text, values);
			for (const { dataTypeID } of result.fields) types.add(dataTypeID);
			return result;
		},
	};
	const receipt = await bus.send(Charge, { cents: 1 });

	await client.query('begin');
	await bus.send(Charge, { cents: 1 }, { tx: recording });
	await bus.send(Charge, { cents: 1 }, { commandId: receipt.commandId, onDuplicate: 'return-existing', tx: recording });
	await bus.sendMany([commandRequest(Charge, { cents: 1 })], { tx: recording });
	await bus.createBatch({ commands: [commandRequest(Charge, { cents: 1 })], tx: recording });
	await bus.cancel(receipt, { tx: recording });
	await client.query('rollback');

	const firstOfUsers = 16_384;
	const pseudo = await database.query(`select oid::integer from pg_type where typtype = 'p' and oid = any ($1)`, [
		[...types],
	]);
	expect([...types].filter((type) => type >= firstOfUsers)).toEqual([]);
	expect(pseudo).toEqual([]);
});

it('tells the caller of an error inside its transaction, translated and not repeated', async () => {
	await expect(
		withClient(async (tx) => {
			await tx.query('select 1/0').catch(() => undefined);
			return bus.send(Charge, { cents: 1 }, { tx });
		}),
	).rejects.toMatchObject({ code: 'store', reason: 'unknown', isRetryable: false });
});

it('shows in the README exactly the adapters that these tests use', () => {
	const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
	const adapters = [...read('transaction-adapters.ts').matchAll(/#region \w+\n([\s\S]*?)\/\/ #endregion/g)];
	const withoutLayout = (text: string): string => text.replaceAll(/\s|,(?=\s*[)}\]])/g, '');

	expect(adapters).toHaveLength(3);
	for (const [, adapter = ''] of adapters) {
		expect(withoutLayout(read('../README.md'))).toContain(withoutLayout(adapter));
	}
});
