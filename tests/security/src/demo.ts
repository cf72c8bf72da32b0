/** The demo's HTTP service on a database of its own, without workers: nothing moves but what a request moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { afterAll } from 'vitest';
import { readConfig } from '../../../apps/demo/src/config.ts';
import { createHttpApp } from '../../../apps/demo/src/http/app.ts';
import { troubleshootingHttp } from '../../../apps/demo/src/operating/troubleshooting.ts';
import { sampleCustomers } from '../../../apps/demo/src/payments/sample-transfers.ts';
import { openStatementFiles } from '../../../apps/demo/src/reporting/statement-files.ts';
import { createClosings } from '../../../apps/demo/src/runtime/closings.ts';
import { openEngine } from '../../../apps/demo/src/runtime/engine.ts';
import { createLogger } from '../../../apps/demo/src/runtime/logging.ts';
import { prepareDatabase } from '../../../apps/demo/src/runtime/open-server.ts';
import { openAccounts } from '../../../apps/demo/src/statements/open-accounts.ts';
import { openScene } from '../../src/scene.ts';
import { digestOf } from './target.ts';

export interface AttackedDemo {
	readonly app: ReturnType<typeof createHttpApp>;
	readonly everything: () => Promise<unknown>;
}

/** To be called within a test file; what it opens is closed after its last test. */
export async function openDemo(): Promise<AttackedDemo> {
	const database = await freshDatabase();
	await prepareDatabase({ url: database.url });
	const { query, url } = await openScene(database);
	const directory = mkdtempSync(join(tmpdir(), 'cb-demo-statements-'));
	const config = readConfig({ CB_DEMO_LOG_LEVEL: 'silent', CB_DEMO_STATEMENTS_DIRECTORY: directory });
	const logger = createLogger(config.log, 'test');
	const closings = createClosings(logger);
	afterAll(async () => {
		await closings.closeAll(10_000);
		rmSync(directory, { recursive: true, force: true });
	});
	const engine = openEngine({ url, config, logger, closings });
	await openAccounts(engine.database, sampleCustomers(5), 1_000_000);
	const { operators } = config;
	const app = createHttpApp({
		...{ ...engine, operators },
		health: { components: () => [] },
		troubleshooting: troubleshootingHttp(engine, operators),
		files: openStatementFiles(directory),
	});
	return { app, everything: () => digestOf(query, ['cb', 'pgmq', 'demo']) };
}
