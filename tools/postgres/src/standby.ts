/** A synchronous standby of a server: what the primary acknowledged is on it, so that it can take over without losing anything. */
import { chown, cp, readdir, readlink, symlink, unlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { serverUser } from './binaries.ts';
import { startRestartableServer, type RestartableServer } from './restartable-server.ts';

export interface Standby extends RestartableServer {
	/** Makes it a primary. Resolves when it takes writes. */
	promote(): Promise<void>;
}

export interface StandbyOptions {
	/** Where its copy of the primary's tablespace lies; a primary that has one (it may have one at most) needs it. */
	readonly tablespaceLocation?: string | undefined;
}

const standbyName = 'cb_standby';
const pollIntervalMs = 50;
const longestWaitMs = 30_000;

/**
 * Copies the running server, follows it, and lets its commits wait for the copy from then on. While the standby is away, commits of the
 * primary hang, as they must.
 */
export async function startStandby(
	primary: Pick<RestartableServer, 'url' | 'dataDirectory'>,
	{ tablespaceLocation }: StandbyOptions = {},
): Promise<Standby> {
	const { hostname, port, username, password } = new URL(primary.url);
	await run(primary.url, createSlotText, [standbyName]);
	const standby = await startRestartableServer({
		prepare: (dataDirectory) => copyRunning(primary, dataDirectory, tablespaceLocation),
		settings: {
			primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password} application_name=${standbyName}`,
			primary_slot_name: standbyName,
			// A primary that comes back finds it soon: until then its commits wait.
			wal_retrieve_retry_interval: '100ms',
		},
	});
	try {
		await run(primary.url, `alter system set synchronous_standby_names = '${standbyName}'`);
		await run(primary.url, 'select pg_reload_conf()');
		await until(primary.url, isSynchronousText);
	} catch (error) {
		await standby.close();
		throw error;
	}
	return {
		...standby,
		async promote() {
			await run(standby.url, 'select pg_promote()');
			await until(standby.url, takesWritesText);
		},
	};
}

/** Nobody waits for a standby any more: for a primary that goes on alone. */
export async function forgetStandby(primary: Pick<RestartableServer, 'url'>): Promise<void> {
	await run(primary.url, 'alter system reset synchronous_standby_names');
	await run(primary.url, 'select pg_reload_conf()');
	await run(primary.url, dropSlotText, [standbyName]);
}

const createSlotText = 'select pg_create_physical_replication_slot($1::name, true)';
const dropSlotText =
	'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1::name and not active';
const isSynchronousText = `select exists (select from pg_stat_replication where sync_state = 'sync' and state = 'streaming') as holds`;
const takesWritesText = 'select not pg_is_in_recovery() as holds';
const beginCopyText = `select pg_backup_start('standby', fast => true)`;
const endCopyText = 'select labelfile from pg_backup_stop(wait_for_archive => false)';

/** Everything that changes while it is copied is put right by the log, which begins at the label. */
async function copyRunning(
	{ url, dataDirectory }: Pick<RestartableServer, 'url' | 'dataDirectory'>,
	to: string,
	tablespaceLocation: string | undefined,
): Promise<void> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		await client.query(beginCopyText);
		await cp(dataDirectory, to, { recursive: true, filter: (path) => !isPrimarysOwn(relative(dataDirectory, path)) });
		await moveTablespace(join(to, 'pg_tblspc'), tablespaceLocation);
		const { rows } = await client.query<{ labelfile: string }>(endCopyText);
		await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
		await writeFile(join(to, 'standby.signal'), '');
		await giveToServer(to);
	} finally {
		await client.end();
	}
}

/** What was copied of a tablespace is the link to the primary's own files, which the standby must never write to. */
async function moveTablespace(links: string, location: string | undefined): Promise<void> {
	const [name, ...others] = await readdir(links);
	if (name === undefined) return;
	if (location === undefined || others.length > 0) {
		throw new Error('A standby can have a copy of one tablespace, and has to be told where.');
	}
	const link = join(links, name);
	await cp(await readlink(link), location, { recursive: true });
	await giveToServer(location);
	await unlink(link);
	await symlink(location, link);
}

/** Its process, its log and its slots; the directories themselves are needed. */
function isPrimarysOwn(path: string): boolean {
	return path === 'postmaster.pid' || /^(?:pg_wal|pg_replslot)./u.test(path);
}

async function giveToServer(directory: string): Promise<void> {
	const user = serverUser();
	if (user === undefined) return;
	const entries = await readdir(directory, { recursive: true });
	await Promise.all(
		[directory, ...entries.map((name) => join(directory, name))].map((path) => chown(path, user.uid, user.gid)),
	);
}

async function until(url: string, text: string): Promise<void> {
	const deadline = performance.now() + longestWaitMs;
	while (performance.now() < deadline) {
		const [row] = await run(url, text);
		if (row?.['holds'] === true) return;
		await sleep(pollIntervalMs);
	}
	throw new Error(`In ${String(longestWaitMs)} ms this did not come true: ${text}`);
}

async function run(
	url: string,
	text: string,
	values: readonly string[] = [],
): Promise<readonly Record<string, unknown>[]> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		return (await client.query<Record<string, unknown>>(text, [...values])).rows;
	} finally {
		await client.end();
	}
}
