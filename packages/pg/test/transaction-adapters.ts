/** How the transactions of other libraries become a `Queryable`: the examples of the README. */
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { CompiledQuery } from 'kysely';
import type { Transaction } from 'kysely';
import type { Queryable } from '../src/index.ts';

// #region kysely
export const ofKysely = <Tables>(trx: Transaction<Tables>): Queryable => ({
	query: (text, values = []) => trx.executeQuery(CompiledQuery.raw(text, values)),
});
// #endregion kysely

// #region drizzle
// Drizzle takes templates, not numbered parameters: every $n becomes a parameter of the template.
export const ofDrizzle = (tx: Pick<NodePgDatabase, 'execute'>): Queryable => ({
	query: (text, values = []) =>
		tx.execute(
			sql.join(text.split(/\$(\d+)/).map((part, i) => (i % 2 ? sql.param(values[+part - 1]) : sql.raw(part)))),
		),
});
// #endregion drizzle

// #region knex
// Inside a transaction, Knex hands out the one connection it runs on.
export const ofKnex = (trx: { client: { acquireConnection(): Promise<Queryable> } }): Queryable => ({
	query: async (text, values) => (await trx.client.acquireConnection()).query(text, values),
});
// #endregion knex
