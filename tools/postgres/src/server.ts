/** One PostgreSQL server process and its data directory, as the supervisor runs it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reachableBinaries, serverUser, type Binaries, type ServerUser } from './binaries.ts';

export interface ServerOptions {
	readonly dataDirectory?: string | undefined;
	readonly persistent?: boolean | undefined;
	readonly port?: number | undefined;
	readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface RunningServer {
	readonly url: string;
	readonly pid: number;
	readonly dataDirectory: string;
	/** What stop() deletes, so that somebody else can do it if nobody is left to call stop(). */
	readonly temporaryDirectories: readonly string[];
}

export interface Server extends RunningServer {
	readonly exited: Promise<void>;
	stop(): Promise<void>;
}

interface Preparation {
	readonly scratch: string;
	readonly dataDirectory: string;
	readonly user: ServerUser | undefined;
}

interface Cluster {
	readonly binaries: Binaries;
	readonly user: ServerUser | undefined;
	readonly dataDirectory: string;
	readonly password: string;
}

const defaultSettings = {
	listen_addresses: '127.0.0.1',
	unix_socket_directories: '',
	max_connections: 200,
	fsync: true,
	synchronous_commit: true,
	timezone: 'UTC',
	log_timezone: 'UTC',
};
const startAttempts = 5;
const startTimeoutMs = 60_000;
const pollIntervalMs = 20;

export async function startServer(options: ServerOptions): Promise<Server> {
	const scratch = mkdtempSync(join(tmpdir(), 'cb-postgres-'));
	const temporaryDirectories = [scratch];
	try {
		chmodSync(scratch, 0o711);
		const user = serverUser();
		const dataDirectory = ownDirectory(options.dataDirectory ?? join(scratch, 'data'), user);
		const isKept = options.persistent === true || existsSync(join(dataDirectory, 'PG_VERSION'));
		if (!isKept) temporaryDirectories.push(dataDirectory);
		const cluster = prepareCluster({ scratch, dataDirectory, user });
		const { child, port } = await launch(cluster, options);
		return runningServer({ child, port, cluster, temporaryDirectories });
	} catch (error) {
		removeAll(temporaryDirectories);
		throw error;
	}
}

export function removeAll(directories: readonly string[]): void {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Makes a directory that belongs to the server's user. A checkout below a closed home directory is out of reach for that user;
 * then the data lives in a directory of the system that is always the same for the same checkout.
 */
function ownDirectory(path: string, user: ServerUser | undefined): string {
	mkdirSync(path, { recursive: true, mode: 0o700 });
	if (user === undefined) return path;
	chownSync(path, user.uid, user.gid);
	if (spawnSync('test', ['-x', path], { ...user }).status === 0) return path;
	const replacement = join('/var/tmp', `cb-postgres-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);
	mkdirSync(replacement, { recursive: true, mode: 0o700 });
	if (![0, user.uid].includes(statSync(replacement).uid)) throw new Error(`"${replacement}" belongs to somebody else.`);
	chownSync(replacement, user.uid, user.gid);
	return replacement;
}

function prepareCluster({ scratch, dataDirectory, user }: Preparation): Cluster {
	const binaries = reachableBinaries(user, join(scratch, 'binaries'));
	const passwordFile = join(dataDirectory, 'superuser.password');
	if (existsSync(join(dataDirectory, 'PG_VERSION'))) {
		return { binaries, user, dataDirectory, password: readFileSync(passwordFile, 'utf8') };
	}
	const cluster = { binaries, user, dataDirectory, password: randomBytes(18).toString('base64url') };
	initialise(cluster, join(scratch, 'password'));
	writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
	return cluster;
}

function initialise({ binaries, user, dataDirectory, password }: Cluster, passwordFile: string): void {
	writeFileSync(passwordFile, password, { mode: 0o600 });
	if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
	const result = spawnSync(
		binaries.initdb,
		[
			`--pgdata=${dataDirectory}`,
			'--username=postgres',
			'--auth=scram-sha-256',
			`--pwfile=${passwordFile}`,
			'--encoding=UTF8',
			'--locale=C',
			'--locale-provider=builtin',
			'--builtin-locale=C.UTF-8',
			'--no-sync',
			'--no-instructions',
		],
		{ ...user, cwd: '/', encoding: 'utf8' },
	);
	if (result.status !== 0) {
		const reason = result.error?.message ?? result.stderr;
		throw new Error(
			`initdb could not create "${dataDirectory}": ${reason.trim()}${user === undefined ? '' : ` (as user id ${String(user.uid)}, because PostgreSQL does not run as root)`}`,
		);
	}
}

interface Launched {
	readonly child: ChildProcess;
	readonly port: number;
}

/** A port that was free a moment ago may be taken by now; then the next one is tried. */
async function launch(cluster: Cluster, options: ServerOptions): Promise<Launched> {
	for (let attempt = 1; ; attempt++) {
		const port = options.port ?? (await freePort());
		const child = spawnPostgres(cluster, port, options.settings ?? {});
		if (await becomesReady(child, cluster.dataDirectory)) return { child, port };
		const log = readFileSync(logFile(cluster.dataDirectory), 'utf8').trim().split('\n').slice(-15).join('\n');
		const isPortTaken = options.port === undefined && log.includes('could not bind');
		if (!isPortTaken || attempt === startAttempts) throw new Error(`PostgreSQL did not start:\n${log}`);
	}
}

function spawnPostgres(cluster: Cluster, port: number, settings: NonNullable<ServerOptions['settings']>): ChildProcess {
	const log = openSync(logFile(cluster.dataDirectory), 'w', 0o600);
	const flags = Object.entries({ ...defaultSettings, ...settings, port }).flatMap(([name, value]) => [
		'-c',
		`${name}=${String(value)}`,
	]);
	try {
		return spawn(cluster.binaries.postgres, ['-D', cluster.dataDirectory, ...flags], {
			...cluster.user,
			cwd: '/',
			stdio: ['ignore', log, log],
		});
	} finally {
		closeSync(log);
	}
}

/** The server itself notes in postmaster.pid when it accepts connections. */
async function becomesReady(child: ChildProcess, dataDirectory: string): Promise<boolean> {
	child.on('error', () => undefined);
	const deadline = performance.now() + startTimeoutMs;
	while (isRunning(child) && performance.now() < deadline) {
		if (isReady(child, join(dataDirectory, 'postmaster.pid'))) return true;
		await sleep(pollIntervalMs);
	}
	if (isRunning(child)) child.kill('SIGQUIT');
	return false;
}

/** A program that could not be started has no process id. */
function isRunning(child: ChildProcess): boolean {
	return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function isReady(child: ChildProcess, pidFile: string): boolean {
	if (!existsSync(pidFile)) return false;
	const lines = readFileSync(pidFile, 'utf8').split('\n');
	return lines[0] === String(child.pid) && lines[7]?.startsWith('ready') === true;
}

interface Owned extends Launched {
	readonly cluster: Cluster;
	readonly temporaryDirectories: readonly string[];
}

function runningServer({ child, port, cluster, temporaryDirectories }: Owned): Server {
	const exited = isRunning(child) ? once(child, 'exit').then(() => undefined) : Promise.resolve();
	return {
		url: `postgres://postgres:${cluster.password}@127.0.0.1:${String(port)}/postgres`,
		pid: child.pid ?? 0,
		dataDirectory: cluster.dataDirectory,
		temporaryDirectories,
		exited,
		async stop() {
			child.kill('SIGINT');
			await exited;
			removeAll(temporaryDirectories);
		},
	};
}

function logFile(dataDirectory: string): string {
	return join(dataDirectory, 'server.log');
}

export async function freePort(): Promise<number> {
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const address = probe.address();
	probe.close();
	await once(probe, 'close');
	if (address === null || typeof address === 'string') throw new Error('The system gave no free port.');
	return address.port;
}
