/** The options of the adapter: the only place where its defaults live. */
import { ConfigurationError, parseConfiguration } from '@cb/core';
import type { Clock, Telemetry } from '@cb/core';
import type { ClientConfig, Pool } from 'pg';
import { z } from 'zod';
import { createHosts } from './hosts.ts';
import type { Hosts } from './hosts.ts';

/** Connections that receiving, settling, heartbeats and sending share and that handlers' transactions can never take. */
export const runtimeConnections = 4;

export interface PgBackendOptions {
	/**
	 * A connection string, or what `pg` takes as a client's configuration. Several hosts as in `postgres://db1:5432,db2:5432/shop` (or
	 * `host: 'db1:5432,db2:5432'`): the first that answers and takes writes is used, and after a failover the next one that does. The
	 * backend makes and ends its own pool.
	 */
	readonly connection?: string | ClientConfig;
	/** Your own pool instead: it is used, not ended, and where it connects to is its own affair. Its `max` must be at least 5. */
	readonly pool?: Pool;
	/**
	 * Connections per process, whatever the concurrency: 4 for the runtime, the rest for `context.transaction`. One more is used by
	 * LISTEN. @default 10
	 */
	readonly maxConnections?: number;
	/**
	 * Whether to LISTEN for wake-ups, and where: `true` uses the connection above, a string another one (a direct one, when the
	 * connection above is a pooler; several hosts as there), `false` polls only. @default true
	 */
	readonly listen?: boolean | string;
	/**
	 * Whether each connection keeps those of our statements that are sent all the time parsed and planned, which a pooler in transaction mode may not bear.
	 * @default true with `listen: true`, which such a pooler does not bear either; otherwise false
	 */
	readonly preparedStatements?: boolean;
	/** Shown in `pg_stat_activity`. @default '@cb/pg' */
	readonly applicationName?: string;
	/** How long one of our own statements may take before its connection is given up, in milliseconds. @default 30000 */
	readonly statementTimeoutMs?: number;
	/** How long a call waits for a free connection, or for each host to answer, in milliseconds. @default 5000 */
	readonly connectTimeoutMs?: number;
	/** For the runtime's waiting; the database's clock keeps every lease and delay. @default real time */
	readonly clock?: Clock;
	/** Is told when somebody has to wait for a connection. */
	readonly telemetry?: Telemetry;
}

const NumbersSchema = z.strictObject({
	maxConnections: z
		.number()
		.int()
		.min(runtimeConnections + 1)
		.max(1_000)
		.default(10),
	listen: z.union([z.boolean(), z.string().min(1)]).default(true),
	preparedStatements: z.boolean().optional(),
	applicationName: z.string().min(1).max(63).default('@cb/pg'),
	statementTimeoutMs: z.number().int().min(100).default(30_000),
	connectTimeoutMs: z.number().int().min(10).default(5_000),
});

export type ParsedOptions = Omit<z.output<typeof NumbersSchema>, 'preparedStatements'> & {
	readonly preparedStatements: boolean;
	/** Where the pool of the backend's own connects to. */
	readonly hosts: Hosts | undefined;
	/** Where to LISTEN: the same servers, so that whoever finds the primary finds it for both, or others. */
	readonly listenHosts: Hosts | undefined;
	readonly pool: Pool | undefined;
	readonly clock: Clock | undefined;
	readonly telemetry: Telemetry | undefined;
};

/** Throws `ConfigurationError` naming what cannot work. */
export function parseOptions(options: PgBackendOptions): ParsedOptions {
	const { connection, pool, clock, telemetry, ...numbers } = options;
	const parsed = parseConfiguration(NumbersSchema, numbers, 'createPgBackend');
	if ((connection === undefined) === (pool === undefined)) {
		throw new ConfigurationError('createPgBackend: pass either `connection` or `pool`.');
	}
	if (pool !== undefined && pool.options.max <= runtimeConnections) {
		throw new ConfigurationError(
			`createPgBackend: the pool allows ${String(pool.options.max)} connections; at least ${String(runtimeConnections + 1)} are needed.`,
		);
	}
	const hosts = connection === undefined ? undefined : createHosts(connection);
	return {
		...parsed,
		preparedStatements: parsed.preparedStatements ?? parsed.listen === true,
		hosts,
		listenHosts: listenHosts(parsed.listen, hosts, pool),
		pool,
		clock,
		telemetry,
	};
}

function listenHosts(listen: boolean | string, own: Hosts | undefined, pool: Pool | undefined): Hosts | undefined {
	if (listen === false) return undefined;
	if (typeof listen === 'string') return createHosts(listen);
	// A pool hides its password from whoever lists its options.
	return pool === undefined ? own : createHosts({ ...pool.options, password: pool.options.password });
}
