/** Starts what works the payments domain off: the worker, the inbox of its replies, and what carries out the operators' bulks. */
import { createWorker } from '@cb/core';
import type { Worker } from '@cb/core';
import { createBulkRunner } from '@cb/ops';
import type { DemoConfig } from '../config.ts';
import type { Simulation } from '../failures/simulated-handler.ts';
import type { Closings } from '../runtime/closings.ts';
import type { Engine } from '../runtime/engine.ts';
import { paymentsDomain } from './commands.ts';
import { createPaymentHandlers } from './handlers.ts';
import { startReplyInbox } from './reply-inbox.ts';

/** How soon a started bulk is taken up. */
const bulkPollIntervalMs = 500;

export async function startPayments(engine: Engine, closings: Closings): Promise<Worker> {
	const { backend, bus, database, logger, telemetry, config } = engine;
	const { concurrency, leaseSeconds, maxRunSeconds, unhealthyAfterMs, maxAttempts, backoffSeconds } = config.worker;
	const inbox = await startReplyInbox({ backend, bus, database, logger, leaseSeconds });
	closings.add('reply inbox', () => inbox.stop());
	const bulks = createBulkRunner({ backend, telemetry, pollIntervalMs: bulkPollIntervalMs });
	await bulks.start();
	closings.add('bulk runner', () => bulks.stop());
	const worker = createWorker({
		backend,
		bus,
		domain: paymentsDomain,
		handlers: createPaymentHandlers(simulationOf(config)),
		concurrency,
		leaseSeconds,
		maxRunSeconds,
		unhealthyAfterMs,
		retry: { maxAttempts, backoff: { kind: 'fixed', delaysSeconds: backoffSeconds } },
		telemetry,
		logger,
	});
	await worker.start();
	closings.add('payments worker', async () => {
		const report = await worker.stop({ timeoutMs: config.shutdownMs / 2 });
		logger.info(report, 'payments worker stopped');
	});
	return worker;
}

/** A hanging attempt takes half as long again as the worker allows. */
export function simulationOf(config: DemoConfig): Simulation {
	const { seed, failures, minDurationMs, maxDurationMs, worker } = config;
	return { seed, rates: failures, minDurationMs, maxDurationMs, hangMs: worker.maxRunSeconds * 1_500 };
}
