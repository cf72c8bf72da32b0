import type { QueryConfig } from 'pg';

export interface TimedQueryOptions {
	/** The driver's own time limit gives up a connection that a partition left half open; the server's time-outs cannot. */
	readonly timeoutMs?: number | undefined;
	/** Whether the server keeps it parsed and planned for this connection. Only for texts of ours: there are few of them. */
	readonly isPrepared?: boolean;
}

export function timedQuery(
	text: string,
	values: unknown[],
	{ timeoutMs, isPrepared = false }: TimedQueryOptions,
): QueryConfig<unknown[]> {
	const query: QueryConfig<unknown[]> & { query_timeout?: number } = { text, values };
	if (timeoutMs !== undefined) query.query_timeout = timeoutMs;
	if (isPrepared) query.name = nameOf(text);
	return query;
}

const names = new Map<string, string>();

function nameOf(text: string): string {
	const name = names.get(text) ?? `cb_${String(names.size + 1)}`;
	names.set(text, name);
	return name;
}
