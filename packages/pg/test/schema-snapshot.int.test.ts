/** The schema that the migrations make is the one that was reviewed: `npm run schema:snapshot` writes the file, this compares it. */
import { readFileSync } from 'node:fs';
import { emptyDatabase } from '@cb/test-postgres/vitest';
import { expect, it } from 'vitest';
import { schemaSnapshot } from '../src/generated/schema-snapshot.ts';
import { migrate } from '../src/index.ts';
import { describeSchema, schemaObjectsOf, schemaText } from '../src/statements/describe-schema.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase(emptyDatabase);
await migrate(database.url, { pgmq: 'script' });
const client = await database.connect();

it('the committed snapshot is the schema that the migrations make (npm run schema:snapshot rewrites it)', async () => {
	const committed = readFileSync(new URL('../sql/schema.snapshot.sql', import.meta.url), 'utf8');

	const made = schemaText(await describeSchema(client));

	expect(made).toBe(committed);
});

it('the package carries the committed snapshot, which diagnose compares databases with', () => {
	const committed = readFileSync(new URL('../sql/schema.snapshot.sql', import.meta.url), 'utf8');

	expect(schemaSnapshot).toBe(committed);
});

it('a snapshot can be read back object by object', async () => {
	const objects = await describeSchema(client);

	const readBack = schemaObjectsOf(schemaText(objects));

	expect(readBack).toEqual(objects.map(({ name, definition }) => ({ name, definition: definition.trimEnd() })));
});

it('describes the schema alike whatever the search path of the session is', async () => {
	await client.query('set search_path to cb, pgmq, public');

	expect(schemaText(await describeSchema(client))).toBe(schemaSnapshot);
});

it('does not depend on the domains a database has', async () => {
	await database.newDomain();

	expect(schemaText(await describeSchema(client))).toBe(schemaSnapshot);
});
