/** The next version of the packages, to be run beside this one. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Flags for Node that make a process one of the next version. */
export const nextVersion: readonly string[] = [`--import=${new URL('add-migration.ts', import.meta.url).href}`];

const run = promisify(execFile);

/** Migrates as a deploy does; resolves with what was said on the way. */
export async function migrateToNextVersion(databaseUrl: string): Promise<string> {
	const program = fileURLToPath(new URL('migrate.ts', import.meta.url));
	const { stdout, stderr } = await run(process.execPath, [...nextVersion, program, databaseUrl]);
	return `${stderr}${stdout}`;
}
