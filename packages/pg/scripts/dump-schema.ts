/**
 * Writes `sql/schema.snapshot.sql`: what the migrations make of an empty database, as the catalog prints it. Run it after a change of a migration
 * (`npm run schema:snapshot`) and review the difference: it is what users get.
 */
import { writeFileSync } from 'node:fs';
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import { Client } from 'pg';
import { migrate } from '../src/index.ts';
import { describeSchema, schemaText } from '../src/statements/describe-schema.ts';

const snapshotFile = new URL('../sql/schema.snapshot.sql', import.meta.url);

async function dumpSchema(databaseUrl: string): Promise<string> {
	await migrate(databaseUrl, { pgmq: 'script' });
	const client = new Client({ connectionString: databaseUrl });
	await client.connect();
	try {
		return schemaText(await describeSchema(client));
	} finally {
		await client.end();
	}
}

const server = await startPostgres();
try {
	const database = await createFreshDatabase(server.url);
	writeFileSync(snapshotFile, await dumpSchema(database.url));
	await database.drop();
} finally {
	await server.stop();
}
