/** The connections of an application's own: to the one server there is, or to that of several which takes writes. */
import { Pool } from 'pg';
import type { PoolClient, PoolConfig } from 'pg';
import type { ParsedChildSettings } from './settings.ts';

export interface ApplicationPool {
	connect(): Promise<PoolClient>;
	end(): Promise<void>;
}

const takesWritesText = 'select not pg_is_in_recovery() as takes_writes';

export function openApplicationPool({ connection, name }: ParsedChildSettings): ApplicationPool {
	const pools = configsOf(connection).map((config) => openPool(config, `chaos ${name} application`));
	return {
		/** Rejects with what the last server said. */
		async connect() {
			let refusal: unknown;
			for (const pool of pools) {
				try {
					return await connectForWriting(pool);
				} catch (error) {
					refusal = error;
				}
			}
			throw refusal;
		},
		async end() {
			await Promise.all(pools.map((pool) => pool.end()));
		},
	};
}

function openPool(config: PoolConfig, applicationName: string): Pool {
	const pool = new Pool({
		...config,
		max: 2,
		connectionTimeoutMillis: 2_000,
		// A network that lost the answer will not bring it.
		query_timeout: 5_000,
		application_name: applicationName,
	});
	pool.on('error', () => undefined);
	pool.on('connect', (client) => client.on('error', () => undefined));
	return pool;
}

async function connectForWriting(pool: Pool): Promise<PoolClient> {
	const client = await pool.connect();
	try {
		const { rows } = await client.query<{ takes_writes: boolean }>(takesWritesText);
		if (rows[0]?.takes_writes === true) return client;
		throw new TypeError('This server takes no writes.');
	} catch (error) {
		client.release(true);
		throw error;
	}
}

/** One for each host of `postgres://user:password@host:port,host:port/database`. */
function configsOf(connection: ParsedChildSettings['connection']): readonly PoolConfig[] {
	if (typeof connection !== 'string') return [connection];
	const {
		start = '',
		hosts = '',
		rest = '',
	} = /^(?<start>.*@)(?<hosts>[^/]*)(?<rest>.*)$/u.exec(connection)?.groups ?? {};
	return hosts.split(',').map((host) => ({ connectionString: `${start}${host}${rest}` }));
}
