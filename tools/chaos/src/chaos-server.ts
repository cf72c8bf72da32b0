/** A PostgreSQL server of the run's own, which can be stopped in the middle of its work and started again with the same data and address. */
import { startPostgres } from '@cb/test-postgres';
import type { PostgresServer, StartPostgresOptions } from '@cb/test-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ChaosError } from './chaos-error.ts';
import { seen } from './waiting.ts';

export interface ChaosServer {
	/** Superuser access to the database `postgres`; the same after every start. */
	readonly url: string;
	/** `fast` ends sessions and shuts down; `immediate` is a crash: the next start recovers. Resolves when the server is gone. */
	stop(mode: 'fast' | 'immediate'): Promise<void>;
	/** Resolves when it accepts connections again. */
	start(): Promise<void>;
	/** Stops it and removes its data. */
	close(): Promise<void>;
}

/** Enough for the crew, and few enough to be taken by somebody else. */
const maxConnections = 110;
const goneWithinMs = 30_000;

export async function openServer(settings: StartPostgresOptions['settings'] = {}): Promise<ChaosServer> {
	const dataDirectory = await mkdtemp(join(tmpdir(), 'cb-chaos-'));
	const options: StartPostgresOptions = {
		dataDirectory,
		persistent: true,
		settings: { max_connections: maxConnections, ...settings },
	};
	let running: PostgresServer = await startPostgres(options);
	const { url } = running;
	const port = Number(new URL(url).port);
	return {
		url,
		async stop(mode) {
			if (mode === 'immediate') await crash(url);
			await running.stop();
		},
		async start() {
			running = await startPostgres({ ...options, port });
		},
		async close() {
			await running.stop();
			await rm(dataDirectory, { recursive: true, force: true });
		},
	};
}

/** What `pg_ctl stop --mode immediate` does: no checkpoint, no farewell. */
async function crash(url: string): Promise<void> {
	const pid = await processIdOf(url);
	process.kill(pid, 'SIGQUIT');
	const isGone = await seen(() => Promise.resolve(isRunning(pid) ? undefined : true), goneWithinMs);
	if (isGone === undefined) throw new ChaosError(`The server (process ${pid}) did not stop.`);
}

async function processIdOf(url: string): Promise<number> {
	const client = new Client({ connectionString: url });
	client.on('error', () => undefined);
	await client.connect();
	try {
		const { rows } = await client.query<{ pid: number }>(
			"select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::integer as pid",
		);
		const [{ pid } = { pid: 0 }] = rows;
		if (pid <= 1) throw new ChaosError('The server does not say which process it is.');
		return pid;
	} finally {
		await client.end().catch(() => undefined);
	}
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
