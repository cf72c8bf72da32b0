/** The moving parts of a worker, put together. Each does one thing; here stands who tells whom. */
import type { Batcher } from '../batcher.ts';
import { createCommandBus } from '../bus/command-bus.ts';
import type { CommandBus } from '../bus/command-bus.ts';
import { resolveRetryPolicy } from '../model/retry-policy.ts';
import type { Backend } from '../ports/backend.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReceiveRequest, Settlement } from '../ports/command-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import { BatchFinisher } from './batch-finisher.ts';
import { createDeferrals } from './deferrals.ts';
import { HealthTracker } from './health.ts';
import { HeldCommands } from './held-commands.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { LeasedCommand } from './leased-command.ts';
import { HandlerSpeed, readAheadTarget, worthwhileRoom } from './read-ahead.ts';
import { ReceiveLoop } from './receive-loop.ts';
import { CommandRunner } from './run-command.ts';
import { Settler } from './settler.ts';
import { Slots } from './slots.ts';
import type { WorkerParts, WorkerSettings } from './worker-options.ts';

export class WorkerEngine<Tx> {
	readonly clock: Clock;
	readonly health: HealthTracker;
	readonly held = new HeldCommands<Tx>();
	readonly slots: Slots<Tx>;
	readonly settler: Settler<Tx>;
	readonly deferrals: Batcher<LeasedCommand<Tx>>;
	readonly finisher: BatchFinisher<Tx>;
	readonly keeper: LeaseKeeper<Tx>;
	readonly loop: ReceiveLoop<Tx>;
	/** Absent when the application brought its own, which is not ours to close. */
	readonly ownBus: CommandBus<Tx> | undefined;
	readonly #parts: WorkerParts<Tx>;
	readonly #settings: WorkerSettings;
	readonly #speed = new HandlerSpeed();
	readonly #runner: CommandRunner<Tx>;

	/** `onFatal` is called when the worker has to stop for a cause it cannot mend. Nothing runs yet. */
	constructor(parts: WorkerParts<Tx>, settings: WorkerSettings, onFatal: () => void) {
		const { backend, telemetry } = parts;
		const { clock } = backend;
		const { domain, unhealthyAfterMs } = settings;
		this.#parts = parts;
		this.#settings = settings;
		this.clock = clock;
		this.health = new HealthTracker({ clock, telemetry, component: 'worker', domain, unhealthyAfterMs, onFatal });
		const bus = parts.bus ?? createCommandBus(backend, { telemetry });
		this.ownBus = parts.bus === undefined ? bus : undefined;
		const shared = { backend, telemetry, settings, held: this.held, health: this.health };
		this.finisher = new BatchFinisher(shared);
		this.settler = this.#createSettler(shared);
		this.deferrals = this.#createDeferrals(shared);
		this.#runner = this.#createRunner(shared, bus);
		this.keeper = this.#createKeeper(shared);
		this.slots = this.#createSlots();
		this.loop = this.#createLoop(shared);
	}

	start(): void {
		this.health.enter('running');
		this.loop.start();
		this.keeper.start();
		this.finisher.start();
	}

	/** Gives back commands whose handler was not started, without an attempt counted. */
	async giveBack(commands: readonly LeasedCommand<Tx>[]): Promise<void> {
		const ours = commands.filter(({ isOver }) => !isOver);
		if (ours.length === 0) return;
		try {
			const leases = ours.map(({ command }) => command.lease);
			await this.#parts.backend.commands.release(this.#settings.domain, leases);
			for (const leased of ours) this.held.released(leased);
		} catch (error) {
			this.health.report('give back', error);
			for (const leased of ours) this.held.abandoned(leased);
		}
	}

	#createSettler(shared: Shared<Tx>): Settler<Tx> {
		return new Settler({
			...shared,
			onSettled: (leased, settlement) => {
				this.#settled(leased, settlement);
			},
			onRoom: () => {
				this.loop.roomChanged();
			},
		});
	}

	#createDeferrals(shared: Shared<Tx>): Batcher<LeasedCommand<Tx>> {
		return createDeferrals({
			...shared,
			policy: this.#parts.handlers.onUnknownType,
			onDeferred: (delaySeconds) => {
				this.loop.dueAgainIn(delaySeconds);
				this.loop.roomChanged();
			},
		});
	}

	#createRunner(shared: Shared<Tx>, bus: CommandBus<Tx>): CommandRunner<Tx> {
		const { handlers, logger } = this.#parts;
		return new CommandRunner({
			...shared,
			handlers,
			bus,
			logger,
			settle: (leased, settlement) => {
				this.settler.add(leased, settlement);
			},
			defer: (leased) => {
				this.deferrals.add(leased);
			},
			onHandlerEnded: (durationMs) => {
				this.#speed.ended(durationMs);
			},
			onLeaseChanged: () => {
				this.keeper.lookAgain();
			},
			onCompleted: (leased) => {
				this.#ended(leased);
			},
		});
	}

	#createKeeper(shared: Shared<Tx>): LeaseKeeper<Tx> {
		return new LeaseKeeper({
			...shared,
			giveBackWaiting: (due) => {
				const waiting = this.slots.takeBack(due);
				void this.giveBack(waiting);
				const stale = new Set(waiting);
				return due.filter((leased) => !stale.has(leased));
			},
			onTimeout: (leased) => {
				this.#runner.timeOut(leased);
			},
		});
	}

	#createSlots(): Slots<Tx> {
		return new Slots({
			concurrency: this.#settings.concurrency,
			clock: this.clock,
			run: (leased) => this.#runner.run(leased),
			onEnded: () => {
				this.loop.roomChanged();
			},
		});
	}

	#createLoop(shared: Shared<Tx>): ReceiveLoop<Tx> {
		return new ReceiveLoop({
			...shared,
			attempts: this.#maxAttempts(),
			room: () => this.#room(),
			onReceived: (commands) => this.#received(commands),
		});
	}

	/** For commands whose sender did not say: what their handlers' registrations say, and the default for the rest. */
	#maxAttempts(): Pick<ReceiveRequest, 'maxAttemptsByType' | 'defaultMaxAttempts'> {
		const { domain, retry } = this.#settings;
		const registered = this.#parts.handlers.inDomain(domain);
		return {
			maxAttemptsByType: Object.fromEntries(
				registered.map((handler) => [handler.definition.type, resolveRetryPolicy(handler.retry, retry).maxAttempts]),
			),
			defaultMaxAttempts: resolveRetryPolicy(retry).maxAttempts,
		};
	}

	/**
	 * Room for commands that run soon, and for their outcomes: when the store takes outcomes more slowly than handlers produce them, the
	 * reading waits. Outcomes that wait for a missing reply queue hold up nobody.
	 */
	#room(): { readonly free: number; readonly worthwhile: number } {
		const { concurrency, readAhead, settleBatchSize } = this.#settings;
		const { averageMs } = this.#speed;
		const target = readAheadTarget({ concurrency, readAhead, averageMs, averageAgeMs: this.slots.averageAgeMs });
		const inHand = this.slots.waitingCount + this.slots.running.size;
		const unsettled = this.settler.unsettledCount - this.settler.keptCount + this.deferrals.waitingCount;
		const mostHeld = concurrency + readAhead + 2 * settleBatchSize;
		const free = Math.min(concurrency + target - inHand, mostHeld - inHand - unsettled);
		return { free, worthwhile: worthwhileRoom(target) };
	}

	/** The store has taken an outcome. */
	#settled(leased: LeasedCommand<Tx>, settlement: Settlement): void {
		switch (settlement.kind) {
			case 'complete':
			case 'fail':
				this.#ended(leased);
				break;
			case 'retry-later':
				this.loop.dueAgainIn(settlement.delaySeconds);
				break;
			case 'park': {
				const { reason, error, fingerprint } = settlement;
				emit(this.#parts.telemetry, { kind: 'command-parked', ...leased.facts, reason, error, fingerprint });
				break;
			}
		}
	}

	/** A command has come to its end; its batch may have, too. */
	#ended({ command }: LeasedCommand<Tx>): void {
		if (command.batchId !== null) this.finisher.touched(command.batchId);
	}

	async #received(commands: readonly LeasedCommand<Tx>[]): Promise<void> {
		this.held.add(commands);
		if (this.loop.isStopped) await this.giveBack(commands);
		else this.slots.add(commands);
	}
}

interface Shared<Tx> {
	readonly backend: Backend<Tx>;
	readonly telemetry: Telemetry | undefined;
	readonly settings: WorkerSettings;
	readonly held: HeldCommands<Tx>;
	readonly health: HealthTracker;
}
