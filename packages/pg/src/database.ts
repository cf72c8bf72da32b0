/**
 * How this adapter talks to PostgreSQL: a small fixed pool with a lane of its own for the runtime, every error translated, and repeats
 * only where nothing can have happened. Nothing here knows what the statements mean.
 */
import { StoreError, isCommandBusError } from '@cb/core';
import type { Clock } from '@cb/core';
import { Pool } from 'pg';
import type { PoolClient, QueryConfig } from 'pg';
import { runtimeConnections } from './options.ts';
import type { ParsedOptions } from './options.ts';
import type { Queryable } from './queryable.ts';
import { storeErrorOf } from './sqlstate.ts';

export interface Database {
	/** One statement, or several, on one connection without an explicit transaction. Repeated while nothing can have happened. */
	run<Result>(work: (db: Queryable) => Promise<Result>): Promise<Result>;
	/** As `run`, for statements that may be repeated even when it is unknown whether they took effect. */
	runRepeatable<Result>(work: (db: Queryable, isRepeat: boolean) => Promise<Result>): Promise<Result>;
	/** A transaction of our own, READ COMMITTED, repeated as a whole while nothing can have happened. */
	transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
	/** A transaction for a handler: never more of them at once than leave the runtime its connections; never repeated. */
	handlerTransaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
	/** A caller's transaction: errors are translated, nothing is repeated. */
	join(tx: Queryable): Queryable;
	end(): Promise<void>;
}

/** Four tries over about a second: enough for a failover's hiccup, short enough for a caller that waits. */
const retryDelaysMs = [50, 200, 750];

export function openDatabase(options: ParsedOptions, clock: Clock): Database {
	const pool = options.pool ?? createPool(options);
	// An idle connection that breaks is replaced at its next use; without a listener it would end the process.
	pool.on('error', () => undefined);
	const ownsPool = options.pool === undefined;
	const handlerLane = createLane(pool.options.max - runtimeConnections);
	const { statementTimeoutMs } = options;

	async function once<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
		const client = await connect(pool);
		try {
			const result = await work(client);
			client.release();
			return result;
		} catch (error) {
			const translated = storeErrorOf(error);
			client.release(isConnectionDoubtful(translated ?? error));
			throw translated ?? error;
		}
	}

	function inTransaction<Result>(
		work: (tx: Queryable) => Promise<Result>,
		timeoutMs: number | undefined,
	): Promise<Result> {
		return once(async (client) => {
			await client.query('begin isolation level read committed');
			try {
				const result = await work(queryableOf(client, timeoutMs));
				await client.query('commit');
				return result;
			} catch (error) {
				await client.query('rollback').catch(() => undefined);
				throw error;
			}
		});
	}

	async function repeated<Result>(
		work: (isRepeat: boolean) => Promise<Result>,
		mayRepeat: (error: StoreError) => boolean,
	): Promise<Result> {
		for (let attempt = 0; ; attempt++) {
			try {
				return await work(attempt > 0);
			} catch (error) {
				const delayMs = retryDelaysMs[attempt];
				if (delayMs === undefined || !isCommandBusError(error, 'store') || !mayRepeat(error)) throw error;
				await clock.sleep(delayMs * (0.5 + Math.random()));
			}
		}
	}

	return {
		run: (work) => repeated(() => once((client) => work(queryableOf(client, statementTimeoutMs))), hadNoEffect),
		runRepeatable: (work) =>
			repeated(
				(isRepeat) => once((client) => work(queryableOf(client, statementTimeoutMs), isRepeat)),
				(error) => error.isRetryable,
			),
		transaction: (work) => repeated(() => inTransaction(work, statementTimeoutMs), hadNoEffect),
		handlerTransaction: (work) => handlerLane(() => inTransaction(work, undefined)),
		join: (tx) => ({
			query: async (text, values) => {
				try {
					return await tx.query(text, values);
				} catch (error) {
					throw storeErrorOf(error) ?? error;
				}
			},
		}),
		async end() {
			if (ownsPool) await pool.end();
		},
	};
}

function createPool(options: ParsedOptions): Pool {
	return new Pool({
		...options.client,
		max: options.maxConnections,
		application_name: options.applicationName,
		connectionTimeoutMillis: options.connectTimeoutMs,
		keepAlive: true,
	});
}

async function connect(pool: Pool): Promise<PoolClient> {
	try {
		return await pool.connect();
	} catch (error) {
		const translated = storeErrorOf(error);
		throw translated === undefined ? error : notConnected(translated);
	}
}

const neverConnected = new WeakSet<StoreError>();

function notConnected(error: StoreError): StoreError {
	neverConnected.add(error);
	return error;
}

/** The transaction was rolled back by the server, or no statement was ever sent: repeating cannot double anything. */
function hadNoEffect(error: StoreError): boolean {
	if (error.reason === 'serialization' || error.reason === 'deadlock' || error.reason === 'lock-timeout') return true;
	return error.isRetryable && neverConnected.has(error);
}

/** After these the state of the connection is unknown, so it is not used again. */
function isConnectionDoubtful(error: unknown): boolean {
	if (!isCommandBusError(error, 'store')) return false;
	return error.reason === 'connection' || error.reason === 'statement-timeout';
}

function queryableOf(client: PoolClient, timeoutMs: number | undefined): Queryable {
	return { query: (text, values = []) => client.query(timedQuery(text, values, timeoutMs)) };
}

/** The driver's own time limit gives up a connection that a partition left half open; the server's time-outs cannot. */
export function timedQuery(text: string, values: unknown[], timeoutMs: number | undefined): QueryConfig<unknown[]> {
	const query: QueryConfig<unknown[]> & { query_timeout?: number } = { text, values };
	if (timeoutMs !== undefined) query.query_timeout = timeoutMs;
	return query;
}

/** Lets at most `width` pieces of work run at once; the others wait in order. */
function createLane(width: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
	let running = 0;
	const waiting: (() => void)[] = [];
	return async (work) => {
		if (running >= width) {
			await new Promise<void>((resolve) => waiting.push(resolve));
		} else {
			running++;
		}
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next === undefined) running--;
			else next();
		}
	};
}
