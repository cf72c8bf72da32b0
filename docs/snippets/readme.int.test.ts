/** The example of the README, on PostgreSQL. */
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import { createPgBackend, migrate } from '@cb/pg';
import type { Queryable } from '@cb/pg';
import { emptyDatabase } from '@cb/test-postgres/vitest';
import { Pool } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

it('sends in a business transaction and books in the transaction that completes the command', async () => {
	const database = await emptyDatabase();
	const databaseUrl = database.url;
	const pool = new Pool({ connectionString: databaseUrl });
	// A connection that is about to close may still hear that its database is dropped.
	pool.on('connect', (connected) => connected.on('error', () => undefined));
	await pool.query('create table account (id text primary key, cents bigint not null)');
	await pool.query('create table transfer (id uuid primary key, account text not null, cents bigint not null)');
	await pool.query(`insert into account (id, cents) values ('A-1', 10000)`);
	const client = await pool.connect();
	const transferId = '0198c5a0-7f00-7000-8000-000000000001';

	// #region define
	const Debit = z.object({ account: z.string(), cents: z.int().positive() });
	const DebitAccount = defineCommand({ domain: 'payments', type: 'DebitAccount', data: Debit });
	// #endregion define

	// #region handle
	// The booking and the completion of the command: both or neither, also when the process is killed.
	const handlers = createHandlers<Queryable>().on(DebitAccount, ({ data }, { transaction }) =>
		transaction(async (tx) => {
			await tx.query('update account set cents = cents - $2 where id = $1', [data.account, data.cents]);
		}),
	);
	// #endregion handle

	// #region run
	await migrate(databaseUrl); // once, when you deploy
	const backend = createPgBackend({ connection: databaseUrl });
	await backend.domains.create('payments');

	const bus = createCommandBus(backend);
	const worker = createWorker({ backend, domain: 'payments', handlers });
	await worker.start();
	// #endregion run
	onTestFinished(async () => {
		await worker.stop();
		await bus.close();
		await backend.close();
		client.release();
		await pool.end();
		await database.drop();
	});

	// #region send
	// The transfer and its command: both or neither.
	await client.query('begin');
	await client.query('insert into transfer (id, account, cents) values ($1, $2, $3)', [transferId, 'A-1', 500]);
	await bus.send(DebitAccount, { account: 'A-1', cents: 500 }, { tx: client, commandId: transferId });
	await client.query('commit');
	// #endregion send

	// #region wait
	const { status } = await bus.waitFor({ domain: 'payments', commandId: transferId });
	// #endregion wait
	expect(status).toBe('COMPLETED');
	const { rows } = await pool.query(`select cents::integer as cents from account where id = 'A-1'`);
	expect(rows).toEqual([{ cents: 9_500 }]);
	expect((await bus.history({ domain: 'payments', commandId: transferId })).map(({ type }) => type)).toEqual([
		'SENT',
		'RECEIVED',
		'COMPLETED',
	]);
});
