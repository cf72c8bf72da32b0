/** Rows of cb.batch_state. Counts are sums, so they arrive as text. */
import type { BatchRecord, BatchStatus, JsonValue } from '@cb/core';
import type { Row } from './columns.ts';

interface BatchRow {
	readonly domain: string;
	readonly batch_id: string;
	readonly name: string | null;
	readonly custom_data: JsonValue;
	readonly status: BatchStatus;
	readonly completion_queue: string | null;
	readonly created_at: Date;
	readonly started_at: Date | null;
	readonly completed_at: Date | null;
	readonly total_count: number;
	readonly completed_count: number | string;
	readonly failed_count: number | string;
	readonly canceled_count: number | string;
	readonly parked_count: number | string;
}

export function batchRecordOf(raw: Row): BatchRecord {
	const row = raw as unknown as BatchRow;
	return {
		domain: row.domain,
		batchId: row.batch_id,
		name: row.name,
		customData: row.custom_data,
		status: row.status,
		completionQueue: row.completion_queue,
		totalCount: row.total_count,
		completedCount: Number(row.completed_count),
		failedCount: Number(row.failed_count),
		canceledCount: Number(row.canceled_count),
		parkedCount: Number(row.parked_count),
		createdAt: row.created_at,
		startedAt: row.started_at,
		completedAt: row.completed_at,
	};
}
