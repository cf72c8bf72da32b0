/** Taking back a part of a transaction that may be the caller's: a refusal must leave it usable. */
import type { Queryable } from './queryable.ts';

const name = 'cb_step';

export async function savepoint(tx: Queryable): Promise<void> {
	await tx.query(`savepoint ${name}`);
}

export async function rollBackTo(tx: Queryable): Promise<void> {
	await tx.query(`rollback to savepoint ${name}`);
}
