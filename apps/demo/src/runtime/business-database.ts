/** The demo's own connections, for what is no handler: accepting transfers, reading accounts, handling replies. */
import type { Queryable } from '@cb/pg';
import { Pool } from 'pg';

export interface BusinessDatabase extends Queryable {
	/** Commits what `work` did, or rolls it back when `work` throws. */
	transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
	close(): Promise<void>;
}

export function openBusinessDatabase(
	connectionString: string,
	{ applicationName, maxConnections = 12 }: { readonly applicationName: string; readonly maxConnections?: number },
): BusinessDatabase {
	const pool = new Pool({
		connectionString,
		max: maxConnections,
		application_name: applicationName,
		connectionTimeoutMillis: 5_000,
	});
	// An idle connection that breaks is replaced at its next use; without a listener it would end the process.
	pool.on('error', () => undefined);
	return {
		query: (text, values) => pool.query(text, values),
		async transaction(work) {
			const client = await pool.connect();
			try {
				await client.query('begin');
				const result = await work(client);
				await client.query('commit');
				client.release();
				return result;
			} catch (error) {
				const isBroken = await client.query('rollback').then(
					() => false,
					() => true,
				);
				client.release(isBroken);
				throw error;
			}
		},
		close: () => pool.end(),
	};
}
