/** Keeps the tables small: removes what is over, in the background of any process; of several, one at a time does it. */
import type { Writable } from 'node:stream';
import { emit, newId, parseConfiguration } from '@cb/core';
import type { Backend, Telemetry } from '@cb/core';
import { z } from 'zod';
import { auditSinkOf } from './audit-sink.ts';
import type { AuditSink } from './audit-sink.ts';
import { pruneOnce } from './prune-run.ts';
import type { PruneReport, PruneRunOptions, PruneRunParts } from './prune-run.ts';
import { parseRetention, pruneRules } from './retention.ts';
import type { Retention } from './retention.ts';

export interface MaintenanceOptions {
	readonly backend: Backend;
	/** How long what is over stays; what is not said has a default. */
	readonly retention?: Partial<Retention> | undefined;
	/** Rows of a kind per transaction, 10 to 10,000. @default 500 */
	readonly chunkSize?: number | undefined;
	/** The shortest rest between two chunks; a slow chunk is followed by a longer one. @default 50 */
	readonly pauseMs?: number | undefined;
	/** From the end of a run to the start of the next. @default 10 minutes */
	readonly intervalMs?: number | undefined;
	/** The longest a chunk may take; one that takes longer is given up and repeated with half the rows. @default 1,000 */
	readonly statementTimeoutMs?: number | undefined;
	/** After how long another process takes over from one that died. @default 60 */
	readonly leaseSeconds?: number | undefined;
	/** Gets audit before it goes; nothing goes that it has not confirmed. A stream gets JSON lines. */
	readonly exportAudit?: AuditSink | Writable | undefined;
	readonly telemetry?: Telemetry | undefined;
}

export interface MaintenanceHealth {
	/** `standby`: another process does it. `degraded`: the last run failed, and is tried again. */
	readonly state: 'stopped' | 'waiting' | 'running' | 'standby' | 'degraded';
	readonly consecutiveFailures: number;
	/** Why it is degraded. */
	readonly reason?: string | undefined;
	/** When this process last ended a run that went through; null before. */
	readonly lastCompletedAt: Date | null;
	readonly lastReport: PruneReport | undefined;
}

export interface Maintenance extends AsyncDisposable {
	/** Checks the schema, then runs now and every `intervalMs`, until `stop`. Rejects with `SchemaMismatchError` or `StoreError`. */
	start(): Promise<void>;
	/** Ends after the chunk under way, and lets go of the claim. */
	stop(): Promise<void>;
	health(): MaintenanceHealth;
	/** One run, now. Throws `StoreError`, or what `exportAudit` threw; what went before that is gone. */
	runOnce(options?: PruneRunOptions): Promise<PruneReport>;
}

const SettingsSchema = z.strictObject({
	chunkSize: z.int().min(10).max(10_000).default(500),
	pauseMs: z.number().min(0).max(60_000).default(50),
	intervalMs: z.number().min(100).max(86_400_000).default(600_000),
	statementTimeoutMs: z.int().min(50).max(60_000).default(1_000),
	leaseSeconds: z.number().min(5).max(3_600).default(60),
});

/** Throws `ConfigurationError` for options that cannot work. Nothing runs before `start` or `runOnce`. */
export function createMaintenance(options: MaintenanceOptions): Maintenance {
	const { backend, telemetry, retention, exportAudit, ...said } = options;
	const settings = parseConfiguration(SettingsSchema, said, 'Maintenance');
	const sink = exportAudit === undefined ? undefined : auditSinkOf(exportAudit);
	const rules = pruneRules(parseRetention(retention), sink !== undefined);
	const parts = { backend, holder: newId(), rules, settings, sink, telemetry };
	let loop: MaintenanceLoop | undefined;
	const stop = async (): Promise<void> => {
		const stopping = loop;
		await stopping?.stop();
		if (loop === stopping) loop = undefined;
	};
	return {
		async start() {
			if (loop !== undefined) return;
			const starting = new MaintenanceLoop(parts, settings.intervalMs);
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
		health: () => loop?.health() ?? stoppedHealth,
		runOnce: (runOptions = {}) => pruneOnce(parts, runOptions),
		[Symbol.asyncDispose]: stop,
	};
}

const stoppedHealth: MaintenanceHealth = {
	state: 'stopped',
	consecutiveFailures: 0,
	lastCompletedAt: null,
	lastReport: undefined,
};

const firstBackoffMs = 1_000;

class MaintenanceLoop {
	readonly #parts: PruneRunParts;
	readonly #intervalMs: number;
	readonly #stopped = new AbortController();
	#ended: Promise<void> = Promise.resolve();
	#health: MaintenanceHealth = { ...stoppedHealth, state: 'waiting' };

	constructor(parts: PruneRunParts, intervalMs: number) {
		this.#parts = parts;
		this.#intervalMs = intervalMs;
	}

	run(): void {
		this.#ended = this.#loop(this.#stopped.signal);
	}

	async stop(): Promise<void> {
		this.#stopped.abort();
		await this.#ended;
	}

	health(): MaintenanceHealth {
		return this.#health;
	}

	async #loop(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			const pauseMs = await this.#once(signal);
			// Spread over time, so that processes started together do not ask together.
			await this.#parts.backend.clock.sleep(pauseMs * (0.9 + Math.random() / 5), signal);
		}
	}

	/** Returns how long to wait before the next run. */
	async #once(signal: AbortSignal): Promise<number> {
		this.#health = { ...this.#health, state: 'running' };
		try {
			const report = await pruneOnce(this.#parts, { signal });
			const isCompleted = report.outcome === 'completed';
			this.#health = {
				state: report.outcome === 'busy' ? 'standby' : 'waiting',
				consecutiveFailures: 0,
				lastCompletedAt: isCompleted ? new Date(this.#parts.backend.clock.now()) : this.#health.lastCompletedAt,
				lastReport: report,
			};
			return this.#intervalMs;
		} catch (error) {
			return this.#failed(error);
		}
	}

	/** What is over is still there: the next run takes it. */
	#failed(error: unknown): number {
		const consecutiveFailures = this.#health.consecutiveFailures + 1;
		const reason = error instanceof Error ? error.message : String(error);
		this.#health = { ...this.#health, state: 'degraded', consecutiveFailures, reason };
		emit(this.#parts.telemetry, { kind: 'infrastructure-failed', component: 'maintenance', operation: 'prune', error });
		return Math.min(firstBackoffMs * 2 ** (consecutiveFailures - 1), this.#intervalMs);
	}
}
