/** A migrated database on a server of its own: for tests that run on the built packages and kill what they started. */
import { migrate } from '@cb/pg';
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { OpenedDatabase } from './scene.ts';

export async function databaseOnOwnServer(): Promise<OpenedDatabase> {
	const server = await startPostgres();
	const database = await createFreshDatabase(server.url);
	await migrate(database.url);
	return {
		url: database.url,
		async drop() {
			await database.drop();
			await server.stop();
		},
	};
}
