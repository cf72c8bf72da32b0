/** For test files of a project whose global setup is made by `providePostgres`. */
import { inject } from 'vitest';
import { createFreshDatabase, type Database } from '../database.ts';
import './global-setup.ts';

/** A copy of the prepared template. Drop it when the file is done. */
export async function freshDatabase(): Promise<Database> {
	return createFreshDatabase(inject('postgresUrl'), inject('postgresTemplate'));
}

/** A database without anything in it, for tests of the installation itself. */
export async function emptyDatabase(): Promise<Database> {
	return createFreshDatabase(inject('postgresUrl'));
}
