/** `BackendSubject` on a fresh database: time passes by shifting what the database's clock decides about. */
import type { BackendSubject, StoredMessage } from '@cb/core/conformance';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { Pool, escapeIdentifier } from 'pg';
import { createPgBackend } from '../src/index.ts';
import type { Queryable } from '../src/index.ts';

export async function openSubject(): Promise<BackendSubject<Queryable>> {
	const database = await freshDatabase();
	const pool = new Pool({ connectionString: database.url, max: 2 });
	pool.on('error', () => undefined);
	const backend = createPgBackend({ connection: database.url, maxConnections: 6 });

	async function stored(table: string): Promise<readonly StoredMessage[]> {
		const { rows } = await pool.query<{ msg_id: string; message: StoredMessage['body'] }>(
			`select m.msg_id::text as msg_id, m.message from pgmq.${escapeIdentifier(table)} m order by m.msg_id`,
		);
		return rows.map(({ msg_id, message }) => ({ messageId: msg_id, body: message }));
	}

	return {
		backend,
		async elapse(milliseconds) {
			await pool.query(
				`do $$ declare queue text; begin
					for queue in select queue_name from pgmq.meta loop
						execute format('update pgmq.%I set vt = vt - make_interval(secs => ${milliseconds / 1_000})', 'q_' || queue);
					end loop;
					update cb.maintenance_claim set expires_at = expires_at - make_interval(secs => ${milliseconds / 1_000});
				end $$`,
			);
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
			const { rows } = await pool.query<{ msg_id: string }>('select pgmq.send($1, $2::jsonb)::text as msg_id', [
				queue,
				JSON.stringify(body),
			]);
			return rows[0]?.msg_id ?? '';
		},
		async dropQueue(queue) {
			await pool.query('select pgmq.drop_queue($1)', [queue]);
		},
		async dropArchived(queue, messageId) {
			await pool.query(`delete from pgmq.${escapeIdentifier(`a_${queue}`)} where msg_id = $1`, [messageId]);
		},
		async close() {
			await backend.close();
			await pool.end();
			await database.drop();
		},
	};
}
