/** `onBatchFinished`: tells this process that a batch has finished, whoever finished it and whenever that was. */
import type { BatchRecord } from '../model/batch.ts';
import type { Backend } from '../ports/backend.ts';
import type { BatchAddress } from '../ports/batch-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { emit } from '../safe-telemetry.ts';
import { parseBatchAddress } from './addresses.ts';

/** Gets the final counts. */
export type BatchListener = (batch: BatchRecord) => void | Promise<void>;

export interface BatchListeners {
	/** Returns how to take the listener back. */
	readonly add: (address: BatchAddress, listener: BatchListener) => () => void;
	close(): void;
}

/** Each look is 1.5 times later than the one before. */
const firstLookMs = 20;
const maxLookMs = 1_000;

export function createBatchListeners(
	backend: Pick<Backend, 'batches' | 'clock'>,
	telemetry: Telemetry | undefined,
): BatchListeners {
	const closed = new AbortController();

	async function finishedBatch(address: BatchAddress, signal: AbortSignal): Promise<BatchRecord | undefined> {
		for (let waitMs = firstLookMs; !signal.aborted; waitMs = Math.min(waitMs * 1.5, maxLookMs)) {
			try {
				const batch = await backend.batches.get(address);
				if (batch?.completedAt != null) return batch;
			} catch (error) {
				report('look up a batch', error);
			}
			await backend.clock.sleep(waitMs, signal);
		}
		return undefined;
	}

	async function tellOnce(address: BatchAddress, listener: BatchListener, signal: AbortSignal): Promise<void> {
		const batch = await finishedBatch(address, signal);
		if (batch === undefined || signal.aborted) return;
		try {
			await listener(batch);
		} catch (error) {
			report('call the listener of a finished batch', error);
		}
	}

	function report(operation: string, error: unknown): void {
		emit(telemetry, { kind: 'infrastructure-failed', component: 'bus', operation, error });
	}

	return {
		add(address, listener) {
			const takenBack = new AbortController();
			void tellOnce(parseBatchAddress(address), listener, AbortSignal.any([closed.signal, takenBack.signal]));
			return () => {
				takenBack.abort();
			};
		},
		close() {
			closed.abort();
		},
	};
}
