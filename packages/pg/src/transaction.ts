/** Taking back a part of a transaction that may be the caller's: a refusal must leave it usable. */
import type { Queryable } from './queryable.ts';

const name = 'cb_step';

export async function savepoint(tx: Queryable): Promise<void> {
	await tx.query(`savepoint ${name}`);
}

/** Keeps what was done since; the transaction goes on without the savepoint. */
export async function releaseSavepoint(tx: Queryable): Promise<void> {
	await tx.query(`release savepoint ${name}`);
}

/** Takes back what was done since; the transaction goes on without the savepoint. */
export async function rollBackTo(tx: Queryable): Promise<void> {
	await tx.query(`rollback to savepoint ${name}`);
	await releaseSavepoint(tx);
}
