/**
 * The one reader of a worker: at most one receive is under way, while handlers run and outcomes are stored. It reads on while there is more,
 * waits for room when there is none, and for a wake-up or the poll when the queue is empty. It never ends by itself.
 */
import { createBell } from '../bell.ts';
import type { Bell } from '../bell.ts';
import { errorFingerprint } from '../model/error-fingerprint.ts';
import { exhaustedByRedelivery } from '../model/error-record.ts';
import { domainQueues } from '../model/ids.ts';
import { nextTurn } from '../next-turn.ts';
import type { Backend } from '../ports/backend.ts';
import type { ReceiveRequest, ReceiveResult } from '../ports/command-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import { DueTimes } from './due-times.ts';
import type { HealthTracker } from './health.ts';
import { LeasedCommand } from './leased-command.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { WorkerSettings } from './worker-options.ts';

export interface ReceiveLoopParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly telemetry: Telemetry | undefined;
	readonly settings: WorkerSettings;
	readonly health: HealthTracker;
	readonly attempts: Pick<ReceiveRequest, 'maxAttemptsByType' | 'defaultMaxAttempts'>;
	/** How many commands there is room for, and from how many on a read is worth while. */
	readonly room: () => { readonly free: number; readonly worthwhile: number };
	/** Gets what was received; after `stop` it must give it back. Must not reject. */
	readonly onReceived: (commands: readonly LeasedCommand<Tx>[]) => Promise<void>;
}

export class ReceiveLoop<Tx> {
	readonly #parts: ReceiveLoopParts<Tx>;
	readonly #bell: Bell;
	readonly #dueTimes: DueTimes;
	readonly #stopped = new AbortController();
	#ended: Promise<void> = Promise.resolve();
	#waitsFor: 'room' | 'work' | undefined;
	/** The last read was full, or something arrived since it began. */
	#mayHaveMore = true;
	#lastReceiveAt: number | undefined;

	constructor(parts: ReceiveLoopParts<Tx>) {
		this.#parts = parts;
		this.#bell = createBell(parts.backend.clock);
		this.#dueTimes = new DueTimes(parts.settings.pollIntervalMs);
	}

	get lastReceiveAt(): number | undefined {
		return this.#lastReceiveAt;
	}

	get isStopped(): boolean {
		return this.#stopped.signal.aborted;
	}

	start(): void {
		this.#ended = this.#run();
	}

	/** No receive is started any more. Resolves when the one under way, if any, has returned. */
	stop(): Promise<void> {
		this.#stopped.abort();
		this.#bell.ring();
		return this.#ended;
	}

	/** Work may have arrived. */
	wake(): void {
		this.#mayHaveMore = true;
		if (this.#waitsFor === 'work') this.#bell.ring();
	}

	/** Room may have come free. */
	roomChanged(): void {
		if (this.#waitsFor === 'room' && this.#hasRoom()) this.#bell.ring();
	}

	/** A command becomes due again after `delaySeconds`. */
	dueAgainIn(delaySeconds: number): void {
		const isEarly = this.#dueTimes.add(this.#now(), delaySeconds * 1_000);
		if (isEarly && this.#waitsFor === 'work') this.#bell.ring();
	}

	async #run(): Promise<void> {
		while (!this.isStopped) {
			await this.#untilThereIsRoom();
			await this.#untilThereMayBeWork();
			await this.#receive(this.#parts.room().free);
		}
	}

	async #untilThereIsRoom(): Promise<void> {
		this.#waitsFor = 'room';
		while (!this.#hasRoom() && !this.isStopped) {
			await this.#bell.wait(Infinity);
			// Handlers that end in the same turn make room for the same read.
			await nextTurn();
		}
		this.#waitsFor = undefined;
	}

	#hasRoom(): boolean {
		const { free, worthwhile } = this.#parts.room();
		return free >= worthwhile;
	}

	async #untilThereMayBeWork(): Promise<void> {
		const { pollIntervalMs } = this.#parts.settings;
		const pollAt = this.#now() + pollIntervalMs * (1 - Math.random() / 10);
		this.#waitsFor = 'work';
		while (!this.#mayHaveMore && !this.isStopped) {
			const now = this.#now();
			const lookAt = Math.min(pollAt, this.#dueTimes.next());
			if (lookAt <= now) break;
			await this.#bell.wait(lookAt - now);
		}
		this.#waitsFor = undefined;
	}

	async #receive(limit: number): Promise<void> {
		if (limit <= 0 || this.isStopped) return;
		const { backend, health } = this.#parts;
		const startedAt = this.#now();
		this.#mayHaveMore = false;
		this.#dueTimes.lookedAt(startedAt);
		try {
			const received = await backend.commands.receive(this.#requestFor(limit));
			health.succeeded('receive');
			this.#lastReceiveAt = this.#now();
			if (countOf(received) >= limit) this.#mayHaveMore = true;
			this.#tell(received, { limit, durationMs: this.#lastReceiveAt - startedAt });
			await this.#parts.onReceived(this.#leased(received));
		} catch (error) {
			health.failed('receive', error);
			this.#mayHaveMore = true;
			const delayMs = reconnectDelayMs(health.failuresOf('receive'), Math.random());
			await backend.clock.sleep(delayMs, this.#stopped.signal);
		}
	}

	#requestFor(limit: number): ReceiveRequest {
		const { domain, workerId, leaseSeconds } = this.#parts.settings;
		return { domain, workerId, limit, leaseSeconds, ...this.#parts.attempts, exhausted };
	}

	#leased({ commands }: ReceiveResult): readonly LeasedCommand<Tx>[] {
		const now = this.#now();
		const leaseEndsAt = now + this.#parts.settings.leaseSeconds * 1_000;
		return commands.map((command) => new LeasedCommand(command, now, leaseEndsAt));
	}

	#tell(
		{ commands, parked, rejected }: ReceiveResult,
		{ limit, durationMs }: { readonly limit: number; readonly durationMs: number },
	): void {
		const { telemetry, settings } = this.#parts;
		if (telemetry === undefined) return;
		const { domain } = settings;
		const count = commands.length;
		emit(telemetry, { kind: 'commands-received', domain, count, requestedCount: limit, durationMs });
		for (const command of parked) {
			emit(telemetry, { kind: 'command-parked', ...command, reason: 'EXHAUSTED_BY_REDELIVERY', ...exhausted });
		}
		for (const message of rejected) {
			emit(telemetry, { kind: 'message-rejected', queue: domainQueues(domain).commands, ...message });
		}
	}

	#now(): number {
		return this.#parts.backend.clock.now();
	}
}

const exhausted = { error: exhaustedByRedelivery, fingerprint: errorFingerprint(exhaustedByRedelivery) };

/** Parked and rejected messages used up their place in the read, too. */
function countOf({ commands, parked, rejected }: ReceiveResult): number {
	return commands.length + parked.length + rejected.length;
}
