/** For a vitest `globalSetup` file: one server and one template per run. */
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
		const server = await startPostgres({ settings: { fsync: false, full_page_writes: false } });
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
