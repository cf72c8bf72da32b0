import type { QueryConfig } from 'pg';

/** The driver's own time limit gives up a connection that a partition left half open; the server's time-outs cannot. */
export function timedQuery(text: string, values: unknown[], timeoutMs: number | undefined): QueryConfig<unknown[]> {
	const query: QueryConfig<unknown[]> & { query_timeout?: number } = { text, values };
	if (timeoutMs !== undefined) query.query_timeout = timeoutMs;
	return query;
}
