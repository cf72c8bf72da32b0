/** What every role of the demo works with: the backend, a bus on it, and the demo's own connections. */
import { combineTelemetry, createCommandBus, createLoggingTelemetry } from '@cb/core';
import type { CommandBus, Telemetry } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import type { PgBackend, Queryable } from '@cb/pg';
import { createProcessManager } from '@cb/process';
import type { ProcessManager } from '@cb/process';
import type { Logger } from 'pino';
import type { Observability } from '../observability/open-observability.ts';
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
	readonly observability: Observability | undefined;
	readonly config: DemoConfig;
}

export interface EngineOptions {
	readonly url: string;
	readonly config: DemoConfig;
	readonly logger: Logger;
	readonly closings: Closings;
	/** Gets what the log gets. */
	readonly observability?: Observability | undefined;
}

/** 4 for receiving, settling and sending; the rest for handlers that book. */
const maxConnections = 14;

/** Opens nothing on the network yet; what it opens is closed with `closings`. */
export function openEngine({ url, config, logger, closings, observability }: EngineOptions): Engine {
	const listeners = observability === undefined ? [] : [observability.telemetry];
	const telemetry = combineTelemetry(createLoggingTelemetry(logger), ...listeners);
	const backend = createPgBackend({ connection: url, applicationName: 'demo: bus', maxConnections, telemetry });
	closings.add('backend', () => backend.close());
	const database = openBusinessDatabase(url, { applicationName: 'demo: business' });
	closings.add('business connections', () => database.close());
	const bus = createCommandBus(backend, { telemetry });
	closings.add('bus', () => bus.close());
	const processes = createProcessManager(backend, processDefinitions, { telemetry });
	return { backend, bus, processes, database, logger, telemetry, observability, config };
}
