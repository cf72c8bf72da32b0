import { createBatcher } from '../batcher.ts';
import type { Batcher } from '../batcher.ts';
import type { UnknownTypePolicy } from '../handling/handler-registry.ts';
import type { Backend } from '../ports/backend.ts';
import type { HealthTracker } from './health.ts';
import type { HeldCommands } from './held-commands.ts';
import type { LeasedCommand } from './leased-command.ts';
import type { WorkerSettings } from './worker-options.ts';

export interface DeferralsParts<Tx> {
	readonly backend: Backend<Tx>;
	readonly settings: WorkerSettings;
	readonly held: HeldCommands<Tx>;
	readonly health: HealthTracker;
	readonly policy: UnknownTypePolicy;
	readonly onDeferred: (delaySeconds: number) => void;
}

/** Puts commands of unknown types back for another version of the service, many in one call, without counting an attempt. */
export function createDeferrals<Tx>(parts: DeferralsParts<Tx>): Batcher<LeasedCommand<Tx>> {
	const { backend, settings, held, health, policy, onDeferred } = parts;
	const delaySeconds = policy === 'park' ? 0 : policy.deferSeconds;
	return createBatcher({
		maxInFlight: 1,
		maxSize: settings.settleBatchSize,
		async run(commands) {
			const leases = commands.map(({ command }) => command.lease);
			try {
				await backend.commands.release(settings.domain, leases, delaySeconds);
				onDeferred(delaySeconds);
			} catch (error) {
				// They come back by themselves when their leases run out.
				health.report('defer', error);
			}
			for (const leased of commands) held.released(leased);
		},
	});
}
