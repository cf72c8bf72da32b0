/** A set of commands of one domain, accepted together and finished when the last member has ended. */
import type { JsonValue } from './json.ts';

export const batchStatuses = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED_WITH_FAILURES'] as const;

export type BatchStatus = (typeof batchStatuses)[number];

/** Members by where they are. `completed + failed + canceled = total` exactly when the batch is finished. */
export interface BatchCounts {
	readonly totalCount: number;
	readonly completedCount: number;
	readonly failedCount: number;
	readonly canceledCount: number;
	/** Members in the Troubleshooting Queue now; they keep the batch open. */
	readonly parkedCount: number;
}

/** True when every member has ended; a parked member has not. */
export function isBatchFinished(counts: BatchCounts): boolean {
	return counts.completedCount + counts.failedCount + counts.canceledCount === counts.totalCount;
}

/** How a finished batch ended: canceled and failed members are failures. */
export function finishedBatchStatus(counts: BatchCounts): 'COMPLETED' | 'COMPLETED_WITH_FAILURES' {
	return counts.completedCount === counts.totalCount ? 'COMPLETED' : 'COMPLETED_WITH_FAILURES';
}

/** A batch as the store keeps it. Addressed by its domain and its id, like a command. */
export interface BatchRecord extends BatchCounts {
	readonly domain: string;
	readonly batchId: string;
	readonly name: string | null;
	readonly customData: JsonValue;
	readonly status: BatchStatus;
	/** Where a `batch_completed` message goes, if anywhere. */
	readonly completionQueue: string | null;
	readonly createdAt: Date;
	readonly startedAt: Date | null;
	readonly completedAt: Date | null;
}

/** A batch on its way in. */
export interface NewBatch {
	readonly domain: string;
	readonly batchId: string;
	readonly name?: string | undefined;
	readonly customData?: JsonValue | undefined;
	readonly completionQueue?: string | undefined;
}
