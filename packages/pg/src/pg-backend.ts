/** Composition: every port of `@cb/core` over one PostgreSQL database. */
import { SchemaMismatchError, createSystemClock } from '@cb/core';
import type { Backend } from '@cb/core';
import { createBatchStore } from './batch-store.ts';
import { createCommandQuery } from './command-query.ts';
import { createCommandStore } from './command-store.ts';
import { openDatabase } from './database.ts';
import { createDomainStore } from './domain-store.ts';
import { createMaintenanceStore } from './maintenance-store.ts';
import { readMigrationStatus } from './migrate.ts';
import { createNotifier } from './notifier.ts';
import { parseOptions } from './options.ts';
import type { PgBackendOptions } from './options.ts';
import { createProcessStore } from './process-store.ts';
import type { Queryable } from './queryable.ts';
import { createReplyChannel } from './reply-channel.ts';
import { explainError } from './sqlstate.ts';
import { createTroubleshootingStore } from './troubleshooting-store.ts';
import { createWakeSignal } from './wake-signal.ts';

const longestGoodbyeMs = 1_000;

/** A backend whose transactions are anything that fits `Queryable`. */
export type PgBackend = Backend<Queryable>;

/**
 * Opens nothing yet: the first call connects. Uses at most `maxConnections` connections and one for LISTEN, whatever the concurrency.
 * Throws `ConfigurationError` for options that cannot work.
 */
export function createPgBackend(options: PgBackendOptions): PgBackend {
	const parsed = parseOptions(options);
	const clock = parsed.clock ?? createSystemClock();
	const database = openDatabase(parsed, clock);
	const notifier = createNotifier(database, clock);
	const { listenHosts: hosts, applicationName } = parsed;
	const wake = createWakeSignal(hosts && { hosts, applicationName: `${applicationName} listen` }, clock);
	let closing: Promise<void> | undefined;

	/** A wake-up that is still to be told is waited for, but not for long: whoever misses it polls. */
	async function closeAll(): Promise<void> {
		await wake.close();
		const waited = new AbortController();
		await Promise.race([notifier.close(), clock.sleep(longestGoodbyeMs, waited.signal)]);
		waited.abort();
		await database.end();
	}

	return {
		clock,
		wake,
		domains: createDomainStore(database),
		commands: createCommandStore({ database, notifier }),
		queries: createCommandQuery(database),
		batches: createBatchStore(database, notifier),
		troubleshooting: createTroubleshootingStore(database, notifier),
		processes: createProcessStore(database, notifier),
		replies: createReplyChannel(database),
		maintenance: createMaintenanceStore(database),
		explainError,
		async checkSchema() {
			const { problem } = await database.runRepeatable(readMigrationStatus);
			if (problem !== undefined) throw new SchemaMismatchError(problem);
		},
		close() {
			closing ??= closeAll();
			return closing;
		},
	};
}
