/** Statements on the schema itself: which migrations are in, and which PGMQ. */
import type { EmbeddedMigration } from '../generated/migrations.ts';
import { asRows, flag, text, textOrNull } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

export interface AppliedMigration {
	readonly number: number;
	readonly name: string;
	readonly checksum: string;
}

/** What is known of the PGMQ in a database. */
export interface InstalledPgmq {
	/** `undefined` when the schema was made by a script that left no version. */
	readonly version: string | undefined;
	readonly kind: 'extension' | 'script';
	/** Whether it has what 1.11 brought. */
	readonly isComplete: boolean;
}

const lockText = `
	select pg_advisory_xact_lock(hashtext('cb.migrate'))`;

const prepareText = `
	create schema if not exists cb;
	create table if not exists cb.migration (
		number integer primary key,
		name text not null,
		checksum text not null,
		applied_at timestamptz not null default clock_timestamp()
	);
	create table if not exists cb.pgmq_installation (
		version text not null,
		installed_at timestamptz not null default clock_timestamp()
	)`;

const existsText = `
	select to_regclass('cb.migration') is not null as exists`;

const usedText = `
	select exists (select from pg_class c where c.relnamespace = to_regnamespace('cb')) as is_used`;

const appliedText = `
	select number, name, checksum
	from cb.migration
	order by number`;

const recordText = `
	insert into cb.migration (number, name, checksum)
	values ($1::integer, $2::text, $3::text)`;

const pgmqText = `
	select
		to_regclass('pgmq.meta') is not null as is_installed,
		(select x.extversion from pg_extension x where x.extname = 'pgmq') as extension_version,
		to_regprocedure('pgmq.validate_routing_key(text)') is not null as is_complete`;

const pgmqScriptText = `
	select version
	from cb.pgmq_installation
	order by installed_at desc
	limit 1`;

const offeredText = `
	select v.version
	from pg_available_extension_versions v
	where v.name = 'pgmq'`;

const recordPgmqText = `
	insert into cb.pgmq_installation (version)
	values ($1::text)`;

export async function lockMigrations(tx: Queryable): Promise<void> {
	await tx.query(lockText);
}

export async function prepareMigrations(tx: Queryable): Promise<void> {
	await tx.query(prepareText);
}

/** `undefined` when nothing of ours was ever migrated here. */
export async function readAppliedMigrations(db: Queryable): Promise<readonly AppliedMigration[] | undefined> {
	const { rows } = await db.query(existsText);
	if (!asRows(rows).some((row) => flag(row, 'exists'))) return undefined;
	return (await db.query(appliedText)).rows as readonly AppliedMigration[];
}

/** Whether anything at all lies in schema cb. */
export async function isSchemaUsed(db: Queryable): Promise<boolean> {
	const { rows } = await db.query(usedText);
	return asRows(rows).some((row) => flag(row, 'is_used'));
}

export async function applyMigration(tx: Queryable, migration: EmbeddedMigration): Promise<void> {
	await tx.query(migration.sql);
	await tx.query(recordText, [migration.number, migration.name, migration.checksum]);
}

export async function readInstalledPgmq(db: Queryable): Promise<InstalledPgmq | undefined> {
	const { rows } = await db.query(pgmqText);
	const [row] = asRows(rows);
	if (row === undefined || !flag(row, 'is_installed')) return undefined;
	const isComplete = flag(row, 'is_complete');
	const extensionVersion = textOrNull(row, 'extension_version');
	if (extensionVersion !== null) return { version: extensionVersion, kind: 'extension', isComplete };
	const hasRecord = (await readAppliedMigrations(db)) !== undefined;
	const recorded = hasRecord ? asRows((await db.query(pgmqScriptText)).rows)[0] : undefined;
	return { version: recorded === undefined ? undefined : text(recorded, 'version'), kind: 'script', isComplete };
}

/** Versions of the extension that the server could install. */
export async function readOfferedPgmqVersions(db: Queryable): Promise<readonly string[]> {
	const { rows } = await db.query(offeredText);
	return asRows(rows).map((row) => text(row, 'version'));
}

export async function createPgmqExtension(tx: Queryable, version: string): Promise<void> {
	// The version comes from the server's own catalog and is digits and dots: see the caller.
	await tx.query(`create extension pgmq with version '${version}'`);
}

export async function runPgmqScript(tx: Queryable, script: string, version: string): Promise<void> {
	await tx.query(script);
	await tx.query(recordPgmqText, [version]);
}
