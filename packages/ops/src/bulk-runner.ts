/** Works off started bulks in the background of any process: as many runners as you like, in as many processes. */
import { emit, parseConfiguration } from '@cb/core';
import type { Backend, Telemetry } from '@cb/core';
import { z } from 'zod';
import { ChunkSizeSchema, defaultChunkSize, workChunk } from './bulk-run.ts';

export interface BulkRunnerOptions {
	readonly backend: Backend;
	/** Items per transaction, 1 to 1,000. @default 200 */
	readonly chunkSize?: number | undefined;
	/** How often to look for a started bulk. @default 1,000 */
	readonly pollIntervalMs?: number | undefined;
	/** The longest pause after infrastructure failures, which begin at 100 ms and double. @default 30,000 */
	readonly maxBackoffMs?: number | undefined;
	readonly telemetry?: Telemetry | undefined;
}

export interface BulkRunnerHealth {
	/** `degraded`: the last chunk failed for reasons of infrastructure, and is tried again. */
	readonly state: 'stopped' | 'idle' | 'working' | 'degraded';
	readonly consecutiveFailures: number;
	/** What failed last; absent once a look at the store has succeeded. */
	readonly reason?: string | undefined;
	/** When it last settled items; null before. */
	readonly lastWorkedAt: Date | null;
}

export interface BulkRunner extends AsyncDisposable {
	/** Checks the schema, then runs until `stop`. Rejects with `SchemaMismatchError` or `StoreError`; then nothing runs. Repeating it does nothing. */
	start(): Promise<void>;
	/** Ends after the chunk under way. What is left stays in the store, for any runner. */
	stop(): Promise<void>;
	health(): BulkRunnerHealth;
}

const RunnerSettingsSchema = z.strictObject({
	chunkSize: ChunkSizeSchema.default(defaultChunkSize),
	pollIntervalMs: z.number().min(1).max(3_600_000).default(1_000),
	maxBackoffMs: z.number().min(1).max(3_600_000).default(30_000),
});

type RunnerSettings = z.output<typeof RunnerSettingsSchema>;

/** Throws `ConfigurationError` for options that cannot work. Nothing runs before `start`. */
export function createBulkRunner({ backend, telemetry, ...said }: BulkRunnerOptions): BulkRunner {
	const settings = parseConfiguration(RunnerSettingsSchema, said, 'Bulk runner');
	let loop: RunnerLoop | undefined;
	const stop = async (): Promise<void> => {
		const stopping = loop;
		await stopping?.stop();
		if (loop === stopping) loop = undefined;
	};
	return {
		async start() {
			if (loop !== undefined) return;
			const starting = new RunnerLoop({ backend, telemetry, settings });
			loop = starting;
			try {
				await backend.checkSchema();
			} catch (error) {
				loop = undefined;
				throw error;
			}
			starting.run();
		},
		stop,
		health: () => loop?.health() ?? { state: 'stopped', consecutiveFailures: 0, lastWorkedAt: null },
		[Symbol.asyncDispose]: stop,
	};
}

interface LoopParts {
	readonly backend: Backend;
	readonly telemetry: Telemetry | undefined;
	readonly settings: RunnerSettings;
}

const firstBackoffMs = 100;

class RunnerLoop {
	readonly #parts: LoopParts;
	readonly #stopped = new AbortController();
	#ended: Promise<void> = Promise.resolve();
	#health: BulkRunnerHealth = { state: 'idle', consecutiveFailures: 0, lastWorkedAt: null };

	constructor(parts: LoopParts) {
		this.#parts = parts;
	}

	run(): void {
		this.#ended = this.#loop(this.#stopped.signal);
	}

	async stop(): Promise<void> {
		this.#stopped.abort();
		await this.#ended;
	}

	health(): BulkRunnerHealth {
		return this.#health;
	}

	async #loop(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			const pauseMs = await this.#chunk();
			if (pauseMs > 0) await this.#parts.backend.clock.sleep(pauseMs, signal);
		}
	}

	/** Works off one chunk; returns how long to wait before the next. */
	async #chunk(): Promise<number> {
		const { backend, settings } = this.#parts;
		const { lastWorkedAt } = this.#health;
		try {
			const bulk = await workChunk(this.#parts, settings.chunkSize);
			const isIdle = bulk === undefined;
			this.#health = {
				state: isIdle ? 'idle' : 'working',
				consecutiveFailures: 0,
				lastWorkedAt: isIdle ? lastWorkedAt : new Date(backend.clock.now()),
			};
			return isIdle ? settings.pollIntervalMs : 0;
		} catch (error) {
			return this.#failed(error);
		}
	}

	/** Whatever it is, the runner goes on: the items are still there, and so will the store be again. */
	#failed(error: unknown): number {
		const { telemetry, settings } = this.#parts;
		const consecutiveFailures = this.#health.consecutiveFailures + 1;
		const reason = error instanceof Error ? error.message : String(error);
		this.#health = { ...this.#health, state: 'degraded', consecutiveFailures, reason };
		emit(telemetry, { kind: 'infrastructure-failed', component: 'bulk-runner', operation: 'work off a bulk', error });
		const backoffMs = Math.min(firstBackoffMs * 2 ** (consecutiveFailures - 1), settings.maxBackoffMs);
		return backoffMs * (0.5 + Math.random() / 2);
	}
}
