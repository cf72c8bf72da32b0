import { Client } from 'pg';

export interface LeftCheck {
	readonly isNothing: () => Promise<boolean>;
	readonly close: () => Promise<void>;
}

/** Looks, on a connection of its own, whether a query still finds something to do. */
export function createLeftCheck(url: string, query: string): LeftCheck {
	const client = new Client({ connectionString: url });
	const connected = client.connect();
	return {
		async isNothing() {
			await connected;
			const { rows } = await client.query<{ left: boolean }>(`select exists (${query}) as left`);
			return rows[0]?.left === false;
		},
		async close() {
			await connected;
			await client.end();
		},
	};
}

/** How many rows the query finds now. */
export async function countRows(url: string, query: string): Promise<number> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		const { rows } = await client.query<{ count: string }>(`select count(*) as count from (${query}) found`);
		return Number(rows[0]?.count);
	} finally {
		await client.end();
	}
}
