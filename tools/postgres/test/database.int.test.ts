import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase, freshDatabase } from '@cb/test-postgres/vitest';
import { Client } from 'pg';
import { expect, inject, it } from 'vitest';
import { createTemplate, extractPgmq } from '../src/index.ts';

async function query(url: string, text: string): Promise<readonly unknown[]> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		return (await client.query<Record<string, unknown>>(text)).rows;
	} finally {
		await client.end();
	}
}

it('gives every caller a database of its own', async () => {
	const [first, second] = await Promise.all([freshDatabase(), freshDatabase()]);

	await query(first.url, 'create table only_here ()');

	expect(await query(second.url, `select to_regclass('only_here') as found`)).toEqual([{ found: null }]);
	await Promise.all([first.drop(), second.drop()]);
});

it('drops a database although somebody is still connected', async () => {
	const database = await emptyDatabase();
	const client = new Client({ connectionString: database.url });
	client.on('error', () => undefined);
	await client.connect();

	await database.drop();

	await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
});

it('leaves no template behind when preparing it fails', async () => {
	const refuse = (): Promise<void> => Promise.reject(new TypeError('refused'));

	await expect(createTemplate(inject('postgresUrl'), 'cb_refused', refuse)).rejects.toThrow('refused');

	const left = await query(inject('postgresUrl'), `select datname from pg_database where datname like 'cb_refused%'`);
	expect(left).toEqual([]);
});

it('offers PGMQ as an extension from unpacked files', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'cb-pgmq-'));
	const database = await emptyDatabase();
	extractPgmq(directory);

	await query(database.url, `alter database ${database.name} set extension_control_path = '${directory}:$system'`);
	await query(database.url, 'create extension pgmq');

	expect(await query(database.url, `select extversion from pg_extension where extname = 'pgmq'`)).toEqual([
		{ extversion: '1.11.1' },
	]);
	await database.drop();
	rmSync(directory, { recursive: true });
});
