import type { ClientBase } from 'pg';
import { asRows, flag } from '../rows/columns.ts';
import { timedQuery } from '../timed-query.ts';

/** Off on a standby, and where transactions are read-only by default. */
const text = `select current_setting('transaction_read_only') = 'off' as takes_writes`;

/** Whether the server at the other end of a connection takes writes now. */
export async function takesWrites(client: ClientBase, timeoutMs: number | undefined): Promise<boolean> {
	const { rows } = await client.query(timedQuery(text, [], { timeoutMs }));
	return asRows(rows).some((row) => flag(row, 'takes_writes'));
}
