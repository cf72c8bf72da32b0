/** A server that restarts under load: what was promised is kept, and everybody comes back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@cb/test-postgres';
import type { PostgresServer } from '@cb/test-postgres';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPgBackend, migrate } from '../src/index.ts';
import { bookingTable, defineBook, exactly, startLoad, tallyOf } from './load.ts';

const isExternal = (process.env['CB_DATABASE_URL'] ?? '') !== '';

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	return typeof address === 'object' && address !== null ? address.port : 0;
}

interface RestartableServer {
	readonly url: string;
	restart(downMs: number): Promise<void>;
}

/** Stopped and forgotten when the test ends. */
async function startRestartable(): Promise<RestartableServer> {
	const dataDirectory = mkdtempSync(join(tmpdir(), 'cb-restart-'));
	const options = { dataDirectory, persistent: true, port: await freePort() };
	let server: PostgresServer = await startPostgres(options);
	onTestFinished(async () => {
		await server.stop();
		rmSync(dataDirectory, { recursive: true, force: true });
	});
	return {
		url: server.url,
		async restart(downMs) {
			await server.stop();
			await new Promise((resolve) => setTimeout(resolve, downMs));
			server = await startPostgres(options);
		},
	};
}

async function query(url: string, text: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		return (await client.query<Record<string, unknown>>(text, values)).rows;
	} finally {
		await client.end();
	}
}

describe.runIf(!isExternal)('a server that is restarted', () => {
	it('S3 under load: no command lost, no reply doubled, and workers recover', async () => {
		const server = await startRestartable();
		await migrate(server.url);
		await query(server.url, `select cb.create_domain('payments')`);
		await query(server.url, bookingTable);
		const backend = createPgBackend({ connection: server.url });
		onTestFinished(() => backend.close());
		const load = await startLoad(backend, defineBook('payments'), 10);

		for (const downMs of [0, 1_500]) {
			const before = load.sent.length;
			await expect.poll(() => load.sent.length).toBeGreaterThan(before + 20);
			await server.restart(downMs);
		}
		const recovered = load.sent.length;
		await expect.poll(() => load.sent.length).toBeGreaterThan(recovered + 20);
		await load.finish();

		expect(await tallyOf((text, values) => query(server.url, text, values), 'payments')).toEqual(
			exactly(load.sent.length),
		);
		await expect.poll(() => load.worker.health()).toMatchObject({ state: 'healthy', isListening: true, inFlight: 0 });
	}, 180_000);
});
