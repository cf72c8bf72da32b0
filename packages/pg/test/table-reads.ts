/** What statements read, counted by PostgreSQL itself: also inside functions, whose plans EXPLAIN does not show. */
import type { Client } from 'pg';
import type { Queryable } from '../src/index.ts';
import { timedQuery } from '../src/timed-query.ts';

export interface TableReads {
	readonly sequentialScans: number;
	readonly sequentialRows: number;
	readonly indexRows: number;
}

/** By table, those of schemas cb and pgmq. */
export type Reads = ReadonlyMap<string, TableReads>;

/** Runs `work` in a transaction that is rolled back, and returns what it read. */
export async function readsOf(client: Client, work: (tx: Queryable) => Promise<unknown>): Promise<Reads> {
	await client.query('begin');
	try {
		const before = await countersOf(client);
		await work(preparedOn(client));
		const after = await countersOf(client);
		return new Map([...after].map(([name, reads]) => [name, difference(reads, before.get(name))]));
	} finally {
		await client.query('rollback');
	}
}

/** As the adapter sends them: the server keeps their plans. */
function preparedOn(client: Client): Queryable {
	return { query: (text, values = []) => client.query(timedQuery(text, values, { isPrepared: true })) };
}

/** What the session has read and not reported yet, earlier transactions included. */
async function countersOf(client: Client): Promise<Reads> {
	const { rows } = await client.query<TableReads & { name: string }>(
		`select format('%s.%s', schemaname, relname) as name, seq_scan::integer as "sequentialScans",
			seq_tup_read::integer as "sequentialRows", coalesce(idx_tup_fetch, 0)::integer as "indexRows"
		from pg_stat_xact_user_tables
		where schemaname in ('cb', 'pgmq')`,
	);
	return new Map(rows.map(({ name, ...reads }) => [name, reads]));
}

function difference(after: TableReads, before: TableReads | undefined): TableReads {
	return {
		sequentialScans: after.sequentialScans - (before?.sequentialScans ?? 0),
		sequentialRows: after.sequentialRows - (before?.sequentialRows ?? 0),
		indexRows: after.indexRows - (before?.indexRows ?? 0),
	};
}

interface PlanNode {
	readonly 'Node Type': string;
	readonly 'Relation Name'?: string;
	readonly 'Index Name'?: string;
	readonly Plans?: readonly PlanNode[];
}

/** The nodes of the plan of every statement that `work` sends, as `type on relation`. */
export async function plansOf(client: Client, work: (db: Queryable) => Promise<unknown>): Promise<readonly string[]> {
	const statements: { readonly text: string; readonly values: unknown[] }[] = [];
	await work({
		query(text, values = []) {
			statements.push({ text, values });
			return client.query(text, values);
		},
	});
	const nodes: string[] = [];
	for (const { text, values } of statements) {
		nodes.push(...(await explained(client, `explain (format json) ${text}`, values)));
	}
	return nodes;
}

/** Of a statement as it is kept: without the values of its parameters. */
export async function plannedNodes(client: Client, text: string): Promise<readonly string[]> {
	return explained(client, `explain (generic_plan, format json) ${text}`);
}

async function explained(client: Client, text: string, values: unknown[] = []): Promise<readonly string[]> {
	const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(text, values);
	return rows.flatMap(({ 'QUERY PLAN': plan }) => nodesOf(plan[0].Plan));
}

function nodesOf(node: PlanNode): readonly string[] {
	const on = node['Index Name'] ?? node['Relation Name'];
	return [
		on === undefined ? node['Node Type'] : `${node['Node Type']} on ${on}`,
		...(node.Plans ?? []).flatMap(nodesOf),
	];
}
