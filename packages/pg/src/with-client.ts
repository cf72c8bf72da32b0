import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { storeErrorOf } from './sqlstate.ts';

/** Work on a connection of its own, outside any pool: opened for it, ended after it, errors translated. */
export async function withClient<Result>(
	connection: string | ClientConfig,
	work: (client: Client) => Promise<Result>,
): Promise<Result> {
	const config = typeof connection === 'string' ? { connectionString: connection } : connection;
	const client = new Client({ connectionTimeoutMillis: 10_000, ...config });
	client.on('error', () => undefined);
	try {
		await client.connect();
		return await work(client);
	} catch (error) {
		throw storeErrorOf(error) ?? error;
	} finally {
		await client.end().catch(() => undefined);
	}
}
