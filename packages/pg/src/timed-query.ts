import type { QueryConfig } from 'pg';

export interface TimedQueryOptions {
	/** The driver's own time limit gives up a connection that a partition left half open; the server's time-outs cannot. */
	readonly timeoutMs?: number | undefined;
	/** Whether the server may keep statements that are `kept`. */
	readonly isPrepared?: boolean;
}

const names = new Map<string, string>();

/**
 * Marks a text of ours that each connection keeps parsed and planned. Only for what is sent all the time and calls functions: a kept plan that reads
 * a table is of what the table was when it was made, and a table that was empty then is scanned from then on (ADR 0005).
 */
export function kept(text: string): string {
	names.set(text, `cb_${String(names.size + 1)}`);
	return text;
}

export function timedQuery(
	text: string,
	values: unknown[],
	{ timeoutMs, isPrepared = false }: TimedQueryOptions,
): QueryConfig<unknown[]> {
	const query: QueryConfig<unknown[]> & { query_timeout?: number } = { text, values };
	if (timeoutMs !== undefined) query.query_timeout = timeoutMs;
	const name = isPrepared ? names.get(text) : undefined;
	if (name !== undefined) query.name = name;
	return query;
}
