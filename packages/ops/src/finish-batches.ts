/** An act may have ended the last open member of a batch. */
import { emit } from '@cb/core';
import type { Backend, BatchAddress, Telemetry } from '@cb/core';

/**
 * Finishes the batches given, or any, now. When that fails the act stands all the same: every worker looks for finished batches now and
 * then.
 */
export async function finishBatches(
	{ batches }: Pick<Backend, 'batches'>,
	telemetry: Telemetry | undefined,
	addresses?: readonly BatchAddress[],
): Promise<void> {
	try {
		for (const { domain, batchId, status } of await batches.finish(addresses)) {
			emit(telemetry, { kind: 'batch-finished', domain, batchId, status });
		}
	} catch (error) {
		emit(telemetry, { kind: 'infrastructure-failed', component: 'ops', operation: 'finish batches', error });
	}
}
