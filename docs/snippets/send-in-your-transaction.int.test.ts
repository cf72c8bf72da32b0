/** The examples of docs/how-to/send-in-your-transaction.md, each with the library it is about. */
import { readFileSync } from 'node:fs';
import { createCommandBus, defineCommand } from '@cb/core';
import type { CommandBus } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend, Queryable } from '@cb/pg';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import knexFactory from 'knex';
import type { Knex } from 'knex';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import type { Transaction } from 'kysely';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';

const DebitAccount = defineCommand({
	domain: 'payments',
	type: 'DebitAccount',
	data: z.object({ account: z.string(), cents: z.int() }),
});

let database: Awaited<ReturnType<typeof freshDatabase>>;
let pool: Pool;
let backend: PgBackend;
let bus: CommandBus<Queryable>;

beforeAll(async () => {
	database = await freshDatabase();
	pool = new Pool({ connectionString: database.url, max: 4 });
	backend = createPgBackend({ connection: database.url });
	bus = createCommandBus(backend);
	await backend.domains.create('payments');
	await pool.query('create table transfer (id bigint generated always as identity, cents integer not null)');
});

beforeEach(async () => {
	await pool.query('truncate transfer');
});

afterAll(async () => {
	await bus.close();
	await backend.close();
	await pool.end();
	await database.drop();
});

async function transferCount(): Promise<number> {
	return (await pool.query('select from transfer')).rowCount ?? 0;
}

it('pg: commits or rolls back together', async () => {
	async function transfer(cents: number): Promise<void> {
		// #region pg
		const client = await pool.connect();
		try {
			await client.query('begin');
			await client.query('insert into transfer (cents) values ($1)', [cents]);
			await bus.send(DebitAccount, { account: 'A-1', cents }, { tx: client });
			await client.query('commit');
		} catch (error) {
			await client.query('rollback');
			throw error;
		} finally {
			client.release();
		}
		// #endregion pg
	}

	await transfer(500);
	await expect(transfer(0.5)).rejects.toThrow('invalid input syntax');

	expect(await transferCount()).toBe(1);
	expect((await bus.list({ domain: 'payments' })).items).toHaveLength(1);
});

it('Kysely', async () => {
	const kysely = new Kysely<{ transfer: { cents: number } }>({ dialect: new PostgresDialect({ pool }) });

	// #region kysely
	const ofKysely = <Tables>(trx: Transaction<Tables>): Queryable => ({
		query: (text, values = []) => trx.executeQuery(CompiledQuery.raw(text, values)),
	});

	const receipt = await kysely.transaction().execute(async (trx) => {
		await trx.insertInto('transfer').values({ cents: 500 }).execute();
		return bus.send(DebitAccount, { account: 'A-1', cents: 500 }, { tx: ofKysely(trx) });
	});
	// #endregion kysely

	expect(await transferCount()).toBe(1);
	expect((await bus.get(receipt))?.status).toBe('PENDING');
});

it('Drizzle', async () => {
	const db = drizzle({ client: pool });

	// #region drizzle
	// Drizzle takes templates, not numbered parameters: every $n becomes a parameter of the template.
	const ofDrizzle = (tx: Pick<NodePgDatabase, 'execute'>): Queryable => ({
		query: (text, values = []) =>
			tx.execute(
				sql.join(text.split(/\$(\d+)/u).map((part, i) => (i % 2 ? sql.param(values[+part - 1]) : sql.raw(part)))),
			),
	});

	const receipt = await db.transaction(async (tx) => {
		await tx.execute(sql`insert into transfer (cents) values (${500})`);
		return bus.send(DebitAccount, { account: 'A-1', cents: 500 }, { tx: ofDrizzle(tx) });
	});
	// #endregion drizzle

	expect(await transferCount()).toBe(1);
	expect((await bus.get(receipt))?.status).toBe('PENDING');
});

it('Knex', async () => {
	const knex = knexFactory({ client: 'pg', connection: database.url });

	// #region knex
	// Inside a transaction, Knex hands out the one connection it runs on.
	const ofKnex = (trx: Knex.Transaction): Queryable => ({
		async query(text, values) {
			const connection = (await (trx.client as Knex.Client).acquireConnection()) as Queryable;
			return connection.query(text, values);
		},
	});

	const receipt = await knex.transaction(async (trx) => {
		await trx('transfer').insert({ cents: 500 });
		return bus.send(DebitAccount, { account: 'A-1', cents: 500 }, { tx: ofKnex(trx) });
	});
	// #endregion knex

	expect(await transferCount()).toBe(1);
	expect((await bus.get(receipt))?.status).toBe('PENDING');
	await knex.destroy();
});

it('SQL alone: a statement, a trigger and an act of an operator', async () => {
	const client = new Client({ connectionString: database.url });
	await client.connect();
	const before = (await bus.list({ domain: 'payments' })).items.length;

	await client.query(readFileSync(new URL('send.sql', import.meta.url), 'utf8'));
	await client.query('insert into transfer (cents) values (700)');

	expect((await bus.list({ domain: 'payments' })).items).toHaveLength(before + 2);
	await client.end();
});
