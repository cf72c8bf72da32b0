/** Migrating: once, whoever else does it at the same time; whole, or not at all; and never over something that is not known. */
import { execFileSync } from 'node:child_process';
import { createHandlers, createWorker } from '@cb/core';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrations } from '../src/generated/migrations.ts';
import { createPgBackend, migrate, migrationStatus } from '../src/index.ts';
import { failureOf, objectsIn, openBareDatabase } from './bare-database.ts';
import type { BareDatabase } from './bare-database.ts';

const latest = migrations.length;

describe('migrating', () => {
	it('brings an empty database to the newest schema and says what it did', async () => {
		const subject = await openBareDatabase();
		const steps: string[] = [];

		const report = await migrate(subject.url, { onProgress: (step) => steps.push(step) });

		expect(report).toEqual({
			applied: migrations.map(({ number, name }) => ({ number, name })),
			schemaVersion: latest,
			pgmq: 'script',
			pgmqVersion: '1.11.1',
		});
		expect(steps).toHaveLength(latest + 1);
		expect(await migrationStatus(subject.url)).toEqual({
			schemaVersion: latest,
			latestVersion: latest,
			pending: [],
			pgmqVersion: '1.11.1',
			problem: undefined,
		});
	});

	it('does nothing when everything is in place', async () => {
		const subject = await openBareDatabase();
		await migrate(subject.url);
		const before = await objectsIn(subject);

		const again = await migrate(subject.url);

		expect(again).toMatchObject({ applied: [], schemaVersion: latest, pgmq: 'script', pgmqVersion: '1.11.1' });
		expect(await objectsIn(subject)).toEqual(before);
	});

	it('is done once by processes that start at the same time: the others wait and find nothing to do', async () => {
		const subject = await openBareDatabase();

		const reports = await Promise.all([1, 2, 3].map(() => migrate(subject.url)));

		const counts = reports.map(({ applied }) => applied.length).sort((a, b) => a - b);
		expect(counts).toEqual([0, 0, latest]);
		expect(await subject.query('select count(*)::integer as count from cb.migration')).toEqual([{ count: latest }]);
	});

	it('applies what is missing and keeps the data', async () => {
		const subject = await openBareDatabase();
		await migrate(subject.url);
		await subject.query(`select cb.create_domain('payments')`);
		const last = migrations.at(-1);
		await subject.query(`create table cb.note (text text); insert into cb.note values ('kept')`);
		await subject.query('delete from cb.migration where number = $1', [last?.number]);
		await forgetObjectsOf(subject, last?.sql ?? '');

		const report = await migrate(subject.url);

		expect(report.applied).toEqual([{ number: last?.number, name: last?.name }]);
		expect(await subject.query('select text from cb.note')).toEqual([{ text: 'kept' }]);
	});

	it('leaves nothing behind when it is interrupted, and can then be repeated', async () => {
		const subject = await openBareDatabase();
		const error = await failureOf(
			migrate(subject.url, {
				onProgress: (step) => {
					if (step.startsWith('migration 5')) disconnectAll(subject);
				},
			}),
		);

		expect(error).toMatchObject({ code: 'store', reason: 'connection', isRetryable: true });
		expect(await objectsIn(subject)).toEqual([]);
		await expect(migrate(subject.url)).resolves.toMatchObject({ schemaVersion: latest });
	});

	it('says who may not do it, and changes nothing', async () => {
		const subject = await openBareDatabase();
		const role = `${subject.name}_reader`;
		await subject.query(`create role ${role} login password 'secret'`);
		onTestFinished(() => subject.query(`drop role ${role}`).then(() => undefined));
		const url = new URL(subject.url);
		url.username = role;
		url.password = 'secret';

		const error = await failureOf(migrate(url.href));

		expect(error).toMatchObject({ code: 'store', reason: 'authorization', isRetryable: false });
		expect(await objectsIn(subject)).toEqual([]);
	});

	it('tells of a database that cannot be reached', async () => {
		const error = await failureOf(migrate('postgres://nobody:nothing@127.0.0.1:1/none'));

		expect(error).toMatchObject({ code: 'store', reason: 'connection', isRetryable: true });
	});
});

/** Ends every session on a database before it returns, from another process: this one is in the middle of something. */
function disconnectAll({ url, name }: BareDatabase): void {
	const text =
		'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()';
	const program = `
		import { Client } from 'pg';
				const client = new Client({ connectionString: process.argv[1] });
		await client.connect();
		await client.query(${JSON.stringify(text)}, [process.argv[2]]);
		await client.end();`;
	execFileSync(process.execPath, ['--input-type=module', '--eval', program, '--', url, name], {
		cwd: import.meta.dirname,
	});
}

/** Drops the functions and views that a migration makes. */
async function forgetObjectsOf(subject: BareDatabase, sql: string): Promise<void> {
	for (const [, kind, name] of sql.matchAll(/^create (function|view) (cb\.\w+)/gm)) {
		await subject.query(`drop ${String(kind)} if exists ${String(name)} cascade`);
	}
}

describe('a schema that this package does not know', () => {
	const unknown: readonly (readonly [name: string, change: string, message: RegExp])[] = [
		[
			'a newer one',
			`insert into cb.migration (number, name, checksum) values (${latest + 1}, 'later', 'x')`,
			/at version \d+, this @cb\/pg knows \d+\. Upgrade @cb\/pg/,
		],
		[
			'one whose history differs',
			`update cb.migration set checksum = 'x' where number = 3`,
			/Migration 3 \(accept\) in the database is not the one this @cb\/pg has/,
		],
	];

	it.each(unknown)(
		'%s is refused by migrate, checkSchema and a worker, and left as it is',
		async (_, change, message) => {
			const subject = await openBareDatabase(freshDatabase);
			await subject.query(change);
			const history = await subject.query('select * from cb.migration order by number');
			const backend = createPgBackend({ connection: subject.url });
			onTestFinished(() => backend.close());
			const worker = createWorker({ backend, domain: 'payments', handlers: createHandlers(), createDomain: true });

			for (const attempt of [() => migrate(subject.url), () => backend.checkSchema(), () => worker.start()]) {
				const error = await failureOf(attempt());
				expect(error).toMatchObject({ code: 'schema-mismatch', message: expect.stringMatching(message) as string });
			}
			expect((await migrationStatus(subject.url)).problem).toMatch(message);
			expect(await subject.query('select * from cb.migration order by number')).toEqual(history);
			expect(await subject.query('select * from cb.domain')).toEqual([]);
		},
	);

	it('a schema cb of somebody else is refused and left alone', async () => {
		const subject = await openBareDatabase();
		await subject.query('create schema cb; create table cb.command (id integer)');
		const before = await objectsIn(subject);

		const error = await failureOf(migrate(subject.url));

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message: expect.stringContaining('not of @cb/pg') as string,
		});
		expect(await objectsIn(subject)).toEqual(before);
	});

	it('an empty database is refused by checkSchema with what to run', async () => {
		const subject = await openBareDatabase();
		const backend = createPgBackend({ connection: subject.url });
		onTestFinished(() => backend.close());

		const error = await failureOf(backend.checkSchema());

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message: expect.stringContaining('cb migrate up') as string,
		});
		expect(await migrationStatus(subject.url)).toMatchObject({ schemaVersion: 0, pgmqVersion: undefined });
		expect((await migrationStatus(subject.url)).pending).toHaveLength(latest);
	});

	it('an older one is refused by checkSchema with what to run', async () => {
		const subject = await openBareDatabase(freshDatabase);
		await subject.query('delete from cb.migration where number = $1', [latest]);
		const backend = createPgBackend({ connection: subject.url });
		onTestFinished(() => backend.close());

		const error = await failureOf(backend.checkSchema());

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message: expect.stringContaining('cb migrate up') as string,
		});
		expect((await migrationStatus(subject.url)).pending).toHaveLength(1);
	});
});
