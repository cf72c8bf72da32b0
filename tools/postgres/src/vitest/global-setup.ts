/** For a vitest `globalSetup` file: one server and one template per run. */
import { randomBytes } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createTemplate } from '../database.ts';
import { startPostgres } from '../start-postgres.ts';

declare module 'vitest' {
	interface ProvidedContext {
		postgresUrl: string;
		postgresTemplate: string;
	}
}

type Teardown = () => Promise<void>;

/** `prepare` fills the template that every `freshDatabase()` copies: usually the migrations. */
export function providePostgres(
	prepare: (databaseUrl: string) => Promise<void>,
): (project: TestProject) => Promise<Teardown> {
	return async (project) => {
		// Every test copies a database; nobody needs the copies after a crash of the machine.
		const dataDirectory = memoryDirectory();
		const server = await startPostgres({
			...(dataDirectory !== undefined && { dataDirectory }),
			settings: { fsync: false, full_page_writes: false, max_wal_size: '256MB' },
		});
		try {
			const template = await createTemplate(server.url, 'cb_template', prepare);
			project.provide('postgresUrl', server.url);
			project.provide('postgresTemplate', template.name);
			return async () => {
				await template.drop();
				await server.stop();
			};
		} catch (error) {
			await server.stop();
			throw error;
		}
	};
}

const memory = '/dev/shm';
const neededBytes = 4 * 2 ** 30;

/** A folder in memory, where there is one with room: copying a database for each test is mostly writing files. */
function memoryDirectory(): string | undefined {
	try {
		const { bavail, bsize } = statfsSync(memory);
		return bavail * bsize < neededBytes ? undefined : join(memory, `cb-postgres-${randomBytes(6).toString('hex')}`);
	} catch {
		return undefined;
	}
}
