/**
 * Brings a database to the schema this package was built with: PGMQ first, then the numbered migrations, all in one transaction under an
 * advisory lock. Forward only; what was applied is never changed, which its checksum proves. Two processes that start at once: one
 * migrates, the other waits and finds nothing to do. A crash leaves the database as it was.
 */
import { SchemaMismatchError } from '@cb/core';
import type { ClientConfig } from 'pg';
import { migrations } from './generated/migrations.ts';
import { installPgmq, pgmqProblem } from './install-pgmq.ts';
import type { PgmqChoice } from './install-pgmq.ts';
import type { Queryable } from './queryable.ts';
import { withClient } from './with-client.ts';
import {
	applyMigration,
	isSchemaUsed,
	lockMigrations,
	prepareMigrations,
	readAppliedMigrations,
	readInstalledPgmq,
} from './statements/migrations.ts';
import type { AppliedMigration } from './statements/migrations.ts';

export interface MigrateOptions {
	/** How PGMQ gets in where it is missing: `auto` takes the extension where the server offers 1.11, else the packaged script. @default 'auto' */
	readonly pgmq?: PgmqChoice;
	/** Called before each step, for people who wait. */
	readonly onProgress?: (step: string) => void;
}

export interface MigrationName {
	readonly number: number;
	readonly name: string;
}

export interface MigrationReport {
	/** What this call applied; empty when everything was in place. */
	readonly applied: readonly MigrationName[];
	readonly schemaVersion: number;
	readonly pgmq: 'extension' | 'script';
	readonly pgmqVersion: string;
}

export interface MigrationStatus {
	/** Number of the newest migration in the database; 0 when there is none. */
	readonly schemaVersion: number;
	/** Number of the newest migration this package has. */
	readonly latestVersion: number;
	readonly pending: readonly MigrationName[];
	readonly pgmqVersion: string | undefined;
	/** Why this package cannot work on the database, and what to run; absent when it can. */
	readonly problem?: string | undefined;
}

/** Throws `SchemaMismatchError` when the database is newer, unknown or has an old PGMQ, `StoreError` when it cannot be reached. Then nothing changed. */
export async function migrate(
	connection: string | ClientConfig,
	options: MigrateOptions = {},
): Promise<MigrationReport> {
	return withClient(connection, async (client) => {
		await client.query('begin isolation level read committed');
		try {
			const report = await migrateIn(client, options);
			await client.query('commit');
			return report;
		} catch (error) {
			await client.query('rollback').catch(() => undefined);
			throw error;
		}
	});
}

/** Looks, and changes nothing. */
export async function migrationStatus(connection: string | ClientConfig): Promise<MigrationStatus> {
	return withClient(connection, readMigrationStatus);
}

async function migrateIn(tx: Queryable, { pgmq = 'auto', onProgress }: MigrateOptions): Promise<MigrationReport> {
	await lockMigrations(tx);
	const known = await readAppliedMigrations(tx);
	const before = known ?? [];
	const problem = known === undefined ? await foreignProblem(tx) : historyProblem(before);
	if (problem !== undefined) throw new SchemaMismatchError(problem);
	await prepareMigrations(tx);
	const installed = await installPgmq(tx, pgmq, onProgress);
	const pending = pendingAfter(before);
	for (const migration of pending) {
		onProgress?.(`migration ${String(migration.number)} ${migration.name}`);
		await applyMigration(tx, migration);
	}
	return {
		applied: pending.map(({ number, name }) => ({ number, name })),
		schemaVersion: migrations.length,
		pgmq: installed.kind,
		pgmqVersion: installed.version ?? 'unknown, at least 1.11',
	};
}

export async function readMigrationStatus(db: Queryable): Promise<MigrationStatus> {
	const applied = (await readAppliedMigrations(db)) ?? [];
	const pgmq = await readInstalledPgmq(db);
	const pending = pendingAfter(applied).map(({ number, name }) => ({ number, name }));
	return {
		schemaVersion: applied.length,
		latestVersion: migrations.length,
		pending,
		pgmqVersion: pgmq?.version,
		problem: historyProblem(applied) ?? pendingProblem(pending, applied.length) ?? pgmqProblem(pgmq),
	};
}

function pendingAfter(applied: readonly AppliedMigration[]): typeof migrations {
	return migrations.slice(applied.length);
}

function historyProblem(applied: readonly AppliedMigration[]): string | undefined {
	if (applied.length > migrations.length) {
		return (
			`The database's schema cb is at version ${String(applied.length)}, this @cb/pg knows ${String(migrations.length)}. ` +
			'Upgrade @cb/pg in this process; a schema never goes back.'
		);
	}
	const changed = applied.find((migration, index) => migration.checksum !== migrations[index]?.checksum);
	if (changed === undefined) return undefined;
	return (
		`Migration ${String(changed.number)} (${changed.name}) in the database is not the one this @cb/pg has: the schema is unknown. ` +
		'Use the @cb/pg that made it, or a database of its own.'
	);
}

async function foreignProblem(tx: Queryable): Promise<string | undefined> {
	if (!(await isSchemaUsed(tx))) return undefined;
	return 'This database has a schema cb that is not of @cb/pg. Rename or drop it, or use a database of its own.';
}

function pendingProblem(pending: readonly MigrationName[], version: number): string | undefined {
	if (pending.length === 0) return undefined;
	return (
		`The database's schema cb is at version ${String(version)}, this @cb/pg needs ${String(migrations.length)}. ` +
		'Run "cb migrate up" or call migrate() once before starting.'
	);
}
