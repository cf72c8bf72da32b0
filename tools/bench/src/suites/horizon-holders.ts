/** Sessions that keep the server from removing dead rows, as a forgotten transaction or a long report does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** One transaction that has written and does nothing more; resolves with how to end it. */
export async function openTransaction(url: string): Promise<() => Promise<void>> {
	const client = await connect(url);
	await client.query('begin isolation level repeatable read');
	await client.query(`insert into business (number, note) values (0, 'a transaction that stays open')`);
	return async () => {
		await client.query('rollback');
		await client.end();
	};
}

interface Readers {
	readonly readers: number;
	/** How long each of them keeps its snapshot before it takes the next one. */
	readonly holdMs: number;
}

const queryEveryMs = 250;

/** Readers whose snapshots begin one after the other and overlap, so that one of them is always old. */
export async function holdSnapshots(url: string, { readers, holdMs }: Readers): Promise<() => Promise<void>> {
	const stopped = new AbortController();
	const clients = await Promise.all(Array.from({ length: readers }, () => connect(url)));
	const running = clients.map(async (client, index) => {
		await pause((index * holdMs) / readers, stopped.signal);
		while (!stopped.signal.aborted) await readOnce(client, holdMs, stopped.signal);
		await client.end();
	});
	return async () => {
		stopped.abort();
		await Promise.all(running);
	};
}

async function readOnce(client: Client, holdMs: number, signal: AbortSignal): Promise<void> {
	const end = performance.now() + holdMs;
	await client.query('begin isolation level repeatable read');
	while (performance.now() < end && !signal.aborted) {
		await client.query('select count(*) from business');
		await pause(queryEveryMs, signal);
	}
	await client.query('commit');
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
	await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function connect(url: string): Promise<Client> {
	const client = new Client({ connectionString: url });
	await client.connect();
	return client;
}
