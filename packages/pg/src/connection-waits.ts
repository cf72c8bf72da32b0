/** Tells telemetry how long somebody waited for a connection. Where one was free, nobody waited. */
import { emit } from '@cb/core';
import type { Clock, Telemetry } from '@cb/core';

export interface ConnectionWaits {
	/** Measures `waiting` and is what it is. */
	measured<Result>(waitedFor: 'pool' | 'handler-lane', waiting: Promise<Result>): Promise<Result>;
}

export function createConnectionWaits(telemetry: Telemetry | undefined, clock: Clock): ConnectionWaits {
	return {
		async measured(waitedFor, waiting) {
			if (telemetry === undefined) return waiting;
			const startedAt = clock.now();
			try {
				return await waiting;
			} finally {
				emit(telemetry, { kind: 'connection-waited', waitedFor, durationMs: clock.now() - startedAt });
			}
		},
	};
}
