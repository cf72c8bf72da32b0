/** One piece of work on one connection of the pool: every error translated, and a connection whose state is in doubt never used again. */
import { isCommandBusError } from '@cb/core';
import type { Clock, StoreError } from '@cb/core';
import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import type { ConnectionWaits } from './connection-waits.ts';
import { tryHosts } from './hosts.ts';
import type { ParsedOptions } from './options.ts';
import type { Session } from './queryable.ts';
import { createSocketSet } from './socket-set.ts';
import type { SocketSet } from './socket-set.ts';
import { explainError, isReadOnly, isUnanswered, storeErrorOf } from './sqlstate.ts';
import { timedQuery } from './timed-query.ts';
import type { TimedQueryOptions } from './timed-query.ts';
import { createTrust } from './trust.ts';

export interface Connections {
	/** Connections there can be. */
	readonly max: number;
	use<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
	end(): Promise<void>;
}

/** Our own pool, or the one that was handed in, which is not ours to end. */
export function openConnections(options: ParsedOptions, clock: Clock, waits: ConnectionWaits): Connections {
	const sockets = createSocketSet(clock);
	const { hosts } = options;
	const pool = options.pool ?? createPool(options, sockets);
	const trusted = createTrust(pool);
	pool.on('error', ignoreBreak);

	async function connect(): Promise<PoolClient> {
		const client = await connectTo(pool, waits);
		if (trusted.has(client)) return client;
		client.release(true);
		return connect();
	}

	return {
		max: pool.options.max,
		async use(work) {
			const client = await (hosts === undefined ? connect() : tryHosts(hosts, connect)).catch(failedConnecting);
			client.on('error', ignoreBreak);
			try {
				const result = await work(client);
				client.release();
				return result;
			} catch (error) {
				if (isEveryOneInDoubt(error)) trusted.trustNone();
				client.release(isInDoubt(error));
				throw translated(error) ?? error;
			} finally {
				client.off('error', ignoreBreak);
			}
		},
		async end() {
			// No statement of ours takes longer.
			if (options.pool === undefined) await sockets.closeWithin(options.statementTimeoutMs, () => pool.end());
			trusted.end();
			pool.off('error', ignoreBreak);
		},
	};
}

/**
 * A connection that breaks while nobody runs a statement on it, idle or between two statements of a transaction, shows at its next
 * statement; without a listener it would end the process.
 */
function ignoreBreak(): void {
	// Nothing to do yet.
}

/** The statements of one connection; what they throw is known to be the driver's. */
export function queryableOf(client: PoolClient, options: TimedQueryOptions): Session {
	return {
		isPipelined: client.pipeline,
		async query(text, values = []) {
			try {
				return await client.query(timedQuery(text, values, options));
			} catch (error) {
				if (error instanceof Error) thrownByDriver.add(error);
				throw error;
			}
		},
	};
}

const thrownByDriver = new WeakSet<Error>();

/** A handler's transaction throws what its author wants: its own sockets and files must not be taken for PostgreSQL's. */
function translated(error: unknown): StoreError | undefined {
	return error instanceof Error && thrownByDriver.has(error) ? storeErrorOf(error) : explainError(error);
}

/** How long a silent connection is trusted before the network is asked whether it still stands. */
export const keepAliveInitialDelayMillis = 10_000;

const withoutConnection = new WeakSet<StoreError>();

/** True when no connection was to be had, or the server takes no writes: nothing can have happened. */
export function isWithoutEffect(error: StoreError): boolean {
	return withoutConnection.has(error) || isReadOnly(error);
}

function failedConnecting(error: unknown): never {
	const known = isCommandBusError(error, 'store') ? error : storeErrorOf(error);
	if (known === undefined) throw error;
	withoutConnection.add(known);
	throw known;
}

function createPool(options: ParsedOptions, sockets: SocketSet): Pool {
	return new Pool({
		...sockets.withSockets({}),
		...(options.hosts && { Client: options.hosts.Client }),
		max: options.maxConnections,
		application_name: options.applicationName,
		// As named statements, not where a pooler may stand between.
		pipeline: options.preparedStatements,
		connectionTimeoutMillis: options.connectTimeoutMs,
		keepAlive: true,
		keepAliveInitialDelayMillis,
	});
}

async function connectTo(pool: Pool, waits: ConnectionWaits): Promise<PoolClient> {
	const mustWait = pool.waitingCount >= pool.idleCount + pool.options.max - pool.totalCount;
	const connecting = pool.connect();
	return mustWait ? waits.measured('pool', connecting) : connecting;
}

/** True when nobody knows what the connection is doing: nothing more is to be sent on it. */
export function isInDoubt(error: unknown): boolean {
	const known = isCommandBusError(error, 'store') ? error : translated(error);
	return known?.reason === 'connection' || known?.reason === 'statement-timeout';
}

/** True when what happened to one connection has probably happened to all: nobody answers any more, or the server became a standby. */
function isEveryOneInDoubt(error: unknown): boolean {
	const known = isCommandBusError(error, 'store') ? error : translated(error);
	return known !== undefined && (isUnanswered(known) || isReadOnly(known));
}
