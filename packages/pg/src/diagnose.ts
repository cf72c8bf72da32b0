/**
 * Looks at a database as whoever is on call would: versions, schema and drift, PGMQ, privileges, vacuum, settings that lose commands. Changes
 * nothing.
 */
import { isCommandBusError } from '@cb/core';
import type { Client, ClientConfig } from 'pg';
import { critical, ok, warning } from './diagnosis/finding.ts';
import type { Finding } from './diagnosis/finding.ts';
import { noAccessFinding, privilegeFinding } from './diagnosis/privileges.ts';
import { driftFinding, schemaFindings } from './diagnosis/schema.ts';
import { serverFindings } from './diagnosis/server.ts';
import { bloatFinding, horizonFinding, vacuumFinding } from './diagnosis/tables.ts';
import { readMigrationStatus } from './migrate.ts';
import type { MigrationStatus } from './migrate.ts';
import { storeErrorOf } from './sqlstate.ts';
import { describeSchema } from './statements/describe-schema.ts';
import { readMissingQueues, readServerFacts } from './statements/diagnosis.ts';
import type { RoleKind } from './statements/roles.ts';
import { readHorizonHolder, readTableFacts } from './statements/table-facts.ts';
import { withClient } from './with-client.ts';

export interface DiagnoseOptions {
	/** The kind of work the current role is meant for: what it lacks for that is critical. */
	readonly as?: RoleKind | undefined;
	/** From when on a transaction that stays open is worth a warning. @default 60 */
	readonly heldTransactionSeconds?: number | undefined;
}

/** Every check that could be made. A database that cannot be reached is one critical finding, not an exception. */
export async function diagnose(
	connection: string | ClientConfig,
	options: DiagnoseOptions = {},
): Promise<readonly Finding[]> {
	const config = typeof connection === 'string' ? { connectionString: connection } : connection;
	try {
		return await withClient({ connectionTimeoutMillis: 5_000, ...config }, (client) => findingsOf(client, options));
	} catch (error) {
		if (!isCommandBusError(error, 'store')) throw error;
		return [critical('connection', error.message, 'Check the address, the credentials and that the server runs.')];
	}
}

async function findingsOf(client: Client, options: DiagnoseOptions): Promise<readonly Finding[]> {
	const facts = await readServerFacts(client);
	const status = await readableStatus(client);
	return [
		...(facts === undefined ? [] : serverFindings(facts)),
		horizonFinding(await readHorizonHolder(client), options.heldTransactionSeconds ?? 60),
		...(typeof status === 'string'
			? [noAccessFinding(options.as, status)]
			: await cbFindings(client, status, { ...options, userName: facts?.user_name ?? '' })),
		await listenFinding(client),
	];
}

/** The status, or why this role may not see it. */
async function readableStatus(client: Client): Promise<MigrationStatus | string> {
	try {
		return await readMigrationStatus(client);
	} catch (error) {
		const known = storeErrorOf(error);
		if (known?.reason !== 'authorization') throw error;
		return known.message;
	}
}

async function cbFindings(
	client: Client,
	status: MigrationStatus,
	{ as, userName }: DiagnoseOptions & { readonly userName: string },
): Promise<readonly Finding[]> {
	const findings = schemaFindings(status);
	if (status.schemaVersion === 0 || status.problem !== undefined) return findings;
	const tables = await readTableFacts(client);
	return [
		...findings,
		await privilegeFinding(client, userName, as),
		driftFinding(await describeSchema(client)),
		await queueFinding(client),
		vacuumFinding(tables),
		bloatFinding(tables),
	];
}

async function queueFinding(client: Client): Promise<Finding> {
	try {
		const missing = await readMissingQueues(client);
		return missing === null
			? ok('queues', 'Every domain has its queues.')
			: critical('queues', `Queues are missing: ${missing}.`, "Create each with select pgmq.create('<queue>').");
	} catch (error) {
		if (storeErrorOf(error)?.reason !== 'authorization') throw error;
		return ok('queues', 'Not looked at: this role sees no queue tables.');
	}
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
