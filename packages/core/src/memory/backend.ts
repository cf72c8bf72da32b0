/** Every port over one in-memory state. */
import type { Backend } from '../ports/backend.ts';
import type { Clock } from '../ports/clock.ts';
import { createBatchStore } from './batch-store.ts';
import { createCommandQuery } from './command-query.ts';
import { createCommandStore } from './command-store.ts';
import { createDomainStore } from './domain-store.ts';
import { createMaintenanceStore } from './maintenance-store.ts';
import { createManualClock } from './manual-clock.ts';
import type { ManualClock } from './manual-clock.ts';
import { createProcessStore } from './process-store.ts';
import { createReplyChannel } from './reply-channel.ts';
import { MemoryState } from './state.ts';
import type { MemoryTransaction } from './state.ts';
import { createTroubleshootingStore } from './troubleshooting-store.ts';
import { createWakeSignal } from './wake-signal.ts';

export interface InMemoryBackendOptions<Time extends Clock> {
	/** Where all time comes from, also that of leases and delays. @default a manual clock, to be found in the backend */
	readonly clock?: Time | undefined;
}

export interface InMemoryBackend<Time extends Clock = ManualClock> extends Backend<MemoryTransaction> {
	readonly clock: Time;
}

/**
 * A complete backend that keeps everything in this program and forgets it with the program: for tests, for examples, and as the readable
 * form of what every adapter does.
 */
export function createInMemoryBackend(options?: { readonly clock?: undefined }): InMemoryBackend;
export function createInMemoryBackend<Time extends Clock>(options: { readonly clock: Time }): InMemoryBackend<Time>;
export function createInMemoryBackend(options: InMemoryBackendOptions<Clock> = {}): InMemoryBackend<Clock> {
	return openInMemoryBackend(options.clock ?? createManualClock()).backend;
}

/** The backend with its state, for those who look under the ports. */
export function openInMemoryBackend<Time extends Clock>(
	clock: Time,
): { readonly backend: InMemoryBackend<Time>; readonly state: MemoryState } {
	const wake = createWakeSignal();
	const state = new MemoryState({
		clock,
		onCommit: (topics) => {
			wake.notify(topics);
		},
	});
	const backend: InMemoryBackend<Time> = {
		domains: createDomainStore(state),
		commands: createCommandStore(state),
		queries: createCommandQuery(state),
		batches: createBatchStore(state),
		troubleshooting: createTroubleshootingStore(state),
		processes: createProcessStore(state),
		replies: createReplyChannel(state),
		maintenance: createMaintenanceStore(state),
		wake,
		clock,
		explainError: () => undefined,
		checkSchema: () => Promise.resolve(),
		close: () => Promise.resolve(),
	};
	return { backend, state };
}
