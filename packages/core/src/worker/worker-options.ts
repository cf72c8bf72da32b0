/** The options of a worker, and the only place where their defaults live. */
import { newId } from '../model/new-id.ts';
import { z } from 'zod';
import type { CommandBus } from '../bus/command-bus.ts';
import type { HandlerLookup } from '../handling/handler-registry.ts';
import { DomainSchema } from '../model/ids.ts';
import { RetryOptionsSchema } from '../model/retry-policy.ts';
import type { RetryOptions } from '../model/retry-policy.ts';
import { parseConfiguration } from '../parse-input.ts';
import type { Backend } from '../ports/backend.ts';
import type { Logger, Telemetry } from '../ports/telemetry.ts';

export interface WorkerOptions<Tx = unknown> {
	readonly backend: Backend<Tx>;
	/** The domain whose commands it works off. One worker per domain and process is enough. */
	readonly domain: string;
	readonly handlers: HandlerLookup<Tx>;
	/** Handlers that run at a time. @default 10 */
	readonly concurrency?: number | undefined;
	/**
	 * How many commands it may hold beyond those that run, at most. What it does hold follows the measured speed of the handlers: about
	 * 100 ms of work, so that slow commands are left to other workers. @default 500
	 */
	readonly readAhead?: number | undefined;
	/** Without renewal a command is delivered again after this time. @default 30 */
	readonly leaseSeconds?: number | undefined;
	/** A handler that runs longer is told to stop and its command fails with HANDLER_TIMEOUT. @default 900 */
	readonly maxRunSeconds?: number | undefined;
	/** How often to look when nothing says that there is work. @default 1,000 */
	readonly pollIntervalMs?: number | undefined;
	/** Outcomes stored in one transaction, at most. @default 500 */
	readonly settleBatchSize?: number | undefined;
	/** Transactions that store outcomes under way at a time, each on a connection of its own. @default 1 */
	readonly settleInFlight?: number | undefined;
	/** How long an outcome waits for others to share a transaction, beyond one turn of the event loop. @default 0 */
	readonly settleDelayMs?: number | undefined;
	/** How long `stop` lets handlers finish before it aborts their signals. @default 30,000 */
	readonly stopTimeoutMs?: number | undefined;
	/** For commands whose send, registration and definition say nothing. */
	readonly retry?: RetryOptions | undefined;
	/** Stands in every receipt. @default a new UUID, version 7 */
	readonly workerId?: string | undefined;
	readonly telemetry?: Telemetry | undefined;
	/** What `context.logger` writes to. @default silent */
	readonly logger?: Logger | undefined;
	/** What `context.send` sends through. @default a bus of its own on the same backend */
	readonly bus?: CommandBus<Tx> | undefined;
	/** Whether `start` creates the domain if it does not exist. @default false */
	readonly createDomain?: boolean | undefined;
	/** Whether to listen for new commands; without, polling finds them. @default true */
	readonly useWakeSignal?: boolean | undefined;
	/** Not ready after failing to reach the store for so long. @default 30,000 */
	readonly unhealthyAfterMs?: number | undefined;
	/** How often to look for finished batches whose finisher died. @default 10,000 */
	readonly batchSweepMs?: number | undefined;
}

const seconds = (maximum: number): z.ZodNumber => z.number().positive().max(maximum);
const milliseconds = (maximum: number): z.ZodNumber => z.number().min(0).max(maximum);
const count = (maximum: number): z.ZodNumber => z.number().int().min(1).max(maximum);

const WorkerSettingsSchema = z.strictObject({
	domain: DomainSchema,
	concurrency: count(10_000).default(10),
	readAhead: z.number().int().min(0).max(10_000).default(500),
	leaseSeconds: z.number().min(1).max(43_200).default(30),
	maxRunSeconds: seconds(604_800).default(900),
	pollIntervalMs: z.number().min(1).max(3_600_000).default(1_000),
	settleBatchSize: count(10_000).default(500),
	settleInFlight: count(8).default(1),
	settleDelayMs: milliseconds(1_000).default(0),
	stopTimeoutMs: milliseconds(86_400_000).default(30_000),
	retry: RetryOptionsSchema.optional(),
	workerId: z.string().min(1).max(200).default(newId),
	createDomain: z.boolean().default(false),
	useWakeSignal: z.boolean().default(true),
	unhealthyAfterMs: milliseconds(86_400_000).default(30_000),
	batchSweepMs: z.number().min(100).max(3_600_000).default(10_000),
});

/** Everything that is a number or a name, parsed. */
export type WorkerSettings = z.output<typeof WorkerSettingsSchema>;

/** What a worker is made of, beside its settings. */
export type WorkerParts<Tx> = Pick<WorkerOptions<Tx>, 'backend' | 'handlers' | 'telemetry' | 'logger' | 'bus'>;

/** Throws `ConfigurationError` naming what cannot work. */
export function parseWorkerOptions<Tx>(options: WorkerOptions<Tx>): {
	readonly parts: WorkerParts<Tx>;
	readonly settings: WorkerSettings;
} {
	const { backend, handlers, telemetry, logger, bus, ...said } = options;
	const settings = parseConfiguration(WorkerSettingsSchema, said, `Worker of "${options.domain}"`);
	return { parts: { backend, handlers, telemetry, logger, bus }, settings };
}
