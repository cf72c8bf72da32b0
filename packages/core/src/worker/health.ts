/** What a worker says about itself, for readiness and liveness probes. */
import { isCommandBusError } from '../errors.ts';
import type { SchemaMismatchError } from '../errors.ts';
import { messageOf } from '../handling/describe-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';

export type WorkerState = 'starting' | 'healthy' | 'degraded' | 'unhealthy' | 'stopping' | 'stopped';

/** The part that is about the worker's connection to the store. */
export interface Vitality {
	/** `degraded`: many infrastructure failures in a row. `unhealthy`: the store has been away for `unhealthyAfterMs`. */
	readonly state: WorkerState;
	/** False only when it stopped for a cause that it cannot mend; the process itself is never ended by the library. */
	readonly isLive: boolean;
	/** Whether commands are being worked off. */
	readonly isReady: boolean;
	/** Why it is not healthy; empty when it is. */
	readonly reasons: readonly string[];
	/** Of infrastructure only: what becomes of commands never counts. */
	readonly consecutiveFailures: number;
}

export interface WorkerHealth extends Vitality {
	readonly workerId: string;
	readonly domain: string;
	/** Commands held under a lease: waiting for a slot, running, or waiting for their outcome to be stored. */
	readonly inFlight: number;
	readonly running: number;
	readonly waitingToSettle: number;
	/** Handlers past their maximum run time or without their lease that still run; each keeps its slot. */
	readonly stuckHandlers: number;
	readonly lastReceiveAt: Date | null;
	/** Whether notifications arrive; without, polling finds new commands. */
	readonly isListening: boolean;
}

const degradedAfterFailures = 10;

export interface HealthTrackerOptions {
	readonly clock: Clock;
	readonly telemetry: Telemetry | undefined;
	readonly component: string;
	/** Whose commands or processes the component works on. */
	readonly domain?: string | undefined;
	readonly unhealthyAfterMs: number;
	/** Called for a failure that no repetition can mend. */
	readonly onFatal: () => void;
}

/** What is called again and again, so that a failure ends with a success or with nothing left to call it for. */
export type RepeatedOperation = 'receive' | 'settle' | 'extend' | 'finish batches' | 'advance';

interface Streak {
	readonly since: number;
	readonly failures: number;
	readonly lastError: string;
}

/**
 * Counts what the infrastructure does, and nothing else. Failures in a row are counted by operation: a renewal that works says nothing about
 * outcomes that cannot be stored.
 */
export class HealthTracker {
	readonly #options: HealthTrackerOptions;
	readonly #streaks = new Map<RepeatedOperation, Streak>();
	#phase: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting';
	#cause: SchemaMismatchError | undefined;
	#announced: WorkerState = 'starting';

	constructor(options: HealthTrackerOptions) {
		this.#options = options;
	}

	/** Failures in a row. */
	failuresOf(operation: RepeatedOperation): number {
		return this.#streaks.get(operation)?.failures ?? 0;
	}

	enter(phase: 'starting' | 'running' | 'stopping' | 'stopped'): void {
		this.#phase = phase;
		this.#announce();
	}

	/** It worked, or there is nothing left to do it for: one success makes it healthy again. */
	succeeded(operation: RepeatedOperation): void {
		if (this.#streaks.delete(operation)) this.#announce();
	}

	failed(operation: RepeatedOperation, error: unknown): void {
		const { since = this.#options.clock.now(), failures = 0 } = this.#streaks.get(operation) ?? {};
		this.#streaks.set(operation, { since, failures: failures + 1, lastError: messageOf(error) });
		this.report(operation, error);
		this.#announce();
		if (isCommandBusError(error, 'schema-mismatch') && this.#cause === undefined) {
			this.#cause = error;
			this.#options.onFatal();
		}
	}

	/** Tells of a failure that says nothing about the worker as a whole. */
	report(operation: string, error: unknown): void {
		const { telemetry, component, domain } = this.#options;
		emit(telemetry, { kind: 'infrastructure-failed', component, domain, operation, error });
	}

	vitality(): Vitality {
		const state = this.#state();
		return {
			state,
			isLive: this.#cause === undefined,
			isReady: state === 'healthy' || state === 'degraded',
			reasons: this.#reasons(state),
			consecutiveFailures: this.#failures(),
		};
	}

	#state(): WorkerState {
		if (this.#phase !== 'running') return this.#phase;
		const awayMs = Math.max(...[...this.#streaks.values()].map((streak) => this.#ageMs(streak)));
		if (awayMs >= this.#options.unhealthyAfterMs) return 'unhealthy';
		return this.#failures() >= degradedAfterFailures ? 'degraded' : 'healthy';
	}

	#failures(): number {
		return [...this.#streaks.values()].reduce((sum, { failures }) => sum + failures, 0);
	}

	#ageMs({ since }: Streak): number {
		return this.#options.clock.now() - since;
	}

	#reasons(state: WorkerState): readonly string[] {
		if (state === 'healthy') return [];
		const cause = this.#cause === undefined ? [] : [`Stopped for a cause: ${this.#cause.message}`];
		const failing = [...this.#streaks].map(
			([operation, streak]) =>
				`"${operation}" has failed ${streak.failures} times in a row, for ${this.#ageMs(streak)} ms; last: ${streak.lastError}`,
		);
		const reasons = [...cause, ...failing];
		return reasons.length > 0 ? reasons : [`The ${this.#options.component} is ${state}.`];
	}

	#announce(): void {
		const state = this.#state();
		if (state === this.#announced) return;
		this.#announced = state;
		const { telemetry, component, domain } = this.#options;
		const reason = this.#reasons(state).join(' ');
		emit(telemetry, { kind: 'health-changed', component, domain, state, reason });
	}
}
