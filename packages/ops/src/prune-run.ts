/** One run of retention over all kinds: chunk after chunk, with rests, while this runner has the claim. */
import { emit, isCommandBusError, pruneKinds } from '@cb/core';
import type { Backend, CommandAddress, PruneKind, PruneResult, Telemetry } from '@cb/core';
import type { AuditSink } from './audit-sink.ts';
import type { PruneRule } from './retention.ts';

export interface PruneCounts {
	readonly pruned: number;
	/** Looked at and left: not over yet, or needed by something that is not. */
	readonly kept: number;
	/** Everything that went with it included. */
	readonly rows: number;
}

/** After each chunk: what its kind comes to so far. */
export interface PruneProgress extends PruneCounts {
	readonly kind: PruneKind;
	readonly chunkMs: number;
}

export interface PruneReport {
	/** `busy`: somebody else has the maintenance, nothing was done. `stopped`: ended before it was through; what went is gone. */
	readonly outcome: 'completed' | 'stopped' | 'busy';
	readonly kinds: Readonly<Record<PruneKind, PruneCounts>>;
	readonly durationMs: number;
	readonly longestChunkMs: number;
}

export interface PruneRunParts {
	readonly backend: Pick<Backend, 'maintenance' | 'clock'>;
	readonly holder: string;
	readonly rules: readonly PruneRule[];
	readonly settings: PruneSettings;
	readonly sink: AuditSink | undefined;
	readonly telemetry: Telemetry | undefined;
}

interface PruneSettings {
	readonly chunkSize: number;
	readonly pauseMs: number;
	readonly statementTimeoutMs: number;
	readonly leaseSeconds: number;
}

export interface PruneRunOptions {
	readonly isDryRun?: boolean | undefined;
	readonly onProgress?: ((progress: PruneProgress) => void) | undefined;
	/** Ends the run after the chunk under way. */
	readonly signal?: AbortSignal | undefined;
}

/** The rest is at least so many times the work, so that a slow store is not made slower. */
const restPerWork = 3;
const smallestChunk = 10;
const nothing: PruneCounts = { pruned: 0, kept: 0, rows: 0 };

export async function pruneOnce(parts: PruneRunParts, options: PruneRunOptions): Promise<PruneReport> {
	const { backend, holder, settings } = parts;
	const startedAt = backend.clock.now();
	const run = new PruneRun(parts, options);
	// Counting is for everybody at any time.
	const isClaimed = options.isDryRun !== true;
	if (isClaimed && !(await backend.maintenance.claim(holder, settings.leaseSeconds))) return run.report('busy', 0);
	try {
		const isThrough = await run.all();
		return run.report(isThrough ? 'completed' : 'stopped', backend.clock.now() - startedAt);
	} finally {
		if (isClaimed) await backend.maintenance.release(holder).catch(() => undefined);
	}
}

class PruneRun {
	readonly #parts: PruneRunParts;
	readonly #options: PruneRunOptions;
	readonly #counts = new Map<PruneKind, PruneCounts>();
	#chunkSize: number;
	#claimedAt: number;
	#longestChunkMs = 0;

	constructor(parts: PruneRunParts, options: PruneRunOptions) {
		this.#parts = parts;
		this.#options = options;
		this.#chunkSize = parts.settings.chunkSize;
		this.#claimedAt = parts.backend.clock.now();
	}

	/** False when it was stopped, or lost its claim, before the last kind was through. */
	async all(): Promise<boolean> {
		for (const rule of this.#parts.rules) {
			if (!(await this.#kind(rule))) return false;
		}
		return true;
	}

	report(outcome: PruneReport['outcome'], durationMs: number): PruneReport {
		const countsOf = (kind: PruneKind): PruneCounts => this.#counts.get(kind) ?? nothing;
		const kinds = Object.fromEntries(pruneKinds.map((kind) => [kind, countsOf(kind)])) as PruneReport['kinds'];
		return { outcome, kinds, durationMs, longestChunkMs: this.#longestChunkMs };
	}

	async #kind(rule: PruneRule): Promise<boolean> {
		const { clock } = this.#parts.backend;
		let after: string | undefined;
		for (;;) {
			if (this.#options.signal?.aborted === true || !(await this.#hasClaim())) return false;
			const startedAt = clock.now();
			const result = await this.#chunk(rule, after);
			const chunkMs = clock.now() - startedAt;
			this.#longestChunkMs = Math.max(this.#longestChunkMs, chunkMs);
			if (result !== undefined) {
				this.#count(rule.kind, result, chunkMs);
				after = result.next;
				if (after === undefined) return true;
			}
			await clock.sleep(Math.max(this.#parts.settings.pauseMs, chunkMs * restPerWork), this.#options.signal);
		}
	}

	/** Undefined when it took too long: nothing went, and the next one is smaller. */
	async #chunk(rule: PruneRule, after: string | undefined): Promise<PruneResult | undefined> {
		try {
			return this.#isExported(rule) ? await this.#exportChunk(rule) : await this.#prune(rule, { after });
		} catch (error) {
			const isTooSlow = isCommandBusError(error, 'store') && error.reason === 'statement-timeout';
			if (!isTooSlow || this.#chunkSize <= smallestChunk) throw error;
			this.#chunkSize = Math.max(smallestChunk, Math.floor(this.#chunkSize / 2));
			return undefined;
		}
	}

	#isExported({ kind }: PruneRule): boolean {
		return kind === 'audit' && this.#parts.sink !== undefined && this.#options.isDryRun !== true;
	}

	/** Exactly what the sink has confirmed goes; the next chunk begins at the front again. */
	async #exportChunk(rule: PruneRule): Promise<PruneResult> {
		const { olderThanSeconds } = rule;
		const { maintenance } = this.#parts.backend;
		const { events, commands, next } = await maintenance.expiredAudit({ olderThanSeconds, limit: this.#chunkSize });
		if (commands.length === 0) return nothing;
		await this.#parts.sink?.(events);
		const { pruned, kept, rows } = await this.#prune(rule, { commands });
		return { pruned, kept, rows, ...(next === undefined || pruned === 0 ? {} : { next }) };
	}

	#prune(
		rule: PruneRule,
		chunk: { readonly after: string | undefined } | { readonly commands: readonly CommandAddress[] },
	): Promise<PruneResult> {
		const { isDryRun } = this.#options;
		const timeoutMs = this.#parts.settings.statementTimeoutMs;
		return this.#parts.backend.maintenance.prune({ ...rule, ...chunk, limit: this.#chunkSize, isDryRun, timeoutMs });
	}

	/** Renews the claim long before it runs out. */
	async #hasClaim(): Promise<boolean> {
		const { backend, holder, settings } = this.#parts;
		if (this.#options.isDryRun === true) return true;
		if (backend.clock.now() - this.#claimedAt < (settings.leaseSeconds * 1_000) / 3) return true;
		this.#claimedAt = backend.clock.now();
		return backend.maintenance.claim(holder, settings.leaseSeconds);
	}

	#count(kind: PruneKind, { pruned, kept, rows }: PruneCounts, chunkMs: number): void {
		const before = this.#counts.get(kind) ?? nothing;
		const counts = { pruned: before.pruned + pruned, kept: before.kept + kept, rows: before.rows + rows };
		this.#counts.set(kind, counts);
		this.#options.onProgress?.({ kind, ...counts, chunkMs });
		if (rows > 0 && this.#options.isDryRun !== true) {
			const event = { kind: 'rows-pruned', what: kind, count: pruned, rowCount: rows, durationMs: chunkMs } as const;
			emit(this.#parts.telemetry, event);
		}
	}
}
