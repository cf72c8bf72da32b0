/** One piece of work on one connection of the pool: every error translated, and a connection whose state is in doubt never used again. */
import { isCommandBusError } from '@cb/core';
import type { StoreError } from '@cb/core';
import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import type { ParsedOptions } from './options.ts';
import { storeErrorOf } from './sqlstate.ts';

export interface Connections {
	/** Connections there can be. */
	readonly max: number;
	use<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result>;
	end(): Promise<void>;
}

/** Our own pool, or the one that was handed in, which is not ours to end. */
export function openConnections(options: ParsedOptions): Connections {
	const pool = options.pool ?? createPool(options);
	// An idle connection that breaks is replaced at its next use; without a listener it would end the process.
	pool.on('error', () => undefined);
	return {
		max: pool.options.max,
		async use(work) {
			const client = await connect(pool);
			try {
				const result = await work(client);
				client.release();
				return result;
			} catch (error) {
				const translated = storeErrorOf(error) ?? error;
				client.release(isInDoubt(translated));
				throw translated;
			}
		},
		async end() {
			if (options.pool === undefined) await pool.end();
		},
	};
}

const withoutConnection = new WeakSet<StoreError>();

/** True when no connection was to be had: nothing was sent, nothing can have happened. */
export function isNeverSent(error: StoreError): boolean {
	return withoutConnection.has(error);
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
		if (translated === undefined) throw error;
		withoutConnection.add(translated);
		throw translated;
	}
}

function isInDoubt(error: unknown): boolean {
	if (!isCommandBusError(error, 'store')) return false;
	return error.reason === 'connection' || error.reason === 'statement-timeout';
}
