/**
 * The slice of `pg` that this adapter needs. A `Client` or `PoolClient` fits as it is; for the transactions of Kysely, Drizzle and Knex
 * a one-line object around their raw query does (see the README).
 */
export interface Queryable {
	/** Runs one statement with `$1`-style parameters. */
	query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** One connection of ours. */
export interface Session extends Queryable {
	/** Whether a statement is sent while the one ahead of it has no answer yet; otherwise the driver would have to keep it back. */
	readonly isPipelined: boolean;
}
