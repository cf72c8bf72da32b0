/** The life of a worker: start, work off one domain's commands, stop. */
import { DomainNotFoundError, InvalidOperationError } from '../errors.ts';
import type { WakeSubscription } from '../ports/wake-signal.ts';
import type { WorkerHealth } from './health.ts';
import { stopEngine } from './stop.ts';
import type { StopReport } from './stop.ts';
import { WorkerEngine } from './worker-engine.ts';
import { parseWorkerOptions } from './worker-options.ts';
import type { WorkerOptions, WorkerParts, WorkerSettings } from './worker-options.ts';

export interface StopOptions {
	/** @default the worker's `stopTimeoutMs` */
	readonly timeoutMs?: number | undefined;
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
	const { parts, settings } = parseWorkerOptions(options);
	return new CommandWorker(parts, settings);
}

class CommandWorker<Tx> implements Worker {
	readonly #parts: WorkerParts<Tx>;
	readonly #settings: WorkerSettings;
	readonly #engine: WorkerEngine<Tx>;
	#starting: Promise<void> | undefined;
	#stopping: Promise<StopReport> | undefined;
	#subscription: WakeSubscription | undefined;

	constructor(parts: WorkerParts<Tx>, settings: WorkerSettings) {
		this.#parts = parts;
		this.#settings = settings;
		this.#engine = new WorkerEngine(parts, settings, () => {
			void this.stop();
		});
	}

	get workerId(): string {
		return this.#settings.workerId;
	}

	start(): Promise<void> {
		this.#starting ??= this.#start();
		return this.#starting;
	}

	stop({ timeoutMs = this.#settings.stopTimeoutMs }: StopOptions = {}): Promise<StopReport> {
		this.#stopping ??= this.#stop(timeoutMs);
		return this.#stopping;
	}

	health(): WorkerHealth {
		const { workerId, domain } = this.#settings;
		const { health, held, slots, settler, loop } = this.#engine;
		return {
			workerId,
			domain,
			...health.vitality(),
			inFlight: held.size,
			running: slots.running.size,
			waitingToSettle: settler.unsettledCount,
			stuckHandlers: [...slots.running].filter(({ isAnswered, isOver }) => isAnswered || isOver).length,
			lastReceiveAt: loop.lastReceiveAt === undefined ? null : new Date(loop.lastReceiveAt),
			isListening: this.#subscription?.isListening() ?? false,
		};
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}

	async #start(): Promise<void> {
		try {
			await this.#prepareStore();
			this.#subscription = await this.#subscribe();
		} catch (error) {
			this.#starting = undefined;
			throw error;
		}
		this.#engine.start();
	}

	async #prepareStore(): Promise<void> {
		const { domain, createDomain } = this.#settings;
		const { backend } = this.#parts;
		if (this.#stopping !== undefined) {
			throw new InvalidOperationError(`Worker ${this.workerId} was stopped; make a new one.`, 'stopped');
		}
		await backend.checkSchema();
		if (createDomain) {
			await backend.domains.create(domain);
			return;
		}
		const domains = await backend.domains.list();
		if (!domains.some((known) => known.domain === domain)) throw new DomainNotFoundError(domain);
	}

	async #subscribe(): Promise<WakeSubscription | undefined> {
		const { domain, useWakeSignal } = this.#settings;
		if (!useWakeSignal) return undefined;
		return this.#parts.backend.wake.subscribe({ kind: 'commands', domain }, () => {
			this.#engine.loop.wake();
		});
	}

	async #stop(timeoutMs: number): Promise<StopReport> {
		// A start that is under way decides first whether there is anything to stop.
		await this.#starting?.catch(() => undefined);
		const report = await stopEngine(this.#engine, timeoutMs);
		await this.#subscription?.close();
		return report;
	}
}
