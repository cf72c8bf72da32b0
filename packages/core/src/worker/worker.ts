/** The life of a worker: start, work off one domain's commands, stop. */
import { InvalidOperationError } from '../errors.ts';
import type { WorkerHealth } from './health.ts';
import { parseWorkerOptions } from './worker-options.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface StopOptions {
	/** @default the worker's `stopTimeoutMs` */
	readonly timeoutMs?: number | undefined;
}

/** What became of the commands a worker held when it was stopped. */
export interface StopReport {
	/** Handled to an end, and the outcome stored. */
	readonly finished: number;
	/** Given back before their handler started; no attempt was counted. */
	readonly released: number;
	/** Left to the end of their lease: the handler did not end in time, or its outcome could not be stored. */
	readonly abandoned: number;
}

/** Works off the commands of one domain. */
export interface Worker extends AsyncDisposable {
	readonly workerId: string;
	/**
	 * Checks the schema, creates the domain if asked, and resolves once commands are being received. Rejects with `SchemaMismatchError`,
	 * `DomainNotFoundError` or `StoreError`; then nothing runs and it may be called again. From then on it reconnects for ever.
	 */
	start(): Promise<void>;
	/**
	 * Receives no more, gives back what was not started, lets handlers finish for `timeoutMs`, then aborts their signals and gives them a
	 * second more. What is left is delivered again when its lease runs out. Repeated calls share the result.
	 */
	stop(options?: StopOptions): Promise<StopReport>;
	health(): WorkerHealth;
}

/** Throws `ConfigurationError` for options that cannot work. Nothing runs before `start`. */
export function createWorker<Tx>(options: WorkerOptions<Tx>): Worker {
	const { settings } = parseWorkerOptions(options);
	throw new InvalidOperationError(`Worker ${settings.workerId} is not written yet.`, 'stopped');
}
