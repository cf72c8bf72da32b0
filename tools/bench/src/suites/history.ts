/** Ended commands with the audit of an ordinary life, as a long time of running would leave them; written in sets, because time is short. */
import type { Pool } from 'pg';

const step = 250_000;

export interface History {
	readonly count: number;
	/** When the first of them was sent; each of the others a hundredth of a second after the one before. */
	readonly firstDaysAgo: number;
}

/** Begins at an empty database of ours that has the domain `bench`, and leaves it vacuumed. */
export async function fillHistory(pool: Pool, { count, firstDaysAgo }: History): Promise<void> {
	for (let from = 0; from < count; from += step) {
		await pool.query(
			`with numbered as (
				select n, cb.new_id() as id, clock_timestamp() - make_interval(days => $3::integer) + make_interval(secs => n * 0.01) as at
				from generate_series($1::integer + 1, $2::integer) n
			),
			commands as (
				insert into cb.command (command_id, correlation_id, msg_id, created_at, updated_at, completed_at, version, attempts, domain, command_type, status)
				select id, id, n, at, at, at, 2, 1, 'bench', 'Noop', 'COMPLETED' from numbered
			)
			insert into cb.command_audit_entry (command_id, at, generation, attempt, domain, type, receipt)
			select id, at, 1, 1, 'bench', 'COMPLETED', jsonb_build_object('workerId', 'bench', 'at', at, 'isRedelivered', false)
			from numbered`,
			[from, Math.min(from + step, count), firstDaysAgo],
		);
	}
	await pool.query(`select setval('pgmq.q_bench__commands_msg_id_seq', $1::bigint)`, [count]);
	await pool.query('vacuum analyze');
}
