/** A small fixed number of connections whatever the concurrency, with lanes that cannot starve each other, and none left behind. */
import { randomUUID } from 'node:crypto';
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { StoreError } from '@cb/core';
import { Client, Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createPgBackend } from '../src/index.ts';
import type { PgBackend, PgBackendOptions, Queryable } from '../src/index.ts';
import { openProxy } from './open-proxy.ts';
import { createGate } from './gate.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();

/** A backend under a name of its own, so that its connections can be counted. */
function open(options: Partial<PgBackendOptions> = {}): { readonly backend: PgBackend; readonly name: string } {
	const name = `test ${randomUUID()}`;
	const backend = createPgBackend({
		...(options.pool === undefined ? { connection: database.url } : {}),
		applicationName: name,
		...options,
	});
	onTestFinished(() => backend.close());
	return { backend, name };
}

async function connectionsOf(name: string): Promise<number> {
	const count = await database.value(
		`select count(*)::integer from pg_stat_activity where application_name like $1 || '%'`,
		[name],
	);
	return Number(count);
}

async function aDomainWith(
	count: number,
): Promise<{ readonly domain: string; readonly Charge: ReturnType<typeof charge> }> {
	const domain = await database.newDomain();
	const Charge = charge(domain);
	const backend = database.openBackend();
	const bus = createCommandBus(backend);
	await Promise.all(Array.from({ length: count }, () => bus.send(Charge, { cents: 1 })));
	return { domain, Charge };
}

function charge(domain: string) {
	return defineCommand({ domain, type: 'Charge', data: z.object({ cents: z.int() }) });
}

const aReceive = {
	workerId: 'worker-1',
	leaseSeconds: 60,
	maxAttemptsByType: {},
	defaultMaxAttempts: 3,
	exhausted: { error: { type: 'TRANSIENT', code: 'X', message: 'x', details: null }, fingerprint: 'x' },
} as const;

describe('the number of connections', () => {
	it('is never more than maxConnections and one for LISTEN, whatever the concurrency', async () => {
		const { domain, Charge } = await aDomainWith(0);
		const { backend, name } = open({ maxConnections: 6 });
		const bus = createCommandBus(backend);
		const handlers = createHandlers<Queryable>().on(Charge, (_, context) =>
			context.transaction(async (tx) => {
				await tx.query('select pg_sleep(0.01)');
			}),
		);
		const worker = createWorker({ backend, domain, handlers, concurrency: 200, settleInFlight: 4 });
		await worker.start();
		onTestFinished(async () => {
			await worker.stop();
		});
		let mostConnections = 0;
		const done = new AbortController();
		const watching = (async () => {
			while (!done.signal.aborted) mostConnections = Math.max(mostConnections, await connectionsOf(name));
		})();

		const receipts = await Promise.all(Array.from({ length: 300 }, (_, cents) => bus.send(Charge, { cents })));
		await Promise.all(receipts.map((receipt) => bus.waitFor(receipt, { timeoutMs: 50_000 })));
		done.abort();
		await watching;

		expect(mostConnections).toBeGreaterThan(2);
		expect(mostConnections).toBeLessThanOrEqual(7);
	});

	it('is that of the pool for a pool that is handed in, and the pool stays open and unharmed', async () => {
		const pool = new Pool({ connectionString: database.url, max: 5 });
		onTestFinished(() => pool.end());
		const { backend } = open({ pool });

		await Promise.all(Array.from({ length: 50 }, () => backend.domains.list()));
		await backend.close();

		expect(pool.totalCount).toBeLessThanOrEqual(5);
		expect(pool.listenerCount('error')).toBe(0);
		expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
	});

	it('is zero before the first call and after close, which may be repeated', async () => {
		const { backend, name } = open();
		expect(await connectionsOf(name)).toBe(0);
		const subscription = await backend.wake.subscribe({ kind: 'commands', domain: 'payments' }, () => undefined);
		await expect.poll(() => subscription.isListening()).toBe(true);
		await backend.domains.list();
		expect(await connectionsOf(name)).toBe(2);

		await Promise.all([backend.close(), backend.close()]);
		await backend.close();

		await expect.poll(() => connectionsOf(name)).toBe(0);
	});

	it('is zero after close also when connections were lost on the way', async () => {
		const { backend, name } = open();
		await backend.domains.list();
		await database.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]);

		await expect(backend.domains.list()).resolves.toBeDefined();
		await backend.close();

		await expect.poll(() => connectionsOf(name)).toBe(0);
	});
});

describe('the lane of handlers', () => {
	it('leaves the runtime its connections: settling goes on while every transaction of a handler hangs', async () => {
		const { domain, Charge } = await aDomainWith(0);
		const { backend } = open({ maxConnections: 6, connectTimeoutMs: 1_000 });
		const bus = createCommandBus(backend);
		const Quick = defineCommand({ domain, type: 'Quick', data: z.object({}) });
		const gate = createGate();
		let hanging = 0;
		const handlers = createHandlers<Queryable>()
			.on(Charge, (_, context) =>
				context.transaction(async (tx) => {
					hanging++;
					await tx.query('select 1');
					await gate.opened;
				}),
			)
			.on(Quick, () => undefined);
		const worker = createWorker({ backend, domain, handlers, concurrency: 50, leaseSeconds: 30 });
		await worker.start();
		onTestFinished(async () => {
			gate.open();
			await worker.stop();
		});
		const slow = await Promise.all(Array.from({ length: 10 }, () => bus.send(Charge, { cents: 1 })));
		await expect.poll(() => hanging).toBe(2);

		const quick = await Promise.all(Array.from({ length: 50 }, () => bus.send(Quick, {})));
		const outcomes = await Promise.all(quick.map((receipt) => bus.waitFor(receipt, { timeoutMs: 20_000 })));

		expect(outcomes.every(({ status }) => status === 'COMPLETED')).toBe(true);
		expect(hanging).toBe(2);
		gate.open();
		const late = await Promise.all(slow.map((receipt) => bus.waitFor(receipt, { timeoutMs: 20_000 })));
		expect(late.every(({ status }) => status === 'COMPLETED')).toBe(true);
	});

	it('D9 a handler whose connection breaks between two statements fails, and the process goes on', async () => {
		const { domain } = await aDomainWith(1);
		const { backend } = open();
		const [received] = (await backend.commands.receive({ ...aReceive, domain, limit: 1 })).commands;
		if (received === undefined) expect.fail('nothing received');

		const attempt = backend.commands.completeInTransaction(received, async (tx) => {
			const [row] = (await tx.query('select pg_backend_pid() as pid')).rows as readonly { pid: number }[];
			await database.query('select pg_terminate_backend($1, 5000)', [row?.pid]);
			await new Promise((resolve) => setImmediate(resolve));
			await tx.query('select 1');
			return null;
		});

		await expect(attempt).rejects.toMatchObject({ code: 'store', reason: 'connection', isRetryable: true });
		await expect(backend.domains.list()).resolves.toBeDefined();
	});

	it('passes on what a handler throws as it is, also when it looks like an error of the network', async () => {
		const { domain } = await aDomainWith(1);
		const { backend } = open();
		const [received] = (await backend.commands.receive({ ...aReceive, domain, limit: 1 })).commands;
		if (received === undefined) expect.fail('nothing received');
		const ofGateway = Object.assign(new TypeError('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });

		const attempt = backend.commands.completeInTransaction(received, () => Promise.reject(ofGateway));

		await expect(attempt).rejects.toBe(ofGateway);
	});

	it('lets a handler see the error of its own statement as the driver throws it', async () => {
		const { domain } = await aDomainWith(1);
		const { backend } = open();
		const [received] = (await backend.commands.receive({ ...aReceive, domain, limit: 1 })).commands;
		if (received === undefined) expect.fail('nothing received');

		const seen = await backend.commands.completeInTransaction(received, async (tx) => {
			await tx.query('savepoint here');
			const code = await tx.query(`insert into cb.domain (domain) values ($1)`, [domain]).catch(codeOf);
			await tx.query('rollback to savepoint here');
			return { code: String(code) };
		});

		expect(seen).toEqual({ code: '23505' });
	});
});

function codeOf(error: unknown): unknown {
	return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

describe('a server that takes no more connections', () => {
	it('S5 is a retryable error with a reason, and the next call after it goes through', async () => {
		const role = `limited_${randomUUID().slice(0, 8)}`;
		await database.query(`create role ${role} login password 'secret' connection limit 1`);
		await database.query(`grant usage on schema cb, pgmq to ${role}`);
		await database.query(`grant select on all tables in schema cb to ${role}`);
		const url = new URL(database.url);
		url.username = role;
		url.password = 'secret';
		const greedy = new Client({ connectionString: url.href });
		await greedy.connect();
		const { backend } = open({ connection: url.href, listen: false });

		const error: unknown = await backend.domains.list().catch((thrown: unknown) => thrown);
		await greedy.end();

		expect(error).toMatchObject({ code: 'store', reason: 'too-many-connections', isRetryable: true });
		await expect.poll(() => backend.domains.list().catch(() => undefined)).toBeDefined();
	});

	it('S5 nothing is lost when there is no connection for a while: a repeated send goes through once', async () => {
		const { domain, Charge } = await aDomainWith(0);
		const proxy = await openProxy(database.url);
		const { backend } = open({ connection: proxy.url, listen: false });
		const bus = createCommandBus(backend);
		proxy.refuse();
		const sending = bus.send(Charge, { cents: 1 });

		setTimeout(() => {
			proxy.heal();
		}, 150);
		const receipt = await sending;

		expect(receipt.isDuplicate).toBe(false);
		expect((await bus.list({ domain })).items).toHaveLength(1);
	});

	it('S5 a pool that is exhausted by others says so in time', async () => {
		const pool = new Pool({ connectionString: database.url, max: 5 });
		onTestFinished(() => pool.end());
		const { backend } = open({ pool, listen: false });
		const clients = await Promise.all(Array.from({ length: 5 }, () => pool.connect()));
		// Only now: connecting itself may take longer on a busy machine.
		pool.options.connectionTimeoutMillis = 100;

		const error: unknown = await backend.domains.list().catch((thrown: unknown) => thrown);
		for (const client of clients) client.release();

		expect(error).toMatchObject({ code: 'store', reason: 'connection', isRetryable: true });
		await expect(backend.domains.list()).resolves.toBeDefined();
	});
});

describe('a connection that a network left half open', () => {
	const impatient = { statementTimeoutMs: 300, connectTimeoutMs: 300, listen: false } as const;

	const calls: readonly (readonly [name: string, call: (backend: PgBackend, domain: string) => Promise<unknown>])[] = [
		['a read', (backend) => backend.domains.list()],
		['a statement', (backend, domain) => backend.commands.receive({ ...aReceive, domain, limit: 1 })],
		['a transaction of our own', (backend) => backend.batches.finish()],
	];

	it.each(calls)('%s gives it up, and the next call uses another', async (_, call) => {
		const { domain } = await aDomainWith(0);
		const proxy = await openProxy(database.url);
		const { backend } = open({ ...impatient, connection: proxy.url });
		await backend.domains.list();
		proxy.drop();

		const error = (await call(backend, domain).catch((thrown: unknown) => thrown)) as StoreError;
		expect(error).toMatchObject({ code: 'store', isRetryable: true });
		expect(['statement-timeout', 'connection']).toContain(error.reason);

		proxy.heal();
		await expect(call(backend, domain)).resolves.toBeDefined();
	});

	it('does not hold up close', async () => {
		const proxy = await openProxy(database.url);
		const { backend } = open({ ...impatient, connection: proxy.url, listen: true });
		const subscription = await backend.wake.subscribe({ kind: 'commands', domain: 'payments' }, () => undefined);
		await backend.domains.list();
		await expect.poll(() => subscription.isListening()).toBe(true);
		proxy.drop();

		await backend.close();
	}, 20_000);
});

describe('options that cannot work', () => {
	const connection = 'postgres://localhost/none';
	const refused: readonly (readonly [name: string, options: PgBackendOptions, message: RegExp])[] = [
		['neither a connection nor a pool', {}, /pass either `connection` or `pool`/],
		['both', { connection, pool: new Pool() }, /pass either `connection` or `pool`/],
		['too small a pool', { pool: new Pool({ max: 4 }) }, /allows 4 connections; at least 5 are needed/],
		['too few connections', { connection, maxConnections: 4 }, /maxConnections/],
		['a fraction of a connection', { connection, maxConnections: 5.5 }, /maxConnections/],
		['an unknown option', { connection, maxConnection: 7 } as PgBackendOptions, /maxConnection/],
		['an empty address to listen on', { connection, listen: '' }, /listen/],
	];

	it.each(refused)('%s: refused with what is wrong, before anything is opened', (_, options, message) => {
		expect(() => createPgBackend(options)).toThrow(message);
		expect(() => createPgBackend(options)).toThrow(expect.objectContaining({ code: 'configuration' }));
	});
});

it('listens with the password of a pool that was configured with one', async () => {
	const { hostname, port, username, password } = new URL(database.url);
	const pool = new Pool({
		host: hostname,
		port: Number(port),
		user: username,
		password,
		database: database.name,
		max: 5,
	});
	onTestFinished(() => pool.end());
	const { backend } = open({ pool });

	const subscription = await backend.wake.subscribe({ kind: 'commands', domain: 'payments' }, () => undefined);

	await expect.poll(() => subscription.isListening()).toBe(true);
});
