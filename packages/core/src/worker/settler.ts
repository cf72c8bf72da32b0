/**
 * Stores outcomes in sets. An outcome is kept until the store has taken it or refused it: a store that is away, or a reply queue that is
 * gone, is never the handler's failure and never runs it again by itself. Meanwhile the lease keeper renews the lease.
 */
import { createBatcher } from '../batcher.ts';
import type { Batcher } from '../batcher.ts';
import { isCommandBusError } from '../errors.ts';
import type { Backend } from '../ports/backend.ts';
import type { SettleOutcome, Settlement } from '../ports/command-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import type { HealthTracker } from './health.ts';
import type { HeldCommands } from './held-commands.ts';
import type { LeasedCommand } from './leased-command.ts';
import { loseLease } from './lease-loss.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import { countOutcomes } from './settled-outcomes.ts';
import type { WorkerSettings } from './worker-options.ts';

export interface SettlerParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly telemetry: Telemetry | undefined;
	readonly settings: WorkerSettings;
	readonly held: HeldCommands<Tx>;
	readonly health: HealthTracker;
	/** Called for each outcome the store has taken. */
	readonly onSettled: (leased: LeasedCommand<Tx>, settlement: Settlement) => void;
	/** Called after each set: there is room for more. */
	readonly onRoom: () => void;
}

interface Outcome<Tx> {
	readonly leased: LeasedCommand<Tx>;
	readonly settlement: Settlement;
	/** When the handler's answer came. */
	readonly decidedAt: number;
	/** How often it could not be stored by itself. */
	failures: number;
	isOver: boolean;
}

/** Outcomes kept for a reply queue that is gone, or that the store refuses to take for no reason it can name. */
const maxKept = 1_000;

/** Failures in a row after which nobody looks for the one outcome that causes them. More than halving the largest set takes. */
const maxHalvings = 16;

export class Settler<Tx> {
	readonly #parts: SettlerParts<Tx>;
	readonly #batcher: Batcher<Outcome<Tx>>;
	/** In the order they were kept first. */
	readonly #kept = new Set<Outcome<Tx>>();
	readonly #closed = new AbortController();
	#unsettledCount = 0;

	constructor(parts: SettlerParts<Tx>) {
		this.#parts = parts;
		const { settleInFlight, settleBatchSize, settleDelayMs } = parts.settings;
		const { clock } = parts.backend;
		this.#batcher = createBatcher({
			maxInFlight: settleInFlight,
			maxSize: settleBatchSize,
			run: (outcomes) => this.#settleUntilTaken(outcomes),
			...(settleDelayMs > 0 && { gather: () => clock.sleep(settleDelayMs, this.#closed.signal) }),
		});
	}

	/** Outcomes that are not stored yet. */
	get unsettledCount(): number {
		return this.#unsettledCount;
	}

	/** Those of them that nothing but a missing reply queue holds up, or a refusal without a reason. */
	get keptCount(): number {
		return this.#kept.size;
	}

	add(leased: LeasedCommand<Tx>, settlement: Settlement): void {
		leased.isAnswered = true;
		this.#unsettledCount += 1;
		this.#batcher.add({ leased, settlement, decidedAt: this.#parts.backend.clock.now(), failures: 0, isOver: false });
	}

	/** Resolves when every outcome is stored, except those that wait for a reply queue. */
	idle(): Promise<void> {
		return this.#batcher.idle();
	}

	/** Gives up on whatever could not be stored: it is delivered again when its lease runs out. */
	close(): void {
		this.#closed.abort();
	}

	/** Repeats while the store is away; the outcomes that come meanwhile wait for the next set. */
	async #settleUntilTaken(outcomes: readonly Outcome<Tx>[]): Promise<void> {
		const { backend, health } = this.#parts;
		for (let left = this.#stillOurs(outcomes); left.length > 0; left = this.#stillOurs(left)) {
			const failure = await this.#settle(left);
			if (failure === undefined) break;
			if (!isTransient(failure.thrown)) {
				await this.#settleApart(left);
				break;
			}
			await backend.clock.sleep(reconnectDelayMs(health.failuresOf('settle'), Math.random()), this.#closed.signal);
		}
		this.#parts.onRoom();
	}

	/** Without those whose lease was lost meanwhile; without any when nobody waits for them any more. */
	#stillOurs(outcomes: readonly Outcome<Tx>[]): readonly Outcome<Tx>[] {
		return outcomes.filter((outcome) => {
			if (!this.#closed.signal.aborted && !outcome.leased.isOver) return true;
			this.#drop(outcome);
			this.#parts.held.abandoned(outcome.leased);
			return false;
		});
	}

	/** One call of the store. Returns what it threw. */
	async #settle(outcomes: readonly Outcome<Tx>[]): Promise<{ readonly thrown: unknown } | undefined> {
		const { backend, settings, health } = this.#parts;
		const { domain } = settings;
		const startedAt = backend.clock.now();
		for (const { leased } of outcomes) leased.isBeingSettled = true;
		try {
			const answers = await backend.commands.settle(
				domain,
				outcomes.map(({ settlement }) => settlement),
			);
			health.succeeded('settle');
			const settled = outcomes.filter((outcome, index) => this.#take(outcome, answers[index]));
			this.#tell(settled, backend.clock.now() - startedAt);
			return undefined;
		} catch (error) {
			health.failed('settle', error);
			return { thrown: error };
		} finally {
			for (const { leased } of outcomes) leased.isBeingSettled = false;
		}
	}

	#tell(settled: readonly Outcome<Tx>[], durationMs: number): void {
		const { telemetry, settings } = this.#parts;
		if (telemetry === undefined) return;
		const outcomes = countOutcomes(settled.map(({ settlement }) => settlement));
		const about = { domain: settings.domain, count: settled.length, outcomes, durationMs };
		emit(telemetry, { kind: 'commands-settled', through: 'set', ...about });
	}

	/**
	 * The set holds something the store does not take: halves it until that stands alone, so that it delays nobody else. Where nothing at all
	 * is taken, all of it is kept.
	 */
	async #settleApart(outcomes: readonly Outcome<Tx>[]): Promise<void> {
		if (outcomes.length === 1 || this.#parts.health.failuresOf('settle') >= maxHalvings) {
			for (const outcome of outcomes) this.#keep(outcome);
			return;
		}
		const middle = Math.ceil(outcomes.length / 2);
		await this.#settleUntilTaken(outcomes.slice(0, middle));
		await this.#settleUntilTaken(outcomes.slice(middle));
	}

	/** Acts on what the store said about one outcome. True when it is stored. */
	#take(outcome: Outcome<Tx>, answer: SettleOutcome | undefined): boolean {
		const { leased, settlement } = outcome;
		const { held, telemetry, onSettled } = this.#parts;
		switch (answer?.kind) {
			case 'settled':
				this.#drop(outcome);
				held.settled(leased);
				onSettled(leased, settlement);
				return true;
			case 'reply-queue-not-found':
				if (outcome.failures === 0) {
					emit(telemetry, { kind: 'reply-undeliverable', ...leased.facts, replyTo: answer.replyTo });
				}
				this.#keep(outcome);
				return false;
			case 'lease-lost':
			case undefined:
				this.#drop(outcome);
				loseLease(leased, held, telemetry);
				return false;
		}
	}

	/** Tries again by and by, as long as a handler may run; the oldest make room for new ones. */
	#keep(outcome: Outcome<Tx>): void {
		const { backend, held, settings } = this.#parts;
		outcome.failures += 1;
		this.#kept.add(outcome);
		const isTooOld = backend.clock.now() - outcome.decidedAt > settings.maxRunSeconds * 1_000;
		const [oldest] = this.#kept;
		const leaver = isTooOld ? outcome : this.#kept.size > maxKept ? oldest : undefined;
		if (leaver !== undefined) {
			this.#drop(leaver);
			held.abandoned(leaver.leased);
		}
		if (this.#kept.has(outcome)) void this.#tryAgainLater(outcome);
	}

	async #tryAgainLater(outcome: Outcome<Tx>): Promise<void> {
		const { clock } = this.#parts.backend;
		await clock.sleep(reconnectDelayMs(outcome.failures, Math.random()), this.#closed.signal);
		if (this.#kept.has(outcome)) this.#batcher.add(outcome);
	}

	/** Nothing more is done for this outcome. */
	#drop(outcome: Outcome<Tx>): void {
		if (outcome.isOver) return;
		outcome.isOver = true;
		this.#kept.delete(outcome);
		this.#unsettledCount -= 1;
		// What cannot be stored any more is no longer a failure to store it.
		if (this.#unsettledCount === 0) this.#parts.health.succeeded('settle');
	}
}

/** The store may take the same set later. */
function isTransient(thrown: unknown): boolean {
	return isCommandBusError(thrown, 'store') && thrown.isRetryable;
}
