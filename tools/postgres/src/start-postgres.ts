/** Starts a PostgreSQL server that cannot outlive the process that asked for it. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { configuredDatabaseUrl, supervisorEnvironment } from './config.ts';
import { removeAll, type RunningServer, type ServerOptions } from './server.ts';
import type { SupervisorReport } from './supervisor.ts';

export interface StartPostgresOptions {
	/**
	 * Where the data lives. A relative path begins at the working directory. When root starts the server and its user cannot
	 * reach the path, the data lives below /var/tmp instead.
	 * @default a new temporary directory
	 */
	readonly dataDirectory?: string | undefined;
	/** Keep the data after stop(); the next start with the same directory finds it. @default false */
	readonly persistent?: boolean | undefined;
	/** @default a free port */
	readonly port?: number | undefined;
	/** Server settings, as in postgresql.conf. */
	readonly settings?: ServerOptions['settings'];
}

export interface PostgresServer {
	/** Superuser access to the database `postgres`. */
	readonly url: string;
	/** Stops the server; deletes its data unless it was to be kept. Harmless when called again. */
	stop(): Promise<void>;
}

type Supervisor = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Uses the server that `CB_DATABASE_URL` names (stop() then leaves it alone), else starts an embedded one, on loopback only.
 * The embedded server ends with stop(), and also when this process ends in any other way.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
	const configured = configuredDatabaseUrl();
	if (configured !== undefined) return { url: configured, stop: () => Promise.resolve() };

	const server = await superviseServer(options);
	return { url: server.url, stop: server.stop };
}

/** An embedded server under a supervisor of its own, whatever `CB_DATABASE_URL` says. */
export interface SupervisedServer extends RunningServer {
	readonly stop: () => Promise<void>;
	/** Ends the server with a signal of one's own; resolves when it and its supervisor are gone. */
	readonly kill: (signal: 'SIGQUIT' | 'SIGKILL') => Promise<void>;
}

export async function superviseServer(options: StartPostgresOptions): Promise<SupervisedServer> {
	const dataDirectory = options.dataDirectory === undefined ? undefined : resolve(options.dataDirectory);
	const supervisor = spawnSupervisor({ ...options, dataDirectory });
	const server = await readReport(supervisor);
	const endWithSupervisor = (): void => {
		abandon(server);
	};
	supervisor.once('exit', endWithSupervisor);
	letParentEnd(supervisor);
	return {
		...server,
		stop: () => stopSupervisor(supervisor.off('exit', endWithSupervisor)),
		async kill(signal) {
			supervisor.ref();
			const gone = once(supervisor, 'exit');
			process.kill(server.pid, signal);
			await gone;
		},
	};
}

function spawnSupervisor(options: StartPostgresOptions): Supervisor {
	const program = fileURLToPath(new URL('supervisor.ts', import.meta.url));
	return spawn(process.execPath, [program, JSON.stringify(options)], {
		cwd: '/',
		detached: true,
		stdio: ['pipe', 'pipe', 'ignore'],
		env: supervisorEnvironment(),
	});
}

async function readReport(supervisor: Supervisor): Promise<RunningServer> {
	for await (const line of createInterface({ input: supervisor.stdout })) {
		const report = JSON.parse(line) as SupervisorReport;
		if (report.kind === 'started') return report.server;
		throw new Error(report.message);
	}
	throw new Error('The process that runs PostgreSQL ended before the server was ready.');
}

/** A program that forgets stop() ends all the same, and the server after it. */
function letParentEnd(supervisor: Supervisor): void {
	supervisor.unref();
	for (const pipe of [supervisor.stdin, supervisor.stdout]) {
		pipe.on('error', () => undefined);
		if (pipe instanceof Socket) pipe.unref();
	}
}

async function stopSupervisor(supervisor: Supervisor): Promise<void> {
	if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
	supervisor.ref();
	supervisor.stdin.end();
	await once(supervisor, 'exit');
}

/** The supervisor was killed while its parent lives: the parent cleans up instead. */
function abandon(server: RunningServer): void {
	try {
		process.kill(server.pid, 'SIGINT');
	} catch {
		// It is gone already, which is what was wanted.
	}
	removeAll(server.temporaryDirectories);
}
