/** What a worker says about itself, for readiness and liveness probes. */
export type WorkerState = 'starting' | 'healthy' | 'degraded' | 'unhealthy' | 'stopping' | 'stopped';

export interface WorkerHealth {
	readonly workerId: string;
	readonly domain: string;
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
