/** What the proxy does to a connection, seen from both of its ends. */
import { Client } from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { openTcpProxy, type TcpProxy } from '../src/index.ts';

async function openProxy(): Promise<TcpProxy> {
	const proxy = await openTcpProxy(inject('postgresUrl'));
	onTestFinished(() => proxy.close());
	return proxy;
}

async function connect(url: string, applicationName = 'proxied'): Promise<Client> {
	const client = new Client({ connectionString: url, application_name: applicationName });
	client.on('error', () => undefined);
	await client.connect();
	return client;
}

/** Not `once` of events, which rejects at the error that comes before. */
const endOf = (client: Client): Promise<unknown> => new Promise((resolve) => client.once('end', resolve));

const limited = (text: string, milliseconds: number): { text: string; query_timeout: number } => ({
	text,
	query_timeout: milliseconds,
});

async function isSeenByServer(applicationName: string): Promise<boolean> {
	const client = await connect(inject('postgresUrl'));
	try {
		const { rows } = await client.query('select from pg_stat_activity where application_name = $1', [applicationName]);
		return rows.length > 0;
	} finally {
		await client.end();
	}
}

it('carries everything, ends too, and counts what goes through', async () => {
	const proxy = await openProxy();
	const client = await connect(proxy.url);

	expect((await client.query('select 42 as answer')).rows).toEqual([{ answer: 42 }]);
	expect(proxy.connectionCount).toBe(1);

	await client.end();
	await expect.poll(() => proxy.connectionCount).toBe(0);
});

it('breaks connections, the chosen ones only', async () => {
	const proxy = await openProxy();
	const [one, other] = [await connect(proxy.url, 'one'), await connect(proxy.url, 'other')];

	proxy.cut(({ applicationName }) => applicationName === 'one');

	await expect(one.query('select')).rejects.toThrow();
	await expect(other.query('select')).resolves.toBeDefined();
	await other.end();
});

it('swallows bytes and news of an end, and resets afterwards what lost some', async () => {
	const proxy = await openProxy();
	const [silent, other] = [await connect(proxy.url, 'silent'), await connect(proxy.url, 'other')];
	const ended = endOf(silent);

	proxy.drop(({ applicationName }) => applicationName === 'silent');

	await expect(silent.query(limited('select', 100))).rejects.toThrow('timeout');
	await expect(other.query('select')).resolves.toBeDefined();
	expect(await isSeenByServer('silent')).toBe(true);
	proxy.heal();
	await ended;
	await other.end();
	await expect.poll(() => isSeenByServer('silent')).toBe(false);
});

it('keeps connections dead that a firewall forgot, and lets new ones through', async () => {
	const proxy = await openProxy();
	const silent = await connect(proxy.url, 'forgotten');
	proxy.drop();
	await expect(silent.query(limited('select', 100))).rejects.toThrow('timeout');

	proxy.heal('dead');

	const next = await connect(proxy.url);
	await expect(silent.query(limited('select', 100))).rejects.toThrow('timeout');
	expect(await isSeenByServer('forgotten')).toBe(true);
	await next.end();
	await silent.end().catch(() => undefined);
});

it('takes new connections while it drops, and never answers them', async () => {
	const proxy = await openProxy();
	proxy.drop();

	const client = new Client({ connectionString: proxy.url, connectionTimeoutMillis: 100 });
	client.on('error', () => undefined);

	await expect(client.connect()).rejects.toThrow('timeout');
});

it('holds everything up and delivers it in order afterwards', async () => {
	const proxy = await openProxy();
	const client = await connect(proxy.url, 'held');
	let isAnswered = false;

	proxy.hold();
	const answering = client.query('select 1').then(() => {
		isAnswered = true;
	});
	await new Promise((resolve) => setTimeout(resolve, 100));
	expect(isAnswered).toBe(false);
	proxy.heal();

	await answering;
	await client.end();
});

it('delivers what was held up also when its sender is gone by then', async () => {
	const proxy = await openProxy();
	const [client, direct] = [await connect(proxy.url, 'gone'), await connect(inject('postgresUrl'))];
	await direct.query('create table late ()');
	proxy.hold();

	void client.query('insert into late default values').catch(() => undefined);
	await new Promise((resolve) => setImmediate(resolve));
	await client.end();
	proxy.heal();

	await expect.poll(async () => (await direct.query('select from late')).rowCount).toBe(1);
	await direct.query('drop table late');
	await direct.end();
});

it('delays', async () => {
	const proxy = await openProxy();
	const client = await connect(proxy.url);
	proxy.delay(60);

	await expect(client.query(limited('select', 50))).rejects.toThrow('timeout');
	await expect(client.query('select 1 as one')).resolves.toBeDefined();
	await client.end();
});

it('closes one way: the client sees an end, though its server never said so', async () => {
	const proxy = await openProxy();
	const client = await connect(proxy.url, 'half closed');
	const ended = endOf(client);

	proxy.halfClose('client');

	await ended;
	await expect.poll(() => isSeenByServer('half closed')).toBe(false);
});

it('refuses, and lets through again', async () => {
	const proxy = await openProxy();
	const client = await connect(proxy.url);
	proxy.refuse();

	await expect(client.query('select')).rejects.toThrow();
	await expect(connect(proxy.url)).rejects.toThrow();
	proxy.heal();
	const next = await connect(proxy.url);
	await next.end();
});
