/** How far back dead rows must be kept: what no vacuum can remove slows every queue down. */
import { asRows, number, numberOrNull } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

export interface HeldXmin {
	/** Transactions that began since the oldest snapshot that a session, a replication slot or a prepared transaction holds. */
	readonly ageTransactions: number;
	/** How long it has been held; null when nobody holds one, or only a replication slot does. */
	readonly ageSeconds: number | null;
}

// Sessions of other databases do not hold back the rows of this one.
const text = `
	select
		coalesce(max(age(held.xmin)), 0)::double precision as age_transactions,
		extract(epoch from max(clock_timestamp() - held.since))::double precision as age_seconds
	from (
		select a.backend_xmin as xmin, a.xact_start as since
		from pg_stat_activity a
		where a.backend_xmin is not null
			and a.pid <> pg_backend_pid()
			and (a.datname is null or a.datname = current_database())
		union all
		select s.xmin, null
		from pg_replication_slots s
		where s.xmin is not null
		union all
		select p.transaction, p.prepared
		from pg_prepared_xacts p
		where p.database = current_database()
	) held`;

/** Sees other roles' sessions only with `pg_read_all_stats`. One row from memory: it costs nothing that grows. */
export async function readHeldXmin(db: Queryable): Promise<HeldXmin> {
	const [row] = asRows((await db.query(text)).rows);
	if (row === undefined) return { ageTransactions: 0, ageSeconds: null };
	return { ageTransactions: number(row, 'age_transactions'), ageSeconds: numberOrNull(row, 'age_seconds') };
}
