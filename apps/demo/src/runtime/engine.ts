/** What every role of the demo works with: the backend, a bus on it, and the demo's own connections. */
import { createCommandBus, createLoggingTelemetry } from '@cb/core';
import type { CommandBus, Telemetry } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend, Queryable } from '@cb/pg';
import { createProcessManager } from '@cb/process';
import type { ProcessManager } from '@cb/process';
import type { Logger } from 'pino';
import type { DemoConfig } from '../config.ts';
import { processDefinitions } from '../processes/catalogue.ts';
import { openBusinessDatabase } from './business-database.ts';
import type { BusinessDatabase } from './business-database.ts';
import type { Closings } from './closings.ts';

export interface Engine {
	readonly backend: PgBackend;
	readonly bus: CommandBus<Queryable>;
	readonly database: BusinessDatabase;
	readonly processes: ProcessManager<Queryable>;
	readonly logger: Logger;
	readonly telemetry: Telemetry;
	readonly config: DemoConfig;
}

export interface EngineOptions {
	readonly url: string;
	readonly config: DemoConfig;
	readonly logger: Logger;
	readonly closings: Closings;
}

/** 4 for receiving, settling and sending; the rest for handlers that book. */
const maxConnections = 14;

/** Opens nothing on the network yet; what it opens is closed with `closings`. */
export function openEngine({ url, config, logger, closings }: EngineOptions): Engine {
	const telemetry = createLoggingTelemetry(logger);
	const backend = createPgBackend({ connection: url, applicationName: 'demo: bus', maxConnections });
	closings.add('backend', () => backend.close());
	const database = openBusinessDatabase(url, { applicationName: 'demo: business' });
	closings.add('business connections', () => database.close());
	const bus = createCommandBus(backend, { telemetry });
	closings.add('bus', () => bus.close());
	const processes = createProcessManager(backend, processDefinitions, { telemetry });
	return { backend, bus, processes, database, logger, telemetry, config };
}
