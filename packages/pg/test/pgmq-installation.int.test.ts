/** How PGMQ gets into a database: as an extension, from the packaged script, or it was there; too old a one is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractPgmq } from '@cb/test-postgres';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrations } from '../src/generated/migrations.ts';
import { pgmqSql } from '../src/generated/pgmq.ts';
import { createPgBackend, migrate } from '../src/index.ts';
import { failureOf, objectsIn, openBareDatabase } from './bare-database.ts';
import type { BareDatabase } from './bare-database.ts';

const latest = migrations.length;

/** A directory that offers the extension to the databases that are told of it. */
function extensionDirectory(): string {
	const directory = mkdtempSync(join(tmpdir(), 'cb-pgmq-'));
	onTestFinished(() => {
		rmSync(directory, { recursive: true });
	});
	extractPgmq(directory);
	return directory;
}

async function offerExtension({ query, name }: BareDatabase, directory: string): Promise<void> {
	await query(`alter database ${name} set extension_control_path = '${directory}:$system'`);
}

/** As it was before 1.11: no topics. */
async function makeOldPgmq({ query }: BareDatabase): Promise<void> {
	await query(`create schema pgmq; create table pgmq.meta (queue_name varchar primary key)`);
}

describe('PGMQ', () => {
	it('comes as an extension where the server offers it', async () => {
		const subject = await openBareDatabase();
		await offerExtension(subject, extensionDirectory());

		const report = await migrate(subject.url);

		expect(report).toMatchObject({ pgmq: 'extension', pgmqVersion: '1.11.1', schemaVersion: latest });
		expect(await subject.query(`select extversion from pg_extension where extname = 'pgmq'`)).toEqual([
			{ extversion: '1.11.1' },
		]);
		await subject.query(`select cb.create_domain('payments'), cb.send('payments', 'Charge', '{}')`);
		expect(await migrate(subject.url)).toMatchObject({ applied: [], pgmq: 'extension' });
	});

	it('comes from the packaged script where one asks for it, also when the server offers the extension', async () => {
		const subject = await openBareDatabase();
		await offerExtension(subject, extensionDirectory());

		const report = await migrate(subject.url, { pgmq: 'script' });

		expect(report).toMatchObject({ pgmq: 'script', pgmqVersion: '1.11.1' });
		expect(await subject.query(`select from pg_extension where extname = 'pgmq'`)).toEqual([]);
	});

	it('is refused as an extension where the server has none, with the way out', async () => {
		const subject = await openBareDatabase();

		const error = await failureOf(migrate(subject.url, { pgmq: 'extension' }));

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message: expect.stringContaining('pgmq: "script"') as string,
		});
		expect(await objectsIn(subject)).toEqual([]);
	});

	it('is taken from the script where the server offers too old an extension', async () => {
		const subject = await openBareDatabase();
		await offerExtension(subject, oldExtensionDirectory());

		expect(await migrate(subject.url)).toMatchObject({ pgmq: 'script', pgmqVersion: '1.11.1' });
	});

	it('is used as it is where somebody ran its script by hand', async () => {
		const subject = await openBareDatabase();
		await subject.query(pgmqSql);

		const report = await migrate(subject.url);

		expect(report).toMatchObject({ pgmq: 'script', pgmqVersion: 'unknown, at least 1.11', schemaVersion: latest });
		const backend = createPgBackend({ connection: subject.url });
		onTestFinished(() => backend.close());
		await expect(backend.checkSchema()).resolves.toBeUndefined();
	});

	it('too old a script installation is refused with what to do, and left alone', async () => {
		const subject = await openBareDatabase();
		await makeOldPgmq(subject);
		const before = await objectsIn(subject);

		const error = await failureOf(migrate(subject.url));

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message: expect.stringMatching(/PGMQ in this database is .*older.*at least 1\.11 is needed/) as string,
		});
		expect(await objectsIn(subject)).toEqual(before);
	});

	it('too old an extension is refused with the statement that updates it', async () => {
		const subject = await openBareDatabase();
		await offerExtension(subject, oldExtensionDirectory());
		await subject.query('create extension pgmq');

		const error = await failureOf(migrate(subject.url));

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message:
				'The extension pgmq is 1.10.1, at least 1.11 is needed. Run "alter extension pgmq update" on this database.',
		});
	});

	it('that disappears after the migration is noticed by checkSchema', async () => {
		const subject = await openBareDatabase(freshDatabase);
		await subject.query('drop function pgmq.validate_routing_key(text) cascade');
		const backend = createPgBackend({ connection: subject.url });
		onTestFinished(() => backend.close());

		const error = await failureOf(backend.checkSchema());

		expect(error).toMatchObject({
			code: 'schema-mismatch',
			message: expect.stringContaining('at least 1.11') as string,
		});
	});
});

/** An extension pgmq 1.10.1, as small as it can be. */
function oldExtensionDirectory(): string {
	const directory = extensionDirectory();
	rmSync(join(directory, 'extension'), { recursive: true });
	extractPgmq(directory);
	for (const file of ['pgmq--1.11.1.sql', 'pgmq--1.10.1--1.11.0.sql']) rmSync(join(directory, 'extension', file));
	const control = `comment = 'old'\ndefault_version = '1.10.1'\nschema = 'pgmq'\nrelocatable = false\nsuperuser = false\n`;
	writeFileSync(join(directory, 'extension', 'pgmq.control'), control);
	writeFileSync(
		join(directory, 'extension', 'pgmq--1.10.1.sql'),
		'create table pgmq.meta (queue_name varchar primary key);',
	);
	return directory;
}
