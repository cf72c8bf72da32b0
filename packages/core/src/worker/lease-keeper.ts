/**
 * Renews leases, many in one call, when half their length has gone, and tells handlers that run for too long to stop. One loop for the whole
 * worker, however many commands it holds. After a pause of the process (a debugger, SIGSTOP, a suspended machine) its first round finds out
 * which leases are lost.
 */
import { createBell } from '../bell.ts';
import type { Bell } from '../bell.ts';
import type { Backend } from '../ports/backend.ts';
import type { Lease } from '../model/command-record.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { HealthTracker } from './health.ts';
import type { HeldCommands } from './held-commands.ts';
import { loseLease } from './lease-loss.ts';
import type { LeasedCommand } from './leased-command.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { WorkerSettings } from './worker-options.ts';

export interface LeaseKeeperParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly telemetry: Telemetry | undefined;
	readonly settings: WorkerSettings;
	readonly held: HeldCommands<Tx>;
	readonly health: HealthTracker;
	/** Gives back those that still wait for a slot; returns the others. */
	readonly giveBackWaiting: (due: readonly LeasedCommand<Tx>[]) => readonly LeasedCommand<Tx>[];
	/** Called once for a handler that has run for longer than it may. */
	readonly onTimeout: (leased: LeasedCommand<Tx>) => void;
}

/** Leases whose turn comes so soon are renewed along. */
const slackMs = 1_000;

export class LeaseKeeper<Tx> {
	readonly #parts: LeaseKeeperParts<Tx>;
	readonly #leaseMs: number;
	readonly #maxRunMs: number;
	readonly #bell: Bell;
	#isStopped = false;
	/** While a call is under way or has just failed. */
	#nextRenewalAt = 0;

	constructor(parts: LeaseKeeperParts<Tx>) {
		this.#parts = parts;
		this.#bell = createBell(parts.backend.clock);
		this.#leaseMs = parts.settings.leaseSeconds * 1_000;
		this.#maxRunMs = parts.settings.maxRunSeconds * 1_000;
	}

	start(): void {
		void this.#run();
	}

	stop(): void {
		this.#isStopped = true;
		this.#bell.ring();
	}

	/** A lease is now shorter than this worker's leases are: its turn may come earlier. */
	lookAgain(): void {
		this.#bell.ring();
	}

	async #run(): Promise<void> {
		const { clock } = this.#parts.backend;
		for (;;) {
			await this.#bell.wait(this.#msToNextDuty(clock.now()));
			if (this.#isStopped) return;
			const now = clock.now();
			this.#timeOut(now);
			if (this.#nextRenewalAt <= now) void this.#renew(now);
		}
	}

	/** Nothing that comes in while it sleeps can be due earlier than this. */
	#msToNextDuty(now: number): number {
		let dutyAt = now + Math.min(this.#leaseMs / 2, this.#maxRunMs);
		for (const leased of this.#parts.held) {
			dutyAt = Math.min(dutyAt, Math.max(this.#renewalAt(leased), this.#nextRenewalAt));
			if (leased.startedAt !== undefined && !leased.isAnswered) {
				dutyAt = Math.min(dutyAt, leased.startedAt + this.#maxRunMs);
			}
		}
		return Math.max(dutyAt - now, 1);
	}

	#renewalAt(leased: LeasedCommand<Tx>): number {
		return leased.leaseEndsAt - this.#leaseMs / 2;
	}

	#timeOut(now: number): void {
		for (const leased of this.#parts.held) {
			const { startedAt, isAnswered } = leased;
			if (startedAt === undefined || isAnswered || startedAt + this.#maxRunMs > now) continue;
			this.#parts.onTimeout(leased);
		}
	}

	async #renew(now: number): Promise<void> {
		const { backend, settings, health } = this.#parts;
		const { domain, leaseSeconds } = settings;
		// What has waited here for so long can run elsewhere: every slot may be stuck.
		const due = this.#parts.giveBackWaiting(this.#due(now));
		if (due.length === 0) {
			health.succeeded('extend');
			return;
		}
		this.#nextRenewalAt = Infinity;
		try {
			const leases = due.map(({ command }) => command.lease);
			const lost = await backend.commands.extend(domain, leases, leaseSeconds);
			health.succeeded('extend');
			this.#nextRenewalAt = 0;
			this.#renewed(due, lost);
		} catch (error) {
			health.failed('extend', error);
			const failedAt = backend.clock.now();
			this.#nextRenewalAt = failedAt + reconnectDelayMs(health.failuresOf('extend'), Math.random());
			this.#loseExpired(due, failedAt);
		}
		this.#bell.ring();
	}

	/** Those whose turn has come, and with them those whose turn comes soon. */
	#due(now: number): readonly LeasedCommand<Tx>[] {
		const soon = now + Math.min(slackMs, this.#leaseMs / 10);
		const due = [...this.#parts.held].filter((leased) => this.#renewalAt(leased) <= soon);
		return due.some((leased) => this.#renewalAt(leased) <= now) ? due : [];
	}

	#renewed(due: readonly LeasedCommand<Tx>[], lost: readonly Lease[]): void {
		const { backend, held, telemetry } = this.#parts;
		const lostMessages = new Set(lost.map(({ messageId }) => messageId));
		const leaseEndsAt = backend.clock.now() + this.#leaseMs;
		for (const leased of due) {
			const isLost = lostMessages.has(leased.command.lease.messageId);
			if (!isLost) leased.leaseEndsAt = Math.max(leased.leaseEndsAt, leaseEndsAt);
			// A call that settles it may just have ended the lease and will say so: asked again in a second.
			else if (leased.isBeingSettled) leased.leaseEndsAt = leaseEndsAt - this.#leaseMs / 2 + slackMs;
			else loseLease(leased, held, telemetry);
		}
	}

	/** The store cannot be asked, but these have certainly ended. */
	#loseExpired(due: readonly LeasedCommand<Tx>[], now: number): void {
		const { held, telemetry } = this.#parts;
		for (const leased of due) {
			if (leased.leaseEndsAt < now && !leased.isBeingSettled) loseLease(leased, held, telemetry);
		}
	}
}
