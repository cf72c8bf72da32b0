/** `serve`: the whole service in one process, until it is asked to stop. */
import { isCommandBusError } from '@cb/core';
import type { Worker } from '@cb/core';
import type { Logger } from 'pino';
import type { ReplyRouter } from '@cb/process';
import type { DemoConfig } from './config.ts';
import { createHttpApp } from './http/app.ts';
import type { Component } from './http/health-routes.ts';
import { startHttp } from './http/start-http.ts';
import { observeQueues } from './observability/observe-queues.ts';
import { openObservability } from './observability/open-observability.ts';
import { sampleCustomers } from './payments/sample-transfers.ts';
import { startSampleTraffic } from './runtime/sample-traffic.ts';
import { troubleshootingHttp } from './operating/troubleshooting.ts';
import { openStatementFiles } from './reporting/statement-files.ts';
import { createClosings } from './runtime/closings.ts';
import type { Closings } from './runtime/closings.ts';
import { refuseSecond, writeConnectionFile } from './runtime/connection-file.ts';
import { openEngine } from './runtime/engine.ts';
import { createLogger } from './runtime/logging.ts';
import { startRouters } from './runtime/start-routers.ts';
import { startWorkers } from './runtime/start-workers.ts';
import { openServer, prepareDatabase } from './runtime/open-server.ts';
import type { StopRequest } from './shutdown.ts';
import { openAccounts } from './statements/open-accounts.ts';

const customerCount = 100;
const openingBalanceCents = 1_000_000;

/** Resolves with the exit code. */
export async function serve(config: DemoConfig, stop: StopRequest): Promise<number> {
	const logger = createLogger(config.log, 'serve');
	const closings = createClosings(logger);
	try {
		const url = await start(config, { closings, stop, logger });
		if (!stop.signal.aborted) say(welcome(url, config));
		await stop.requested;
		logger.info('stopping: no new work, finishing what is under way');
	} catch (error) {
		complain(error, logger);
		await closings.closeAll(config.shutdownMs);
		return 1;
	}
	const isClean = await closings.closeAll(config.shutdownMs);
	logger.info('stopped');
	return isClean ? 0 : 1;
}

/** What a person can mend is said in a sentence; everything else with its stack. */
function complain(error: unknown, logger: Logger): void {
	if (isCommandBusError(error)) say(`The demo could not start: ${error.message}`);
	else logger.error({ err: error }, 'the demo could not start');
}

interface Surroundings {
	readonly closings: Closings;
	readonly stop: StopRequest;
	readonly logger: Logger;
}

/** Resolves with the address of the service, or early when it is asked to stop meanwhile. */
async function start(config: DemoConfig, { closings, stop, logger }: Surroundings): Promise<string> {
	if (config.databaseUrl === undefined) refuseSecond(config.dataDirectory);
	say(config.databaseUrl === undefined ? 'Starting PostgreSQL …' : 'Using the server that CB_DATABASE_URL names …');
	const server = await openServer(config, closings);
	if (stop.signal.aborted) return '';
	await prepareDatabase(server);
	const databaseUrl = server.url;
	const observability = openObservability({ serviceName: 'payments', tracesUrl: config.tracesUrl });
	closings.add('observability', () => observability.close());
	const engine = openEngine({ url: databaseUrl, config, logger, closings, observability });
	await openAccounts(engine.database, sampleCustomers(customerCount), openingBalanceCents);
	if (config.databaseUrl === undefined) {
		const connectionFile = writeConnectionFile(config.dataDirectory, databaseUrl);
		closings.add('connection file', () => {
			connectionFile.remove();
		});
	}
	const workers = await startWorkers(engine, closings);
	const routers = await startRouters(engine, closings);
	await observeQueues(engine, closings);
	const traffic = startSampleTraffic(engine, { perSecond: config.transfersPerSecond, customerCount });
	closings.add('sample traffic', () => traffic.stop());
	const health = { components: () => componentsOf(workers, routers) };
	const { operators } = config;
	const troubleshooting = troubleshootingHttp(engine, operators);
	const files = openStatementFiles(config.statementsDirectory);
	const http = await startHttp(createHttpApp({ ...engine, health, troubleshooting, files, operators }), config.http);
	closings.add('HTTP', () => http.close());
	return http.url;
}

function componentsOf(workers: readonly Worker[], routers: readonly ReplyRouter[]): readonly Component[] {
	return [
		...workers.map((worker) => ({ kind: 'worker' as const, health: worker.health() })),
		...routers.map((router) => ({ kind: 'router' as const, health: router.health() })),
	];
}

function welcome(url: string, { transfersPerSecond }: DemoConfig): string {
	const traffic =
		transfersPerSecond > 0
			? `About ${String(transfersPerSecond)} sample transfers per second are placed (--quiet: none), now and then an order or a report; some fail on purpose.`
			: 'No sample transfers are placed.';
	return `
The payments service is running. ${traffic}

  open   ${url}/            what the service offers
         ${url}/transfers   the newest transfers
         ${url}/processes   orders and reports, step by step
         ${url}/accounts    balances, which always add up to zero
         ${url}/metrics     for Prometheus
  send   curl -s -X POST ${url}/transfers -H 'authorization: Bearer bob:operator' -H 'content-type: application/json' \\
           -d '{ "fromAccount": "customer-0001", "toAccount": "customer-0002", "amountCents": 1250 }'
  look   npm run cb -- queues
         npm run cb -- process list
         npm run cb -- tsq list
  act    CB_OPERATOR=alice npm run cb -- tsq retry payments <command id>
  stop   Ctrl-C
`;
}

function say(text: string): void {
	process.stderr.write(`${text}\n`);
}
