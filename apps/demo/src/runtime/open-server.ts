/** Finds or starts PostgreSQL, and brings its schemas up to date. */
import { ConfigurationError, isCommandBusError } from '@cb/core';
import { createPgBackend, migrate } from '@cb/pg';
import { startPostgres } from '@cb/test-postgres';
import { join } from 'node:path';
import type { DemoConfig } from '../config.ts';
import { domains } from '../processes/catalogue.ts';
import { createDatabaseIfMissing } from '../statements/create-database.ts';
import { readDataDirectory } from '../statements/read-data-directory.ts';
import { createDemoSchema } from '../statements/schema.ts';
import { openBusinessDatabase } from './business-database.ts';
import type { Closings } from './closings.ts';

export interface DatabaseServer {
	readonly url: string;
	/** Of the embedded server, which keeps it from run to run. */
	readonly dataDirectory?: string | undefined;
}

/** The server that the configuration names, or an embedded one that keeps its data from run to run. */
export async function openServer(
	{ databaseUrl, dataDirectory }: Pick<DemoConfig, 'databaseUrl' | 'dataDirectory'>,
	closings: Closings,
): Promise<DatabaseServer> {
	if (databaseUrl !== undefined) return { url: databaseUrl };
	const server = await startPostgres({ persistent: true, dataDirectory: join(dataDirectory, 'postgres') });
	closings.add('PostgreSQL', () => server.stop());
	const realDirectory = await once(server.url, async (db) => {
		await createDatabaseIfMissing(db, 'cb_demo');
		return readDataDirectory(db);
	});
	const url = new URL(server.url);
	url.pathname = '/cb_demo';
	return { url: url.href, dataDirectory: realDirectory };
}

/** Migrates, creates the demo's tables and its domains. Harmless when repeated. */
export async function prepareDatabase({ url, dataDirectory }: DatabaseServer): Promise<void> {
	try {
		await migrate(url);
	} catch (error) {
		if (dataDirectory === undefined || !isCommandBusError(error, 'schema-mismatch')) throw error;
		throw new ConfigurationError(`the data in ${dataDirectory} are of another version. Delete them to begin anew.`, {
			cause: error,
		});
	}
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
