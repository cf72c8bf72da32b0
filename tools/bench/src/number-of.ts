import { Client } from 'pg';

/** What a query calls `value`, on a connection of its own. */
export async function numberOf(url: string, query: string): Promise<number> {
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		const { rows } = await client.query<{ value: string }>(query);
		return Number(rows[0]?.value);
	} finally {
		await client.end();
	}
}
