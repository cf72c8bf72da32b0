/** `worker` and `router`: parts of the service in a process of their own; any number of these may run beside each other. */
import { ConfigurationError } from '@cb/core';
import type { DemoConfig } from './config.ts';
import { createClosings } from './runtime/closings.ts';
import { openEngine } from './runtime/engine.ts';
import { createLogger } from './runtime/logging.ts';
import { startRouters } from './runtime/start-routers.ts';
import { startWorkers } from './runtime/start-workers.ts';
import type { StopRequest } from './shutdown.ts';

const parts = { worker: startWorkers, router: startRouters } as const;

export type Role = keyof typeof parts;

/** Resolves with the exit code. */
export async function work(role: Role, config: DemoConfig, stop: StopRequest): Promise<number> {
	if (config.databaseUrl === undefined) {
		throw new ConfigurationError(`A ${role} works on a server that runs already: set CB_DATABASE_URL.`);
	}
	const logger = createLogger(config.log, `${role} ${String(process.pid)}`);
	const closings = createClosings(logger);
	try {
		const engine = openEngine({ url: config.databaseUrl, config, logger, closings });
		await parts[role](engine, closings);
		process.send?.({ kind: 'started' });
		await stop.requested;
	} catch (error) {
		logger.error({ err: error }, `the ${role} could not start`);
		await closings.closeAll(config.shutdownMs);
		return 1;
	}
	return (await closings.closeAll(config.shutdownMs)) ? 0 : 1;
}
