/** Where a run plays: a database of its own, customers with money, the service's HTTP, and processes that can be hired. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Logger } from 'pino';
import { layeredEnvironment, readConfig } from '../config.ts';
import { createHttpApp } from '../http/app.ts';
import { startHttp } from '../http/start-http.ts';
import { troubleshootingHttp } from '../operating/troubleshooting.ts';
import { sampleCustomers } from '../payments/sample-transfers.ts';
import { openStatementFiles } from '../reporting/statement-files.ts';
import type { StatementFiles } from '../reporting/statement-files.ts';
import type { Closings } from '../runtime/closings.ts';
import { openEngine } from '../runtime/engine.ts';
import type { Engine } from '../runtime/engine.ts';
import { prepareDatabase } from '../runtime/open-server.ts';
import { openAccounts } from '../statements/open-accounts.ts';
import { createCrew } from './crew.ts';
import type { Crew } from './crew.ts';
import { customerCount, openingBalanceCents, scenarioDefaults } from './settings.ts';
import type { ScenarioOptions } from './settings.ts';

export interface Stage {
	readonly said: ScenarioOptions;
	readonly engine: Engine;
	/** Of the service. */
	readonly url: string;
	/** What the reports leave, in a directory of this run. */
	readonly files: StatementFiles;
	readonly crew: Crew;
	/** Tells people how it goes. */
	readonly say: (text: string) => void;
}

export interface StageOptions {
	readonly said: ScenarioOptions;
	readonly closings: Closings;
	readonly logger: Logger;
	readonly say: (text: string) => void;
}

/** On the server that CB_DATABASE_URL names, or an embedded one; what it opens is closed with `closings`. */
export async function setStage({ said, closings, logger, say }: StageOptions): Promise<Stage> {
	say('Starting PostgreSQL …');
	const server = await startPostgres();
	closings.add('PostgreSQL', () => server.stop());
	const database = await createFreshDatabase(server.url);
	closings.add('database', () => database.drop());
	await prepareDatabase({ url: database.url });
	const statements = await mkdtemp(join(tmpdir(), 'cb-demo-statements-'));
	closings.add('statements', () => rm(statements, { recursive: true, force: true }));
	const environment = layeredEnvironment(scenarioDefaults, {
		CB_DATABASE_URL: database.url,
		CB_DEMO_SEED: said.seed,
		CB_DEMO_STATEMENTS_DIRECTORY: statements,
	});
	const config = readConfig(environment);
	const engine = openEngine({ url: database.url, config, logger, closings });
	await openAccounts(engine.database, sampleCustomers(customerCount), openingBalanceCents);
	const troubleshooting = troubleshootingHttp(engine, config.operators);
	const files = openStatementFiles(config.statementsDirectory);
	const health = { components: () => [] };
	const app = createHttpApp({ ...engine, health, troubleshooting, files, operators: config.operators });
	const http = await startHttp(app, { host: '127.0.0.1', port: 0 });
	closings.add('HTTP', () => http.close());
	const crew = createCrew(environment);
	closings.add('processes', () => crew.dismiss());
	return { said, engine, url: http.url, files, crew, say };
}
