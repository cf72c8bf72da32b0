/** The examples of docs/how-to/upgrade.md. */
import { createPgBackend, migrate, migrationStatus } from '@cb/pg';
import { emptyDatabase } from '@cb/test-postgres/vitest';
import { expect, it } from 'vitest';

it('says what is missing, and brings it', async () => {
	const database = await emptyDatabase();
	const databaseUrl = database.url;
	const backend = createPgBackend({ connection: databaseUrl });
	await expect(backend.checkSchema()).rejects.toMatchObject({ code: 'schema-mismatch' });

	// #region migrate
	const { pending, problem } = await migrationStatus(databaseUrl); // looks, and changes nothing
	const { applied, pgmq } = await migrate(databaseUrl); // safe to run from every process at once
	// #endregion migrate

	expect(pending.map(({ number }) => number)).toEqual(applied.map(({ number }) => number));
	expect(problem).toMatch(/migrate/u);
	expect(['extension', 'script']).toContain(pgmq);
	await expect(backend.checkSchema()).resolves.toBeUndefined();
	await backend.close();
	await database.drop();
});
