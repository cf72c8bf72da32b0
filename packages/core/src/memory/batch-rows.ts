/** What a batch's own line of life needs, wherever it is moved from. */
import type { BatchAddress, BatchEvent } from '../ports/batch-store.ts';
import { keyOf } from './command-rows.ts';
import type { Step } from './state.ts';

/** The first receive of a member starts the batch, once. */
export function startBatch(step: Step, address: BatchAddress): void {
	const batches = step.in('batches', address.domain);
	const batch = batches.get(address.batchId);
	if (batch?.status !== 'PENDING') return;
	batches.put(address.batchId, { ...batch, status: 'IN_PROGRESS', startedAt: step.now });
	writeBatchEvent(step, address, 'BATCH_STARTED');
}

export function writeBatchEvent(step: Step, address: BatchAddress, type: BatchEvent['type']): void {
	const sequence = step.nextId('batch events');
	step.in('batchEvents', keyOf(address.domain, address.batchId)).put(sequence, { sequence, type, at: step.now });
}
