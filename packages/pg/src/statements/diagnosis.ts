/** What `diagnose` asks the server, one row in all. */
import type { Queryable } from '../queryable.ts';

export interface ServerFacts {
	readonly server_version: string;
	readonly server_version_number: number;
	readonly isolation: string;
	readonly is_fsync_on: boolean;
	readonly synchronous_commit: string;
	readonly is_autovacuum_on: boolean;
	readonly is_in_recovery: boolean;
	readonly max_connections: number;
	readonly used_connections: number;
	readonly now: Date;
	readonly user_name: string;
}

const text = `
	select
		current_setting('server_version') as server_version,
		current_setting('server_version_num')::integer as server_version_number,
		current_setting('default_transaction_isolation') as isolation,
		current_setting('fsync') = 'on' as is_fsync_on,
		current_setting('synchronous_commit') as synchronous_commit,
		current_setting('autovacuum') = 'on' as is_autovacuum_on,
		pg_is_in_recovery() as is_in_recovery,
		current_setting('max_connections')::integer as max_connections,
		(select count(*)::integer from pg_stat_activity) as used_connections,
		clock_timestamp() as now,
		current_user::text as user_name`;

const missingQueuesText = `
	select string_agg(needed.queue, ', ' order by needed.queue) as queues
	from cb.domain d
	cross join lateral (values (cb.command_queue(d.domain)), (d.domain || '__replies'), (cb.process_reply_queue(d.domain))) as needed (queue)
	where not cb.queue_exists(needed.queue)`;

export async function readServerFacts(db: Queryable): Promise<ServerFacts | undefined> {
	return ((await db.query(text)).rows as readonly ServerFacts[])[0];
}

/** Names of queues that domains need and that are gone; null when none is. */
export async function readMissingQueues(db: Queryable): Promise<string | null> {
	const rows = (await db.query(missingQueuesText)).rows as readonly { readonly queues: string | null }[];
	return rows[0]?.queues ?? null;
}
