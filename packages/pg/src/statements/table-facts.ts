/** What the statistics say of our tables and the queues', and who holds the horizon. */
import { asRows, number, text as textOf } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

export interface TableFacts {
	/** Quoted where it has to be. */
	readonly name: string;
	readonly liveRows: number;
	readonly deadRows: number;
	/** With indexes and what is stored beside. */
	readonly bytes: number;
	readonly lastVacuumAt: Date | null;
}

/** A session whose snapshot keeps dead rows from being removed. */
export interface HorizonHolder {
	readonly pid: number;
	readonly userName: string;
	readonly applicationName: string;
	readonly state: string;
	readonly seconds: number;
	readonly query: string;
}

const tablesText = `
	select
		format('%I.%I', s.schemaname, s.relname) as name,
		s.n_live_tup::double precision as live_rows,
		s.n_dead_tup::double precision as dead_rows,
		pg_total_relation_size(s.relid)::double precision as bytes,
		greatest(s.last_vacuum, s.last_autovacuum) as last_vacuum_at
	from pg_stat_all_tables s
	where s.schemaname in ('cb', 'pgmq')
	order by 1`;

// Sessions of other databases do not hold back the rows of this one.
// What other roles run is shown to members of pg_read_all_stats only.
const holderText = `
	select
		a.pid,
		coalesce(a.usename, '')::text as user_name,
		coalesce(a.application_name, '') as application_name,
		coalesce(a.state, 'unknown') as state,
		extract(epoch from clock_timestamp() - a.xact_start)::double precision as seconds,
		left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 120) as query
	from pg_stat_activity a
	where a.pid <> pg_backend_pid()
		and a.datname = current_database()
		and a.xact_start is not null
		and a.backend_type = 'client backend'
		and (a.backend_xmin is not null or a.backend_xid is not null or a.state like 'idle in transaction%')
	order by a.xact_start
	limit 1`;

export async function readTableFacts(db: Queryable): Promise<readonly TableFacts[]> {
	return asRows((await db.query(tablesText)).rows).map((row) => ({
		name: textOf(row, 'name'),
		liveRows: number(row, 'live_rows'),
		deadRows: number(row, 'dead_rows'),
		bytes: number(row, 'bytes'),
		lastVacuumAt: row['last_vacuum_at'] instanceof Date ? row['last_vacuum_at'] : null,
	}));
}

export async function readHorizonHolder(db: Queryable): Promise<HorizonHolder | undefined> {
	const [row] = asRows((await db.query(holderText)).rows);
	if (row === undefined) return undefined;
	return {
		pid: number(row, 'pid'),
		userName: textOf(row, 'user_name'),
		applicationName: textOf(row, 'application_name'),
		state: textOf(row, 'state'),
		seconds: number(row, 'seconds'),
		query: textOf(row, 'query'),
	};
}

/** What ends a session and its transaction. */
export function terminateStatement(pid: number): string {
	return `select pg_terminate_backend(${String(pid)});`;
}

export function vacuumStatement(table: string): string {
	return `vacuum (analyze) ${table};`;
}
