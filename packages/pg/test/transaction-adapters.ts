/** How the transactions of other libraries become a `Queryable`. The README shows these functions; a test compares the two. */
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { CompiledQuery } from 'kysely';
import type { Transaction } from 'kysely';
import type { Queryable } from '../src/index.ts';

export const ofKysely = (trx: Transaction<unknown>): Queryable => ({
	query: (text, values = []) => trx.executeQuery(CompiledQuery.raw(text, values)),
});

export const ofDrizzle = (tx: Pick<NodePgDatabase, 'execute'>): Queryable => ({
	query: (text, values = []) =>
		tx.execute(
			sql.join(text.split(/\$(\d+)/).map((part, i) => (i % 2 ? sql.param(values[+part - 1]) : sql.raw(part)))),
		),
});

export const ofKnex = (trx: { client: { acquireConnection(): Promise<Queryable> } }): Queryable => ({
	query: async (text, values) => (await trx.client.acquireConnection()).query(text, values),
});
