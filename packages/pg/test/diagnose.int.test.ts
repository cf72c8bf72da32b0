/** What `diagnose` finds: nothing on a healthy database, and each trouble by its name, with what to do. */
import { randomUUID } from 'node:crypto';
import { createFreshDatabase, createTemplate, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { diagnose, migrate } from '../src/index.ts';
import type { Finding } from '../src/index.ts';

// A server of its own, as an installation has it: what all other tests share writes nothing to disk, and diagnose would say so.
const started: { server?: PostgresServer; template?: Database } = {};

beforeAll(async () => {
	started.server = await startPostgres({ settings: { max_connections: 30 } });
	started.template = await createTemplate(started.server.url, 'cb_template', async (url) => {
		await migrate(url);
		await run(url, `select cb.create_domain('payments'), cb.create_domain('reports')`);
	});
});

afterAll(async () => {
	await started.template?.drop();
	await started.server?.stop();
});

async function run(url: string, text: string): Promise<void> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		await client.query(text);
	} finally {
		await client.end();
	}
}

/** A healthy database of one's own. */
async function open(template: string | undefined = started.template?.name): Promise<string> {
	const database = await createFreshDatabase(started.server?.url ?? '', template);
	onTestFinished(() => database.drop());
	return database.url;
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

async function troubleOf(url: string): Promise<readonly Finding[]> {
	return (await diagnose(url)).filter(({ state }) => state !== 'ok');
}

/** The only trouble there is. */
async function onlyTroubleOf(url: string): Promise<Finding> {
	const found = await troubleOf(url);
	expect(found.map(({ check }) => check)).toHaveLength(1);
	return found[0] ?? expect.fail();
}

describe('a healthy database', () => {
	it('is ok in every respect', async () => {
		const findings = await diagnose(await open());

		expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
		expect(findings.length).toBeGreaterThan(10);
		expect(new Set(findings.map(({ check }) => check)).size).toBe(findings.length);
		expect(findings.every(({ check, message }) => /^[a-z-]+$/.test(check) && message !== '')).toBe(true);
	});

	it('is not changed by looking', async () => {
		const url = await open();
		const client = new Client({ connectionString: url });
		await client.connect();
		onTestFinished(() => client.end());
		const activity = `select xact_commit::integer, tup_inserted::integer, tup_updated::integer from pg_stat_database where datname = current_database()`;
		const objects = `select count(*)::integer from pg_class`;
		const before = (await client.query(objects)).rows;

		await diagnose(url);

		expect((await client.query(objects)).rows).toEqual(before);
		expect((await client.query(activity)).rows).toMatchObject([{ tup_inserted: 0, tup_updated: 0 }]);
	});

	it('is ok also where sessions have a search path of their own', async () => {
		const url = await open();
		await run(url, `alter database ${nameOf(url)} set search_path = cb, pgmq`);

		expect(await troubleOf(url)).toEqual([]);
	});
});

describe('a database that cannot be used', () => {
	it('is one critical finding when nobody answers', async () => {
		expect(await diagnose('postgres://nobody@127.0.0.1:1/none')).toMatchObject([
			{ check: 'connection', state: 'critical', advice: expect.any(String) as string },
		]);
	});

	it('is one critical finding when the password is wrong', async () => {
		const url = new URL(await open());
		url.password = 'wrong';

		expect(await diagnose(url.href)).toMatchObject([{ check: 'connection', state: 'critical' }]);
	});

	it('without any schema says what to run', async () => {
		const trouble = await onlyTroubleOf(await open('template0'));

		expect(trouble).toMatchObject({ check: 'schema', state: 'critical' });
		expect(trouble.message).toContain('cb migrate up');
	});

	const changes: readonly (readonly [name: string, change: string, check: string, state: string, says: RegExp])[] = [
		[
			'an older schema',
			'delete from cb.migration where number = (select max(number) from cb.migration)',
			'schema',
			'critical',
			/cb migrate up/,
		],
		[
			'a newer schema',
			`insert into cb.migration (number, name, checksum) values (9999, 'later', 'x')`,
			'schema',
			'critical',
			/Upgrade @cb\/pg/,
		],
		['another history', `update cb.migration set checksum = 'x' where number = 2`, 'schema', 'critical', /Migration 2/],
		['too old a PGMQ', `drop function pgmq.validate_routing_key(text) cascade`, 'schema', 'critical', /at least 1\.11/],
		['a missing queue', `select pgmq.drop_queue('payments__replies')`, 'queues', 'critical', /payments__replies/],
		[
			'a changed function',
			`create or replace function cb.wake(topics text[]) returns void language sql as 'select'`,
			'drift',
			'warning',
			/changed: function cb\.wake\(text\[\]\)/,
		],
		[
			'a missing index',
			'drop index cb.command_created_at_idx',
			'drift',
			'warning',
			/missing: index cb\.command_created_at_idx/,
		],
		['a table of somebody else', 'create table cb.mine ()', 'drift', 'warning', /unknown: table cb\.mine/],
		[
			'a changed table',
			'alter table cb.command add column note text',
			'drift',
			'warning',
			/changed: table cb\.command/,
		],
		[
			'commits that a crash forgets',
			`alter database NAME set synchronous_commit = off`,
			'durability',
			'critical',
			/loses commands/,
		],
		[
			'another isolation',
			`alter database NAME set default_transaction_isolation = 'serializable'`,
			'isolation',
			'warning',
			/serializable/,
		],
	];

	it.each(changes)('%s', async (...row) => {
		const [, change, check, state, says] = row;
		const url = await open();
		await run(url, change.replace('NAME', nameOf(url)));

		const trouble = await onlyTroubleOf(url);

		expect(trouble).toMatchObject({ check, state, message: expect.stringMatching(says) as string });
		expect(trouble.advice).toMatch(/\w/);
	});

	it('is told to a user who may not look into it, without an exception', async () => {
		const url = await open();
		const role = `looker_${randomUUID().slice(0, 8)}`;
		await run(url, `create role ${role} login password 'secret'`);
		const asLooker = new URL(url);
		asLooker.username = role;
		asLooker.password = 'secret';

		const trouble = await troubleOf(asLooker.href);

		expect(trouble.map(({ check }) => check)).toContain('privileges');
		expect(trouble.map(({ check }) => check)).not.toContain('connection');
	});
});

describe('a server in trouble', () => {
	it('without autovacuum', async () => {
		const url = await open();
		await run(url, 'alter system set autovacuum = off');
		await run(url, 'select pg_reload_conf()');
		onTestFinished(async () => {
			await run(url, 'alter system reset autovacuum');
			await run(url, 'select pg_reload_conf()');
		});

		await expect.poll(async () => (await troubleOf(url)).map(({ check }) => check)).toEqual(['autovacuum']);
	});

	it('with hardly a connection left', async () => {
		const url = await open();
		const clients = Array.from({ length: 24 }, () => new Client({ connectionString: url }));
		await Promise.all(clients.map((client) => client.connect()));
		onTestFinished(async () => {
			await Promise.all(clients.map((client) => client.end()));
		});

		expect((await troubleOf(url)).map(({ check, state }) => [check, state])).toEqual([['connections', 'warning']]);
	});
});
