/**
 * Which connections of a pool are still believed in. When one gets no answer, or its server became a standby, the idle ones beside it are no
 * better: each would cost its next user a whole time limit.
 */
import type { Pool, PoolClient } from 'pg';

export interface Trust {
	has(client: PoolClient): boolean;
	/** From now on only connections that are made later. */
	trustNone(): void;
	end(): void;
}

export function createTrust(pool: Pool): Trust {
	const madeIn = new WeakMap<PoolClient, number>();
	let era = 0;
	const note = (client: PoolClient): void => {
		madeIn.set(client, era);
	};
	pool.on('connect', note);
	return {
		has: (client) => (madeIn.get(client) ?? 0) === era,
		trustNone() {
			era++;
		},
		end() {
			pool.off('connect', note);
		},
	};
}
