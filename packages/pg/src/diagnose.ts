/** Looks at a database as whoever is on call would: versions, schema and drift, PGMQ, privileges, settings that lose commands. Changes nothing. */
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { schemaSnapshot } from './generated/schema-snapshot.ts';
import { readMigrationStatus } from './migrate.ts';
import type { MigrationStatus } from './migrate.ts';
import { storeErrorOf } from './sqlstate.ts';
import { describeSchema, schemaObjectsOf } from './statements/describe-schema.ts';
import type { SchemaObject } from './statements/describe-schema.ts';
import { readMissingQueues, readServerFacts } from './statements/diagnosis.ts';
import type { ServerFacts } from './statements/diagnosis.ts';

export interface Finding {
	/** What was looked at, in kebab case. */
	readonly check: string;
	readonly state: 'ok' | 'warning' | 'critical';
	readonly message: string;
	/** What to do; absent when nothing is. */
	readonly advice?: string | undefined;
}

/** Every check that could be made. A database that cannot be reached is one critical finding, not an exception. */
export async function diagnose(connection: string | ClientConfig): Promise<readonly Finding[]> {
	const config = typeof connection === 'string' ? { connectionString: connection } : connection;
	const client = new Client({ connectionTimeoutMillis: 5_000, ...config });
	client.on('error', () => undefined);
	try {
		await client.connect();
		return await findingsOf(client);
	} catch (error) {
		const known = storeErrorOf(error);
		if (known === undefined) throw error;
		return [critical('connection', known.message, 'Check the address, the credentials and that the server runs.')];
	} finally {
		await client.end().catch(() => undefined);
	}
}

async function findingsOf(client: Client): Promise<readonly Finding[]> {
	const facts = await readServerFacts(client);
	const status = await readMigrationStatus(client);
	const isReadable = status.schemaVersion > 0 && facts?.may_use_cb === true;
	return [
		...(facts === undefined ? [] : serverFindings(facts)),
		schemaFinding(status),
		...(facts === undefined || status.schemaVersion === 0 ? [] : [privilegeFinding(facts)]),
		...(isReadable && status.problem === undefined ? [driftFinding(await describeSchema(client))] : []),
		...(isReadable ? [queueFinding(await readMissingQueues(client))] : []),
		await listenFinding(client),
	];
}

function serverFindings(facts: ServerFacts): readonly Finding[] {
	return [
		facts.server_version_number >= 150_000
			? ok('server-version', `PostgreSQL ${facts.server_version}`)
			: critical('server-version', `PostgreSQL ${facts.server_version}`, 'Use PostgreSQL 15 or newer.'),
		facts.is_in_recovery
			? critical('primary', 'The server is a read-only standby.', 'Connect to the primary.')
			: ok('primary', 'The server accepts writes.'),
		facts.is_fsync_on && facts.synchronous_commit !== 'off'
			? ok('durability', `fsync on, synchronous_commit ${facts.synchronous_commit}`)
			: critical(
					'durability',
					'fsync or synchronous_commit is off: a crash of the server loses commands.',
					'Switch both on.',
				),
		facts.isolation === 'read committed'
			? ok('isolation', 'read committed')
			: warning(
					'isolation',
					`default_transaction_isolation is ${facts.isolation}: statements will be repeated often.`,
					'Set it to "read committed" for this role.',
				),
		...loadFindings(facts),
		clockFinding(facts),
	];
}

function loadFindings(facts: ServerFacts): readonly Finding[] {
	const connections = `${facts.used_connections} of ${facts.max_connections} in use`;
	const oldestSeconds = Math.round(facts.oldest_transaction_seconds ?? 0);
	return [
		facts.is_autovacuum_on
			? ok('autovacuum', 'on')
			: critical('autovacuum', 'Autovacuum is off: queues get slower until they stand still.', 'Switch it on.'),
		facts.used_connections < facts.max_connections * 0.9
			? ok('connections', connections)
			: warning('connections', connections, 'Raise max_connections or use fewer processes.'),
		oldestSeconds < 60
			? ok('open-transactions', 'None is open for a minute or more.')
			: warning(
					'open-transactions',
					`One has been open for ${oldestSeconds} s: dead rows cannot be removed meanwhile.`,
					'Find it in pg_stat_activity by xact_start and end it.',
				),
	];
}

function clockFinding(facts: ServerFacts): Finding {
	const skewSeconds = Math.abs(facts.now.getTime() - Date.now()) / 1_000;
	return skewSeconds < 5
		? ok('clock', `The server's clock differs by ${skewSeconds.toFixed(1)} s.`)
		: warning(
				'clock',
				`The server's clock differs by ${skewSeconds.toFixed(1)} s from this machine's.`,
				"Leases use the server's clock and are safe; logs will look odd. Synchronise both.",
			);
}

function schemaFinding({ problem, schemaVersion, pgmqVersion }: MigrationStatus): Finding {
	if (problem !== undefined) return critical('schema', problem, 'See the message.');
	return ok('schema', `version ${String(schemaVersion)}, PGMQ ${pgmqVersion ?? 'of at least 1.11'}`);
}

function privilegeFinding(facts: ServerFacts): Finding {
	const isEnough = facts.may_use_cb === true && facts.may_use_pgmq === true && facts.may_write_commands === true;
	return isEnough
		? ok('privileges', `${facts.user_name} may work on schemas cb and pgmq.`)
		: warning(
				'privileges',
				`${facts.user_name} may not use or write schemas cb and pgmq.`,
				'Grant usage on both schemas and the table privileges a worker needs.',
			);
}

function driftFinding(actual: readonly SchemaObject[]): Finding {
	const expected = new Map(schemaObjectsOf(schemaSnapshot).map(({ name, definition }) => [name, definition]));
	const found = new Map(actual.map(({ name, definition }) => [name, definition.trimEnd()]));
	const differing = [
		...[...expected]
			.filter(([name, definition]) => found.get(name) !== definition)
			.map(([name]) => (found.has(name) ? `changed: ${name}` : `missing: ${name}`)),
		...[...found.keys()].filter((name) => !expected.has(name)).map((name) => `unknown: ${name}`),
	].filter((difference) => !difference.includes('function cb.new_id()'));
	return differing.length === 0
		? ok('drift', 'Schema cb is as the migrations make it.')
		: warning(
				'drift',
				`Schema cb differs from the migrations: ${differing.join(', ')}.`,
				'Undo the change, or restore the object from the migrations.',
			);
}

function queueFinding(missing: string | null): Finding {
	return missing === null
		? ok('queues', 'Every domain has its queues.')
		: critical('queues', `Queues are missing: ${missing}.`, "Create each with select pgmq.create('<queue>').");
}

async function listenFinding(client: Client): Promise<Finding> {
	try {
		await client.query('listen cb_doctor');
		return ok('listen', 'LISTEN is possible on this connection.');
	} catch (error) {
		return warning(
			'listen',
			`LISTEN failed: ${String(error)}`,
			'Workers poll instead; give `listen` a direct connection string.',
		);
	}
}

function ok(check: string, message: string): Finding {
	return { check, state: 'ok', message };
}

function warning(check: string, message: string, advice: string): Finding {
	return { check, state: 'warning', message, advice };
}

function critical(check: string, message: string, advice: string): Finding {
	return { check, state: 'critical', message, advice };
}
