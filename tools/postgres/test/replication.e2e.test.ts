/** Servers that crash, come back and take over, on real processes; nothing is left behind. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
	canMount,
	createSmallTablespace,
	forgetStandby,
	startRestartableServer,
	startStandby,
	type StopMode,
} from '../src/index.ts';

async function query(url: string, text: string): Promise<readonly unknown[]> {
	const client = new Client({ connectionString: url });
	client.on('error', () => undefined);
	await client.connect();
	try {
		return (await client.query<Record<string, unknown>>(text)).rows;
	} finally {
		await client.end();
	}
}

async function startServer(): Promise<Awaited<ReturnType<typeof startRestartableServer>>> {
	const server = await startRestartableServer();
	onTestFinished(() => server.close());
	return server;
}

describe('a server that is ended', () => {
	it.each(['fast', 'immediate', 'kill'] satisfies StopMode[])(
		'%s comes back with what it acknowledged',
		async (mode) => {
			const server = await startServer();
			await query(server.url, 'create table kept as select 42 as answer');

			await server.stop(mode);
			await expect(query(server.url, 'select')).rejects.toThrow('ECONNREFUSED');
			await server.start();

			expect(await query(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
		},
	);

	it('does one thing after the other when several ask at once', async () => {
		const server = await startServer();

		await Promise.all([server.stop('immediate'), server.start(), server.stop(), server.start(), server.start()]);

		expect(await query(server.url, 'select 42 as answer')).toEqual([{ answer: 42 }]);
	});

	it('leaves nothing behind when it is closed', async () => {
		const server = await startRestartableServer();

		await server.close();

		expect(existsSync(dirname(server.dataDirectory))).toBe(false);
	});
});

describe('a synchronous standby', () => {
	it('has what the primary acknowledged, refuses to write, and takes over', async () => {
		const primary = await startServer();
		const standby = await startStandby(primary);
		onTestFinished(() => standby.close());
		await query(primary.url, 'create table kept as select 42 as answer');
		await expect(query(standby.url, 'create table refused ()')).rejects.toMatchObject({ code: '25006' });

		await primary.stop('kill');
		await standby.promote();

		expect(await query(standby.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
		await query(standby.url, 'insert into kept values (43)');
	});

	it('is forgotten by a primary that goes on alone', async () => {
		const primary = await startServer();
		const standby = await startStandby(primary);
		await standby.close();

		await forgetStandby(primary);

		await query(primary.url, 'create table alone ()');
		expect(await query(primary.url, 'select from pg_replication_slots')).toEqual([]);
	});

	it('is waited for: without it, no commit is acknowledged', async () => {
		const primary = await startServer();
		const standby = await startStandby(primary);
		onTestFinished(() => standby.close());
		await standby.stop();
		const client = new Client({ connectionString: primary.url, query_timeout: 500 });
		client.on('error', () => undefined);
		await client.connect();

		await expect(client.query('create table waits ()')).rejects.toThrow('timeout');

		await client.end();
		await standby.start();
		await expect
			.poll(() => query(primary.url, `select to_regclass('waits')::text as found`))
			.toEqual([{ found: 'waits' }]);
	});
});

describe.runIf(canMount())('a small tablespace', () => {
	it('fills up, is told by SQLSTATE, and works again once it is freed', async () => {
		const server = await startServer();
		const space = await createSmallTablespace(16 * 2 ** 20);
		onTestFinished(() => space.remove());
		onTestFinished(() => server.stop());
		await query(server.url, `create tablespace small location '${space.location}'`);
		await query(server.url, 'create table big (content text) tablespace small');
		const write = `insert into big select repeat('x', 7000) from generate_series(1, 10)`;

		space.fill();
		expect(space.freeBytes).toBeLessThan(64 * 1024);
		await expect(query(server.url, write)).rejects.toMatchObject({ code: '53100' });
		space.free();

		await query(server.url, write);
	});

	it('is copied for a standby, which needs to be told where', async () => {
		const primary = await startServer();
		const [first, second] = [await createSmallTablespace(2 ** 26), await createSmallTablespace(2 ** 26)];
		await query(primary.url, `create tablespace small location '${first.location}'`);
		await query(primary.url, 'create table before tablespace small as select 1 as number');
		await expect(startStandby(primary)).rejects.toThrow('has to be told where');
		await forgetStandby(primary);
		const standby = await startStandby(primary, { tablespaceLocation: second.location });
		onTestFinished(async () => {
			await standby.close();
			await primary.close();
			await Promise.all([first.remove(), second.remove()]);
		});
		await query(primary.url, 'create table after tablespace small as select 2 as number');

		await primary.stop('kill');
		first.fill();
		await standby.promote();

		expect(await query(standby.url, 'table before union table after order by 1')).toEqual([
			{ number: 1 },
			{ number: 2 },
		]);
		await query(standby.url, `insert into after select 3 from generate_series(1, 10000)`);
	});

	it('leaves no mount behind', async () => {
		const space = await createSmallTablespace(2 ** 20);
		expect(mounts()).toContain(dirname(space.location));

		await space.remove();

		expect(mounts()).not.toContain(dirname(space.location));
		expect(existsSync(dirname(space.location))).toBe(false);
	});
});

function mounts(): string {
	return execFileSync('mount', { encoding: 'utf8' });
}
