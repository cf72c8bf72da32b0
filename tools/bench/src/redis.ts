/** The Redis that `CB_REDIS_URL` names, or one that this run starts where `redis-server` is installed; otherwise none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { configuredRedisUrl, programOnPath } from './config.ts';

export interface RedisServer {
	readonly url: string;
	readonly version: string;
	readonly settings: string;
	/** Empties the server before a measurement. */
	flush(): Promise<void>;
	stop(): Promise<void>;
}

export async function findRedis(): Promise<RedisServer | undefined> {
	const url = configuredRedisUrl();
	if (url !== undefined) return open(url, () => Promise.resolve());
	const program = programOnPath('redis-server');
	return program === undefined ? undefined : start(program);
}

/** Appends to a file and syncs it every second: what BullMQ's documentation asks for, less than what PostgreSQL promises. */
async function start(program: string): Promise<RedisServer> {
	const directory = mkdtempSync(join(tmpdir(), 'cb-redis-'));
	const port = await freePort();
	const settings = [
		'--appendonly',
		'yes',
		'--appendfsync',
		'everysec',
		'--save',
		'',
		'--maxmemory-policy',
		'noeviction',
	];
	const child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, ...settings], {
		stdio: 'ignore',
	});
	const endWithParent = (): void => void child.kill('SIGKILL');
	process.once('exit', endWithParent);
	return open(`redis://127.0.0.1:${String(port)}`, async () => {
		process.off('exit', endWithParent);
		child.kill('SIGKILL');
		await once(child, 'exit');
		rmSync(directory, { recursive: true, force: true });
	});
}

async function open(url: string, end: () => Promise<void>): Promise<RedisServer> {
	const client = new Redis(url);
	// Until a server that was just started listens; it is tried again.
	client.on('error', () => undefined);
	const version = /^redis_version:(.*)$/mu.exec(await client.info('server'))?.[1]?.trim() ?? 'unknown';
	const appendOnly = await setting(client, 'appendonly');
	const appendSync = await setting(client, 'appendfsync');
	return {
		url,
		version,
		settings: `appendonly ${appendOnly}, appendfsync ${appendSync}`,
		async flush() {
			await client.flushdb();
		},
		async stop() {
			client.disconnect();
			await end();
		},
	};
}

async function setting(client: Redis, name: string): Promise<string> {
	const [, value] = (await client.config('GET', name)) as readonly string[];
	return value ?? 'unknown';
}

async function freePort(): Promise<number> {
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const address = probe.address();
	probe.close();
	await once(probe, 'close');
	if (address === null || typeof address === 'string') throw new Error('The system gave no free port.');
	return address.port;
}
