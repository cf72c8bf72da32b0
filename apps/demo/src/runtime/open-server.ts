/** Finds or starts PostgreSQL, and brings its schemas up to date. */
import { createPgBackend, migrate } from '@cb/pg';
import { startPostgres } from '@cb/test-postgres';
import { join } from 'node:path';
import type { DemoConfig } from '../config.ts';
import { domains } from '../processes/catalogue.ts';
import { createDatabaseIfMissing } from '../statements/create-database.ts';
import { createDemoSchema } from '../statements/schema.ts';
import { openBusinessDatabase } from './business-database.ts';
import type { Closings } from './closings.ts';

/** The server that the configuration names, or an embedded one that keeps its data from run to run. */
export async function openServer(
	{ databaseUrl, dataDirectory }: Pick<DemoConfig, 'databaseUrl' | 'dataDirectory'>,
	closings: Closings,
): Promise<string> {
	if (databaseUrl !== undefined) return databaseUrl;
	const server = await startPostgres({ persistent: true, dataDirectory: join(dataDirectory, 'postgres') });
	closings.add('PostgreSQL', () => server.stop());
	await once(server.url, (db) => createDatabaseIfMissing(db, 'cb_demo'));
	const url = new URL(server.url);
	url.pathname = '/cb_demo';
	return url.href;
}

/** Migrates, creates the demo's tables and its domains. Harmless when repeated. */
export async function prepareDatabase(url: string): Promise<void> {
	await migrate(url);
	await once(url, (db) => db.transaction(createDemoSchema));
	const backend = createPgBackend({ connection: url, listen: false });
	try {
		for (const domain of domains) await backend.domains.create(domain);
	} finally {
		await backend.close();
	}
}

async function once<Result>(
	url: string,
	work: (db: ReturnType<typeof openBusinessDatabase>) => Promise<Result>,
): Promise<Result> {
	const db = openBusinessDatabase(url, { applicationName: 'demo: prepare', maxConnections: 1 });
	try {
		return await work(db);
	} finally {
		await db.close();
	}
}
