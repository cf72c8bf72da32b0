/**
 * Gets PGMQ into a database: as an extension where the server offers 1.11, from the packaged script where it does not (managed services). A
 * PGMQ that is there already is used as it is, or refused when it is too old.
 */
import { SchemaMismatchError } from '@cb/core';
import { pgmqSql, pgmqVersion } from './generated/pgmq.ts';
import type { Queryable } from './queryable.ts';
import {
	createPgmqExtension,
	readInstalledPgmq,
	readOfferedPgmqVersions,
	runPgmqScript,
} from './statements/migrations.ts';
import type { InstalledPgmq } from './statements/migrations.ts';

export type PgmqChoice = 'auto' | 'extension' | 'script';

const requiredVersion = '1.11';

/** In the migration's transaction. Throws `SchemaMismatchError` for one that is too old, or an extension that is not to be had. */
export async function installPgmq(
	tx: Queryable,
	choice: PgmqChoice,
	onProgress?: (step: string) => void,
): Promise<InstalledPgmq> {
	const present = await readInstalledPgmq(tx);
	if (present !== undefined) {
		const problem = pgmqProblem(present);
		if (problem !== undefined) throw new SchemaMismatchError(problem);
		return present;
	}
	const offered = choice === 'script' ? undefined : newestOf(await readOfferedPgmqVersions(tx));
	if (offered !== undefined) {
		onProgress?.(`extension pgmq ${offered}`);
		await createPgmqExtension(tx, offered);
		return { version: offered, kind: 'extension', isComplete: true };
	}
	if (choice === 'extension') {
		throw new SchemaMismatchError(
			`This server does not offer the extension pgmq ${requiredVersion} or newer. Install it on the server, or migrate with pgmq: "script".`,
		);
	}
	onProgress?.(`pgmq ${pgmqVersion} from the packaged script`);
	await runPgmqScript(tx, pgmqSql, pgmqVersion);
	return { version: pgmqVersion, kind: 'script', isComplete: true };
}

/** Why this PGMQ cannot be used, and what to run. */
export function pgmqProblem(pgmq: InstalledPgmq | undefined): string | undefined {
	if (pgmq === undefined) return 'PGMQ is not installed in this database. Run "cb migrate up" or call migrate().';
	if (pgmq.isComplete && (pgmq.version === undefined || isNewEnough(pgmq.version))) return undefined;
	const found = pgmq.version ?? 'of an unknown, older version';
	return pgmq.kind === 'extension'
		? `The extension pgmq is ${found}, at least ${requiredVersion} is needed. Run "alter extension pgmq update" on this database.`
		: `The PGMQ in this database is ${found}, at least ${requiredVersion} is needed. Upgrade its script installation first.`;
}

function newestOf(versions: readonly string[]): string | undefined {
	return versions
		.filter((version) => /^\d+(\.\d+)*$/.test(version) && isNewEnough(version))
		.sort(compareVersions)
		.at(-1);
}

function isNewEnough(version: string): boolean {
	return compareVersions(version, requiredVersion) >= 0;
}

function compareVersions(a: string, b: string): number {
	return a.localeCompare(b, 'en', { numeric: true });
}
