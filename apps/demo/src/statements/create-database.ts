/** Creates the demo's database on a server of its own. */
import type { Queryable } from '@cb/pg';

const existsText = `
	select 1
	from pg_database d
	where d.datname = $1::text`;

export async function createDatabaseIfMissing(db: Queryable, name: 'cb_demo'): Promise<void> {
	const { rows } = await db.query(existsText, [name]);
	if (rows.length === 0) await db.query(`create database ${name}`);
}
