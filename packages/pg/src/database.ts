/**
 * How this adapter talks to PostgreSQL: a small fixed number of connections with a lane of its own for handlers, and repeats only where nothing
 * can have happened. Nothing here knows what the statements mean.
 */
import { isCommandBusError } from '@cb/core';
import type { Clock, StoreError } from '@cb/core';
import { createConnectionWaits } from './connection-waits.ts';
import { isInDoubt, isWithoutEffect, openConnections, queryableOf } from './connections.ts';
import { createLane } from './lane.ts';
import { runtimeConnections } from './options.ts';
import type { ParsedOptions } from './options.ts';
import type { Queryable, Session } from './queryable.ts';
import { storeErrorOf } from './sqlstate.ts';

export interface Database {
	/** Statements on one connection, each its own transaction. Repeated while nothing can have happened. */
	run<Result>(work: (db: Session) => Promise<Result>): Promise<Result>;
	/** As `run`, for statements that may be repeated even when it is unknown whether they took effect. */
	runRepeatable<Result>(work: (db: Session, isRepeat: boolean) => Promise<Result>): Promise<Result>;
	/** A transaction of our own, READ COMMITTED, repeated as a whole while nothing can have happened. */
	transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
	/**
	 * A transaction for a handler: never more of them at once than leave the runtime its connections; never repeated. `tx` is for the handler's
	 * statements, `ours` for those of the adapter in the same transaction.
	 */
	handlerTransaction<Result>(work: (tx: Queryable, ours: Queryable) => Promise<Result>): Promise<Result>;
	/** A caller's transaction: errors are translated, nothing is repeated. */
	join(tx: Queryable): Queryable;
	end(): Promise<void>;
}

/** Four tries over about a second: enough for a hiccup, short enough for a caller that waits. */
const retryDelaysMs = [50, 200, 750];

export function openDatabase(options: ParsedOptions, clock: Clock): Database {
	const waits = createConnectionWaits(options.telemetry, clock);
	const connections = openConnections(options, clock, waits);
	const handlerLane = createLane(connections.max - runtimeConnections, (waiting) =>
		waits.measured('handler-lane', waiting),
	);
	const ours = { timeoutMs: options.statementTimeoutMs, isPrepared: options.preparedStatements };

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
		run: (work) => repeated(() => connections.use((client) => work(queryableOf(client, ours))), hadNoEffect),
		runRepeatable: (work) =>
			repeated(
				(isRepeat) => connections.use((client) => work(queryableOf(client, ours), isRepeat)),
				({ isRetryable }) => isRetryable,
			),
		transaction: (work) =>
			repeated(() => connections.use((client) => inTransaction(queryableOf(client, ours), work)), hadNoEffect),
		// How long a handler's own statements may take is the handler's business.
		handlerTransaction: (work) =>
			handlerLane(() =>
				connections.use((client) =>
					inTransaction(queryableOf(client, ours), (tx) => work(queryableOf(client, {}), tx)),
				),
			),
		join: (tx) => ({
			query: async (text, values) => {
				try {
					return await tx.query(text, values);
				} catch (error) {
					throw storeErrorOf(error) ?? error;
				}
			},
		}),
		end: () => connections.end(),
	};
}

async function inTransaction<Result>(tx: Queryable, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
	await tx.query('begin isolation level read committed');
	try {
		const result = await work(tx);
		await tx.query('commit');
		return result;
	} catch (error) {
		// A connection in doubt is given up, and its transaction with it.
		if (!isInDoubt(error)) await tx.query('rollback').catch(() => undefined);
		throw error;
	}
}

/** The server rolled the transaction back or refused to write, or no statement was ever sent: repeating cannot double anything. */
function hadNoEffect(error: StoreError): boolean {
	if (error.reason === 'serialization' || error.reason === 'deadlock' || error.reason === 'lock-timeout') return true;
	return error.isRetryable && isWithoutEffect(error);
}
