/** Who looks at the database of a run from outside, as superuser: one connection that is kept, because the server starts a process for each. */
import { Pool } from 'pg';

type Row = Readonly<Record<string, unknown>>;

/** One statement after the other, whoever asks. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

export interface Referee {
	/** Runs a statement where the database is now; connects anew when the connection was lost since the last one. */
	readonly query: Query;
	close(): Promise<void>;
}

/** `urlNow` is asked at each statement: after a failover the database is somewhere else. */
export function openReferee(urlNow: () => string): Referee {
	const pools = new Map<string, Pool>();
	const poolNow = (): Pool => {
		const url = urlNow();
		const pool = pools.get(url) ?? openPool(url);
		pools.set(url, pool);
		return pool;
	};
	return {
		query: async (text, values = []) => (await poolNow().query<Row>(text, [...values])).rows,
		async close() {
			await Promise.all([...pools.values()].map((pool) => pool.end()));
		},
	};
}

/** With a referee of its own, who is gone when it resolves. */
export async function withReferee<Result>(url: string, work: (query: Query) => Promise<Result>): Promise<Result> {
	const referee = openReferee(() => url);
	try {
		return await work(referee.query);
	} finally {
		await referee.close();
	}
}

function openPool(connectionString: string): Pool {
	const pool = new Pool({ connectionString, application_name: 'chaos referee', max: 1 });
	// It is not used again; the next statement connects anew.
	pool.on('error', () => undefined);
	return pool;
}
