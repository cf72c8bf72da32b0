/**
 * Finishes batches off the hot path: those whose members were just settled, and, now and then, any whose finisher died. The store decides
 * what is finished; asking too often only costs time.
 */
import type { Backend } from '../ports/backend.ts';
import type { BatchAddress } from '../ports/batch-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import type { HealthTracker } from './health.ts';
import type { WorkerSettings } from './worker-options.ts';

export interface BatchFinisherParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly telemetry: Telemetry | undefined;
	readonly settings: WorkerSettings;
	readonly health: HealthTracker;
}

/** Asking takes at most a tenth of the time, and nobody waits for longer than this. */
const restPerWork = 10;
const maxRestMs = 1_000;

export class BatchFinisher<Tx> {
	readonly #parts: BatchFinisherParts<Tx>;
	readonly #touched = new Map<string, BatchAddress>();
	readonly #stopped = new AbortController();
	#work: Promise<void> | undefined;

	constructor(parts: BatchFinisherParts<Tx>) {
		this.#parts = parts;
	}

	start(): void {
		void this.#sweep();
	}

	/** A member of this batch has ended. */
	touched(batchId: string): void {
		const { domain } = this.#parts.settings;
		this.#touched.set(batchId, { domain, batchId });
		this.#work ??= this.#finishTouched();
	}

	/** Asks once more for what was touched, without resting in between. */
	async stop(): Promise<void> {
		this.#stopped.abort();
		await this.#work;
	}

	async #finishTouched(): Promise<void> {
		const { clock } = this.#parts.backend;
		while (this.#touched.size > 0) {
			const addresses = [...this.#touched.values()];
			this.#touched.clear();
			const startedAt = clock.now();
			await this.#finish(addresses);
			const restMs = Math.min((clock.now() - startedAt) * restPerWork, maxRestMs);
			if (restMs > 0) await clock.sleep(restMs, this.#stopped.signal);
		}
		this.#work = undefined;
	}

	async #sweep(): Promise<void> {
		const { backend, settings } = this.#parts;
		for (;;) {
			await backend.clock.sleep(settings.batchSweepMs * (1 - Math.random() / 5), this.#stopped.signal);
			if (this.#stopped.signal.aborted) return;
			await this.#finish();
		}
	}

	async #finish(addresses?: readonly BatchAddress[]): Promise<void> {
		const { backend, health, telemetry } = this.#parts;
		try {
			const finished = await backend.batches.finish(addresses);
			health.succeeded('finish batches');
			for (const { domain, batchId, status } of finished) {
				emit(telemetry, { kind: 'batch-finished', domain, batchId, status });
			}
		} catch (error) {
			health.failed('finish batches', error);
		}
	}
}
