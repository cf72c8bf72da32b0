/** One domain of one database for all sequences, emptied before each: a database per sequence would take most of the time. */
import { createPgBackend } from '@cb/pg';
import { Pool } from 'pg';
import { afterAll } from 'vitest';
import { queues } from './messages.ts';
import { domain, emptyMemory } from './stage.ts';
import type { OpenStage, Stage } from './stage.ts';

interface Database {
	readonly url: string;
	drop(): Promise<void>;
}

/** To be called once, at the top of a test file. */
export async function openPgStages(database: Database): Promise<OpenStage> {
	const pool = new Pool({ connectionString: database.url, max: 6 });
	pool.on('error', () => undefined);
	const backend = createPgBackend({ connection: database.url, listen: false });
	await backend.domains.create(domain);
	afterAll(async () => {
		await backend.close();
		await pool.end();
		await database.drop();
	});

	async function stored(table: string): ReturnType<Stage['messages']> {
		const { rows } = await pool.query<{ id: string; message: Awaited<ReturnType<Stage['messages']>>[number]['body'] }>(
			`select m.msg_id::text as id, m.message from pgmq.${table} m order by m.msg_id`,
		);
		return rows.map(({ id, message }) => ({ messageId: id, body: message }));
	}

	const stage: Omit<Stage, keyof ReturnType<typeof emptyMemory>> = {
		backend,
		async elapse(milliseconds) {
			await pool.query(queueNames.map((queue) => shiftText(queue, milliseconds / 1_000)).join(';'));
		},
		async transaction(work) {
			const client = await pool.connect();
			try {
				await client.query('begin');
				const result = await work(client);
				await client.query('commit');
				return result;
			} catch (error) {
				await client.query('rollback');
				throw error;
			} finally {
				client.release();
			}
		},
		messages: (queue) => stored(`q_${queue}`),
		archived: (queue) => stored(`a_${queue}`),
		async putMessage(queue, body) {
			const text = 'select pgmq.send($1::text, $2::jsonb)::text as id';
			const { rows } = await pool.query<{ id: string }>(text, [queue, JSON.stringify(body)]);
			return rows[0]?.id ?? '';
		},
	};
	return async () => {
		await pool.query(emptyText);
		return { ...stage, ...emptyMemory() };
	};
}

const queueNames = [queues.commands, queues.replies, queues.processReplies];

/** Time passes by shifting what the database's clock decides about. */
function shiftText(queue: string, seconds: number): string {
	return `update pgmq.q_${queue} set vt = vt - make_interval(secs => ${seconds})`;
}

const tables = [
	...queueNames.flatMap((queue) => [`pgmq.q_${queue}`, `pgmq.a_${queue}`]),
	...[
		'command',
		'command_audit_entry',
		'parked_command',
		'operator_request',
		'remembered_command',
		'unhandled_reply',
	].map(ours),
	...['batch', 'batch_progress', 'batch_event', 'process_event', 'process_step', 'process'].map(ours),
];

function ours(table: string): string {
	return `cb.${table}`;
}

const emptyText = tables.map((table) => `delete from ${table}`).join(';');
