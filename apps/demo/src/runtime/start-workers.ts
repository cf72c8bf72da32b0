/** Starts what works the commands of every domain off, the inbox of the payments' replies, the operators' bulks and the maintenance. */
import { createWorker } from '@cb/core';
import type { Handlers, Worker } from '@cb/core';
import { createBulkRunner } from '@cb/ops';
import type { Queryable } from '@cb/pg';
import type { DemoConfig } from '../config.ts';
import type { Simulation } from '../failures/simulated-handler.ts';
import { ordersDomain } from '../orders/commands.ts';
import { createOrderHandlers } from '../orders/handlers.ts';
import { paymentsDomain } from '../payments/commands.ts';
import { createPaymentHandlers } from '../payments/handlers.ts';
import { startReplyInbox } from '../payments/reply-inbox.ts';
import { reportingDomain } from '../reporting/commands.ts';
import { createReportHandlers } from '../reporting/handlers.ts';
import { openStatementFiles } from '../reporting/statement-files.ts';
import type { Closings } from './closings.ts';
import type { Engine } from './engine.ts';
import { startMaintenance } from './start-maintenance.ts';

/** How soon a started bulk is taken up. */
const bulkPollIntervalMs = 500;

export async function startWorkers(engine: Engine, closings: Closings): Promise<readonly Worker[]> {
	const { backend, bus, database, logger, telemetry, config } = engine;
	const inbox = await startReplyInbox({ backend, bus, database, logger, leaseSeconds: config.worker.leaseSeconds });
	closings.add('reply inbox', () => inbox.stop());
	const bulks = createBulkRunner({ backend, telemetry, pollIntervalMs: bulkPollIntervalMs });
	await bulks.start();
	closings.add('bulk runner', () => bulks.stop());
	await startMaintenance(engine, closings);

	const simulation = simulationOf(config);
	const desk = { files: openStatementFiles(config.statementsDirectory), database };
	const workers = [
		createDomainWorker(engine, paymentsDomain, createPaymentHandlers(simulation)),
		createDomainWorker(engine, ordersDomain, createOrderHandlers(simulation)),
		createDomainWorker(engine, reportingDomain, createReportHandlers(simulation, desk)),
	];
	closings.add('workers', async () => {
		const timeoutMs = config.shutdownMs / 2;
		const reports = await Promise.all(workers.map((worker) => worker.stop({ timeoutMs })));
		logger.info({ reports }, 'workers stopped');
	});
	await Promise.all(workers.map((worker) => worker.start()));
	return workers;
}

function createDomainWorker(engine: Engine, domain: string, handlers: Handlers<Queryable>): Worker {
	const { backend, bus, logger, telemetry, config } = engine;
	const { concurrency, leaseSeconds, maxRunSeconds, unhealthyAfterMs, maxAttempts, backoffSeconds } = config.worker;
	return createWorker({
		backend,
		bus,
		domain,
		handlers,
		concurrency,
		leaseSeconds,
		maxRunSeconds,
		unhealthyAfterMs,
		retry: { maxAttempts, backoff: { kind: 'fixed', delaysSeconds: backoffSeconds } },
		telemetry,
		logger,
	});
}

/** A hanging attempt takes half as long again as the worker allows. */
export function simulationOf(config: DemoConfig): Simulation {
	const { seed, failures, minDurationMs, maxDurationMs, worker } = config;
	return { seed, rates: failures, minDurationMs, maxDurationMs, hangMs: worker.maxRunSeconds * 1_500 };
}
