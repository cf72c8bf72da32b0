/**
 * What time partitions would give the audit: the same lines in one table and in twelve partitions by time, both indexed by command as the audit is.
 * Commands themselves cannot be partitioned by time: their primary key is the promise that an id exists once (ADR 0010).
 */
import type { Pool } from 'pg';
import { perSecond, timed } from '../measure.ts';
import type { Figure } from '../measure.ts';

const partitions = 12;
const lookups = 300;

export async function comparePartitions(pool: Pool, lines: number): Promise<readonly Figure[]> {
	await createTables(pool);
	const figures: Figure[] = [];
	for (const [table, what] of [
		['audit_plain', 'one table'],
		['audit_parted', `${partitions} partitions`],
	] as const) {
		const written = await timed(() => pool.query(insertText(table), [lines, partitions]));
		await pool.query(`vacuum analyze bench_prune.${table}`);
		const { rows } = await pool.query<{ command_id: string }>(
			`select command_id from bench_prune.${table} tablesample bernoulli (1) limit $1`,
			[lookups],
		);
		const times: number[] = [];
		for (const { command_id } of rows) {
			times.push(
				await timed(() => pool.query(`select * from bench_prune.${table} where command_id = $1`, [command_id])),
			);
		}
		figures.push(
			{ name: `audit in ${what}: write`, unit: 'lines/s', rounds: [perSecond(lines, written)] },
			{ name: `audit in ${what}: one history`, unit: 'us', rounds: times.map((milliseconds) => milliseconds * 1_000) },
		);
	}
	const monthText = `where at < now() - interval '11 months'`;
	figures.push(
		{
			name: 'audit in one table: delete the oldest twelfth',
			unit: 'ms',
			rounds: [await timed(() => pool.query(`delete from bench_prune.audit_plain ${monthText}`))],
		},
		{
			name: `audit in ${partitions} partitions: drop the oldest`,
			unit: 'ms',
			rounds: [await timed(() => pool.query('drop table bench_prune.audit_parted_1'))],
		},
	);
	return figures;
}

async function createTables(pool: Pool): Promise<void> {
	const columns = `sequence bigint generated always as identity, command_id uuid not null, at timestamptz not null, generation integer not null,
		attempt integer not null, domain text not null, type text not null, details jsonb not null default '{}'`;
	await pool.query('create schema bench_prune');
	await pool.query(`create table bench_prune.audit_plain (${columns})`);
	await pool.query('create index on bench_prune.audit_plain (command_id)');
	await pool.query(`create table bench_prune.audit_parted (${columns}) partition by range (at)`);
	await pool.query('create index on bench_prune.audit_parted (command_id)');
	for (let number = 1; number <= partitions; number++) {
		const { rows } = await pool.query<{ from: string; to: string }>(
			`select (now() - make_interval(months => $1))::date::text as from, (now() - make_interval(months => $2))::date::text as to`,
			[partitions - number + 1, partitions - number],
		);
		const { from, to } = rows[0] ?? { from: '', to: '' };
		const last = number === partitions ? `'infinity'` : `'${to}'`;
		await pool.query(
			`create table bench_prune.audit_parted_${number} partition of bench_prune.audit_parted for values from ('${from}') to (${last})`,
		);
	}
}

/** Lines of a year, three to a command, in order of time. */
function insertText(table: string): string {
	return `insert into bench_prune.${table} (command_id, at, generation, attempt, domain, type)
		select id, now() - make_interval(secs => ($1::integer - n) * (extract(epoch from interval '1 month') * ($2::integer - 1) / $1::integer)), 1, 1, 'bench', 'SENT'
		from (select n, cb.new_id() as id from generate_series(1, $1::integer, 3) n) made, generate_series(1, 3)`;
}
