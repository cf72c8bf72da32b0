import type { Client, ClientConfig } from 'pg';
import { createHosts, tryHosts } from './hosts.ts';
import { storeErrorOf } from './sqlstate.ts';

/** Work on a connection of its own, outside any pool: opened for it, ended after it, errors translated. */
export async function withClient<Result>(
	connection: string | ClientConfig,
	work: (client: Client) => Promise<Result>,
): Promise<Result> {
	const client = await connectClient(connection);
	try {
		return await work(client);
	} catch (error) {
		throw storeErrorOf(error) ?? error;
	} finally {
		await client.end().catch(() => undefined);
	}
}

/** Connects to the first host that answers and takes writes, and gives each this long. */
async function connectClient(connection: string | ClientConfig): Promise<Client> {
	const config = typeof connection === 'string' ? { connectionString: connection } : connection;
	const hosts = createHosts({ connectionTimeoutMillis: 10_000, ...config });
	return tryHosts(hosts, async () => {
		const client = new hosts.Client();
		await client.connect();
		return client;
	});
}
