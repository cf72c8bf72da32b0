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
	readonly unhealthyAfterMs: number;
	/** Called for a failure that no repetition can mend. */
	readonly onFatal: () => void;
}

/** Counts what the infrastructure does, and nothing else. Every call of the store by the worker's loops reports here. */
export class HealthTracker {
	readonly #options: HealthTrackerOptions;
	#phase: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting';
	#failures = 0;
	#failingSince = 0;
	#lastFailure = '';
	#cause: SchemaMismatchError | undefined;
	#announced: WorkerState = 'starting';

	constructor(options: HealthTrackerOptions) {
		this.#options = options;
	}

	get consecutiveFailures(): number {
		return this.#failures;
	}

	enter(phase: 'starting' | 'running' | 'stopping' | 'stopped'): void {
		this.#phase = phase;
		this.#announce();
	}

	/** One success makes it healthy again. */
	succeeded(): void {
		if (this.#failures === 0) return;
		this.#failures = 0;
		this.#announce();
	}

	failed(operation: string, error: unknown): void {
		const { clock, telemetry, component, onFatal } = this.#options;
		if (this.#failures === 0) this.#failingSince = clock.now();
		this.#failures += 1;
		this.#lastFailure = `${operation}: ${messageOf(error)}`;
		emit(telemetry, { kind: 'infrastructure-failed', component, operation, error });
		this.#announce();
		if (isCommandBusError(error, 'schema-mismatch') && this.#cause === undefined) {
			this.#cause = error;
			onFatal();
		}
	}

	vitality(): Vitality {
		const state = this.#state();
		return {
			state,
			isLive: this.#cause === undefined,
			isReady: state === 'healthy' || state === 'degraded',
			reasons: this.#reasons(state),
			consecutiveFailures: this.#failures,
		};
	}

	#state(): WorkerState {
		if (this.#phase !== 'running') return this.#phase;
		if (this.#failures > 0 && this.#awayMs() >= this.#options.unhealthyAfterMs) return 'unhealthy';
		return this.#failures >= degradedAfterFailures ? 'degraded' : 'healthy';
	}

	#awayMs(): number {
		return this.#options.clock.now() - this.#failingSince;
	}

	#reasons(state: WorkerState): readonly string[] {
		if (state === 'healthy') return [];
		const reasons = this.#cause === undefined ? [] : [`Stopped for a cause: ${this.#cause.message}`];
		if (this.#failures > 0) {
			reasons.push(
				`The store has failed ${this.#failures} times in a row, for ${this.#awayMs()} ms; last: ${this.#lastFailure}`,
			);
		}
		return reasons.length > 0 ? reasons : [`The worker is ${state}.`];
	}

	#announce(): void {
		const state = this.#state();
		if (state === this.#announced) return;
		this.#announced = state;
		const { telemetry, component } = this.#options;
		emit(telemetry, { kind: 'health-changed', component, state, reason: this.#reasons(state).join(' ') });
	}
}
