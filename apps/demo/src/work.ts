/** `worker`: works the commands off, without HTTP; any number of these may run beside each other. */
import { ConfigurationError } from '@cb/core';
import type { DemoConfig } from './config.ts';
import { startPayments } from './payments/start-payments.ts';
import { createClosings } from './runtime/closings.ts';
import { openEngine } from './runtime/engine.ts';
import { createLogger } from './runtime/logging.ts';
import type { StopRequest } from './shutdown.ts';

/** Resolves with the exit code. */
export async function work(config: DemoConfig, stop: StopRequest): Promise<number> {
	if (config.databaseUrl === undefined) {
		throw new ConfigurationError('A worker works on a server that runs already: set CB_DATABASE_URL.');
	}
	const logger = createLogger(config.log, `worker ${String(process.pid)}`);
	const closings = createClosings(logger);
	try {
		const engine = openEngine({ url: config.databaseUrl, config, logger, closings });
		await startPayments(engine, closings);
		process.send?.({ kind: 'started' });
		await stop.requested;
	} catch (error) {
		logger.error({ err: error }, 'the worker could not start');
		await closings.closeAll(config.shutdownMs);
		return 1;
	}
	return (await closings.closeAll(config.shutdownMs)) ? 0 : 1;
}
