/**
 * The bare substrate without state, history, retries or replies: `pgmq.send`, and a loop of `pgmq.read(100)` and `pgmq.delete(array)`.
 * https://pgmq.github.io/pgmq/latest/api/sql/functions/
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@cb/pg';
import { Pool } from 'pg';
import { countRows } from './left-check.ts';
import type { Consumer, ConsumerOptions, Payload, Sender, System } from './system.ts';

const connections = 20;
const readCount = 100;
const pollIntervalMs = 5;

export const bare: System = {
	name: 'bare',
	label: 'bare PGMQ',
	packages: [],
	settings: { connections, readCount, pollIntervalMs },
	async prepare(url) {
		// Installs the same PGMQ; our own tables stay empty.
		await migrate(url);
		const pool = new Pool({ connectionString: url, max: 1 });
		await pool.query(`select pgmq.create('bench')`);
		await pool.end();
	},
	countOpen: (url) => countRows(url, 'select 1 from pgmq.q_bench'),
	openSender: (url) => Promise.resolve(openSender(url)),
	openConsumer: (url, options) => Promise.resolve(openConsumer(url, options)),
};

const sendText = `select pgmq.send(queue_name => 'bench', msg => $1::jsonb)`;

function openSender(url: string): Sender {
	const pool = new Pool({ connectionString: url, max: connections });
	return {
		send: (payload) => pool.query({ name: 'send', text: sendText, values: [JSON.stringify(payload)] }),
		sendInTransaction: (client, payload) =>
			client.query({ name: 'send', text: sendText, values: [JSON.stringify(payload)] }),
		sendMany: (payloads) =>
			pool.query(`select pgmq.send_batch(queue_name => 'bench', msgs => $1::jsonb[])`, [
				payloads.map((payload) => JSON.stringify(payload)),
			]),
		close: () => pool.end(),
	};
}

interface Message {
	readonly msg_id: string;
	readonly message: Payload;
}

function openConsumer(url: string, { handle }: ConsumerOptions): Consumer {
	const pool = new Pool({ connectionString: url, max: 1 });
	let unsettled = 0;
	const stopped = new AbortController();
	async function readOnce(): Promise<number> {
		const { rows } = await pool.query<Message>({
			name: 'read',
			text: `select msg_id, message from pgmq.read(queue_name => 'bench', vt => 30, qty => $1::integer)`,
			values: [readCount],
		});
		if (rows.length === 0) return 0;
		unsettled += rows.length;
		await Promise.all(rows.flatMap(({ message }) => handle(message) ?? []));
		await pool.query({
			name: 'delete',
			text: `select pgmq.delete(queue_name => 'bench', msg_ids => $1::bigint[])`,
			values: [rows.map(({ msg_id }) => msg_id)],
		});
		unsettled -= rows.length;
		return rows.length;
	}
	async function loop(): Promise<void> {
		while (!stopped.signal.aborted) if ((await readOnce()) === 0) await sleep(pollIntervalMs);
	}
	const looping = loop();
	return {
		isDone: () => Promise.resolve(unsettled === 0),
		async stop() {
			stopped.abort();
			await looping;
			await pool.end();
		},
	};
}
