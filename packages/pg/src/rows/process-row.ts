/** Rows of processes, their steps, events and batches. */
import type {
	ErrorRecord,
	JsonObject,
	JsonValue,
	PlannedUndo,
	ProcessBatchRecord,
	ProcessEvent,
	ProcessEventType,
	ProcessRecord,
	ProcessStatus,
	StepRecord,
	StepStatus,
} from '@cb/core';
import type { Row } from './columns.ts';

interface ProcessRow {
	readonly process_id: string;
	readonly process_type: string;
	readonly domain: string;
	readonly business_key: string | null;
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	readonly current_step: string | null;
	readonly compensation_plan: readonly PlannedUndo[] | null;
	readonly compensation_errors: number;
	readonly error: ErrorRecord | null;
	readonly batch_id: string | null;
	readonly version: number;
	readonly created_at: Date;
	readonly updated_at: Date;
	readonly completed_at: Date | null;
}

export function processRecordOf(raw: Row): ProcessRecord {
	const row = raw as unknown as ProcessRow;
	return {
		processId: row.process_id,
		processType: row.process_type,
		domain: row.domain,
		businessKey: row.business_key,
		status: row.status,
		state: row.state,
		currentStep: row.current_step,
		compensationPlan: row.compensation_plan,
		compensationErrors: row.compensation_errors,
		error: row.error,
		batchId: row.batch_id,
		version: row.version,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		completedAt: row.completed_at,
	};
}

interface StepRow {
	readonly process_id: string;
	readonly position: number;
	readonly step: string;
	readonly kind: 'forward' | 'undo';
	readonly undoes: string | null;
	readonly command_id: string;
	readonly command_type: string;
	readonly status: StepStatus;
	readonly generation: number;
	readonly reply: JsonValue;
	readonly error: ErrorRecord | null;
	readonly sent_at: Date;
	readonly answered_at: Date | null;
}

export function stepRecordOf(raw: Row): StepRecord {
	const row = raw as unknown as StepRow;
	return {
		processId: row.process_id,
		position: row.position,
		step: row.step,
		kind: row.kind,
		undoes: row.undoes,
		commandId: row.command_id,
		commandType: row.command_type,
		status: row.status,
		generation: row.generation,
		reply: row.reply,
		error: row.error,
		sentAt: row.sent_at,
		answeredAt: row.answered_at,
	};
}

export function processEventOf(raw: Row): ProcessEvent {
	const row = raw as unknown as {
		readonly sequence: string;
		readonly process_id: string;
		readonly type: ProcessEventType;
		readonly step: string | null;
		readonly command_id: string | null;
		readonly details: JsonObject;
		readonly at: Date;
	};
	return {
		sequence: row.sequence,
		processId: row.process_id,
		type: row.type,
		step: row.step,
		commandId: row.command_id,
		details: row.details,
		at: row.at,
	};
}

export function processBatchRecordOf(raw: Row): ProcessBatchRecord {
	const row = raw as unknown as {
		readonly batch_id: string;
		readonly name: string | null;
		readonly total_count: number;
		readonly completed_count: string;
		readonly failed_count: string;
		readonly compensated_count: string;
		readonly canceled_count: string;
		readonly blocked_count: string;
		readonly created_at: Date;
		readonly completed_at: Date | null;
	};
	return {
		batchId: row.batch_id,
		name: row.name,
		totalCount: row.total_count,
		completedCount: Number(row.completed_count),
		failedCount: Number(row.failed_count),
		compensatedCount: Number(row.compensated_count),
		canceledCount: Number(row.canceled_count),
		blockedCount: Number(row.blocked_count),
		createdAt: row.created_at,
		completedAt: row.completed_at,
	};
}
