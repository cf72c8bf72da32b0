/** What PostgreSQL and the driver really throw, and what becomes of it. `src/sqlstate.test.ts` has the whole table. */
import { randomUUID } from 'node:crypto';
import type { StoreErrorReason } from '@cb/core';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { explainError, storeErrorOf } from '../src/sqlstate.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
await database.query('create table account (id integer primary key, cents integer not null)');
await database.query('insert into account select id, 0 from generate_series(1, 100) id');

type Provoke = () => Promise<unknown>;

async function closedAtEnd(client: Client): Promise<Client> {
	client.on('error', () => undefined);
	onTestFinished(() => client.end().catch(() => undefined));
	await client.connect();
	return client;
}

async function connect(url: string = database.url): Promise<Client> {
	return closedAtEnd(new Client({ connectionString: url }));
}

/** A database user with few rights. */
async function connectAs(attributes: string): Promise<Client> {
	const role = `role_${randomUUID().slice(0, 8)}`;
	await database.query(`create role ${role} login password 'secret' ${attributes}`);
	const url = new URL(database.url);
	url.username = role;
	url.password = 'secret';
	return connect(url.href);
}

/** The error of the one that was chosen to fail. */
async function failureAmong(attempts: readonly Promise<unknown>[]): Promise<never> {
	const failed = (await Promise.allSettled(attempts)).find((outcome) => outcome.status === 'rejected');
	throw failed?.reason ?? expect.fail('nothing failed');
}

const provoked: readonly (readonly [name: string, reason: StoreErrorReason, isRetryable: boolean, provoke: Provoke])[] =
	[
		[
			'a serialization failure',
			'serialization',
			true,
			async () => {
				const [one, other] = await Promise.all([connect(), connect()]);
				await one.query('begin isolation level repeatable read');
				await one.query('select cents from account where id = 1');
				await other.query('update account set cents = cents + 1 where id = 1');
				return one.query('update account set cents = cents + 1 where id = 1');
			},
		],
		[
			'a deadlock',
			'deadlock',
			true,
			async () => {
				const [one, other] = await Promise.all([connect(), connect()]);
				await Promise.all([one.query('begin'), other.query('begin')]);
				await one.query('update account set cents = 1 where id = 1');
				await other.query('update account set cents = 1 where id = 2');
				return failureAmong([
					one.query('update account set cents = 1 where id = 2'),
					other.query('update account set cents = 1 where id = 1'),
				]);
			},
		],
		[
			'a lock that did not come in time',
			'lock-timeout',
			true,
			async () => {
				const [holder, waiter] = await Promise.all([connect(), connect()]);
				await holder.query('begin; update account set cents = 1 where id = 3');
				await waiter.query(`set lock_timeout = '10ms'`);
				return waiter.query('update account set cents = 2 where id = 3');
			},
		],
		[
			'a lock that was not waited for',
			'lock-timeout',
			true,
			async () => {
				const [holder, other] = await Promise.all([connect(), connect()]);
				await holder.query('begin; update account set cents = 1 where id = 4');
				return other.query('select from account where id = 4 for update nowait');
			},
		],
		[
			"E14 a statement that ran into the server's time limit",
			'statement-timeout',
			true,
			async () => {
				const client = await connect();
				await client.query(`set statement_timeout = '10ms'`);
				return client.query('select pg_sleep(5)');
			},
		],
		[
			"a statement that ran into the driver's time limit",
			'statement-timeout',
			true,
			async () =>
				(await closedAtEnd(new Client({ connectionString: database.url, query_timeout: 10 }))).query(
					'select pg_sleep(0.5)',
				),
		],
		[
			'a transaction that took too long',
			'statement-timeout',
			true,
			async () => {
				const client = await connect();
				await client.query(`set transaction_timeout = '10ms'`);
				await client.query('begin');
				return client.query('select pg_sleep(5)');
			},
		],
		['a unique violation', 'unique-violation', false, () => database.query('insert into account values (1, 0)')],
		[
			'a table that one may not read',
			'authorization',
			false,
			async () => (await connectAs('')).query('select from account'),
		],
		[
			'a wrong password',
			'authorization',
			false,
			() => {
				const url = new URL(database.url);
				url.password = 'wrong';
				return connect(url.href);
			},
		],
		[
			'no password',
			'authorization',
			false,
			() => {
				const { hostname, port, username } = new URL(database.url);
				return closedAtEnd(new Client({ host: hostname, port: Number(port), user: username, database: database.name }));
			},
		],
		['a syntax error', 'syntax', false, () => database.query('selec 1')],
		['a table that is not there', 'syntax', false, () => database.query('select from nowhere')],
		[
			'a connection that was ended by an administrator',
			'connection',
			true,
			async () => {
				const client = await connect();
				const pid = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
				const running = client.query('select pg_sleep(30)');
				// It may end before anybody waits for it.
				running.catch(() => undefined);
				await database.query('select pg_terminate_backend($1)', [pid]);
				return running;
			},
		],
		[
			'a connection that broke earlier',
			'connection',
			true,
			async () => {
				const client = await connect();
				const pid = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
				const ended = new Promise((resolve) => client.once('end', resolve));
				await database.query('select pg_terminate_backend($1)', [pid]);
				await ended;
				return client.query('select 1');
			},
		],
		[
			'a session that idled in a transaction for too long',
			'connection',
			true,
			async () => {
				const client = await connect();
				await client.query(`set idle_in_transaction_session_timeout = '10ms'`);
				await client.query('begin');
				throw await new Promise((resolve) => client.once('error', resolve));
			},
		],
		[
			'a write to a standby',
			'connection',
			true,
			async () => {
				const client = await connect();
				await client.query('set default_transaction_read_only = on');
				return client.query('insert into account values (1000, 0)');
			},
		],
		['too many connections', 'too-many-connections', true, () => connectAs('connection limit 0')],
		['nobody there', 'connection', true, () => connect('postgres://postgres@127.0.0.1:1/none')],
		['a name that does not resolve', 'connection', true, () => connect('postgres://postgres@host.invalid/none')],
		[
			'a server without TLS',
			'connection',
			false,
			() => closedAtEnd(new Client({ connectionString: database.url, ssl: true })),
		],
		['a database that is not there', 'unknown', false, () => connect(database.url.replace(database.name, 'nowhere'))],
		['a division by zero', 'unknown', false, () => database.query('select 1 / 0')],
	];

it.each(provoked)('%s: %s, retryable %s', async (...row) => {
	const [, reason, isRetryable, provoke] = row;
	const thrown: unknown = await provoke().then(
		() => expect.fail('nothing was thrown'),
		(error: unknown) => error,
	);

	expect(storeErrorOf(thrown)).toMatchObject({ code: 'store', reason, isRetryable, cause: thrown });
});

it("an error of a socket in a handler could be anybody's: it is left to the handler", async () => {
	const thrown: unknown = await connect('postgres://postgres@127.0.0.1:1/none').catch((error: unknown) => error);

	expect(explainError(thrown)).toBeUndefined();
});
