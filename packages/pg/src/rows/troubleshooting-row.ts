/** Rows of the Troubleshooting Queue: items, groups, generations, bulks and their items. */
import type {
	ActOutcome,
	BulkAction,
	BulkBreakdown,
	BulkItem,
	BulkItemStatus,
	BulkRecord,
	BulkStatus,
	CommandGeneration,
	CommandStatus,
	ErrorType,
	JsonValue,
	OperatorAct,
	TroubleshootingFilter,
	TroubleshootingGroup,
	TroubleshootingItem,
} from '@cb/core';
import { carriedHeaders } from './command-row.ts';
import type { Row } from './columns.ts';

interface ItemRow {
	readonly domain: string;
	readonly command_id: string;
	readonly command_type: string;
	readonly attempts: number;
	readonly max_attempts: number | null;
	readonly last_error_type: ErrorType;
	readonly last_error_code: string;
	readonly last_error_message: string;
	readonly last_error_details: JsonValue;
	readonly data: JsonValue;
	readonly is_payload_missing: boolean;
	readonly correlation_id: string;
	readonly reply_to: string | null;
	readonly batch_id: string | null;
	readonly process_id: string | null;
	readonly generation: number;
	readonly version: number;
	readonly fingerprint: string;
	readonly parked_at: Date;
	readonly created_at: Date;
	readonly updated_at: Date;
}

export function troubleshootingItemOf(raw: Row): TroubleshootingItem {
	const row = raw as unknown as ItemRow;
	return {
		domain: row.domain,
		commandId: row.command_id,
		commandType: row.command_type,
		attempts: row.attempts,
		maxAttempts: row.max_attempts ?? row.attempts,
		lastErrorType: row.last_error_type,
		lastErrorCode: row.last_error_code,
		lastErrorMessage: row.last_error_message,
		lastErrorDetails: row.last_error_details,
		payload: row.data,
		isPayloadMissing: row.is_payload_missing,
		correlationId: row.correlation_id,
		replyTo: row.reply_to,
		batchId: row.batch_id,
		processId: row.process_id,
		generation: row.generation,
		version: row.version,
		fingerprint: row.fingerprint,
		parkedAt: row.parked_at,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
	};
}

export function groupOf(raw: Row): TroubleshootingGroup {
	const row = raw as unknown as {
		readonly domain: string;
		readonly command_type: string;
		readonly fingerprint: string;
		readonly error_code: string;
		readonly sample_message: string;
		readonly count: string;
		readonly first_parked_at: Date;
		readonly last_parked_at: Date;
	};
	return {
		domain: row.domain,
		commandType: row.command_type,
		fingerprint: row.fingerprint,
		errorCode: row.error_code,
		sampleMessage: row.sample_message,
		count: Number(row.count),
		firstParkedAt: row.first_parked_at,
		lastParkedAt: row.last_parked_at,
	};
}

export function generationOf(raw: Row): CommandGeneration {
	const row = raw as unknown as {
		readonly generation: number;
		readonly msg_id: string;
		readonly data: JsonValue;
		readonly headers: Readonly<Record<string, unknown>> | null;
		readonly archived_at: Date | null;
	};
	return {
		generation: row.generation,
		messageId: row.msg_id,
		data: row.data,
		headers: carriedHeaders(row.headers),
		archivedAt: row.archived_at,
	};
}

interface ActJson {
	readonly kind: ActOutcome['kind'];
	readonly status: CommandStatus;
	readonly version: number;
	readonly generation: number;
	readonly messageId: string | null;
	readonly isRepeated: boolean;
	readonly batchId?: string | null;
	readonly replyTo: string;
	readonly lastAct?: (Omit<OperatorAct, 'at'> & { readonly at: string }) | null;
	readonly answerQueue?: string | null;
}

/** The JSON that cb.act_on_parked_command returns, and the queue that got an answer. */
export function actOutcomeOf(raw: unknown): { readonly outcome: ActOutcome; readonly answerQueue: string | undefined } {
	const act = raw as ActJson;
	return { outcome: outcomeOf(act), answerQueue: act.answerQueue ?? undefined };
}

function outcomeOf(act: ActJson): ActOutcome {
	const { kind, status, version } = act;
	switch (kind) {
		case 'done':
			return {
				kind,
				status,
				version,
				generation: act.generation,
				messageId: act.messageId,
				isRepeated: act.isRepeated,
				batchId: status === 'PENDING' ? null : act.batchId,
			};
		case 'not-parked':
			return { kind, status, lastAct: lastActOf(act) };
		case 'version-conflict':
			return { kind, status, version, lastAct: lastActOf(act) };
		case 'reply-queue-not-found':
			return { kind, replyTo: act.replyTo };
		case 'not-found':
		case 'payload-missing':
			return { kind };
	}
}

function lastActOf({ lastAct }: ActJson): OperatorAct | undefined {
	return lastAct == null ? undefined : { ...lastAct, at: new Date(lastAct.at) };
}

interface BulkRow {
	readonly bulk_id: string;
	readonly status: BulkStatus;
	readonly digest: string;
	readonly operator_id: string;
	readonly operator_kind: 'human' | 'service';
	readonly action: BulkAction;
	readonly filter: Readonly<Record<string, string>>;
	readonly breakdown: readonly BulkBreakdown[];
	readonly total_count: number;
	readonly done_count: number;
	readonly skipped_count: number;
	readonly failed_count: number;
	readonly canceled_count: number;
	readonly created_at: Date;
	readonly started_at: Date | null;
	readonly completed_at: Date | null;
}

export function bulkRecordOf(raw: Row): BulkRecord {
	const row = raw as unknown as BulkRow;
	return {
		bulkId: row.bulk_id,
		status: row.status,
		digest: row.digest,
		operator: { id: row.operator_id, kind: row.operator_kind },
		action: row.action,
		filter: filterOf(row.filter),
		breakdown: row.breakdown,
		totalCount: row.total_count,
		doneCount: row.done_count,
		skippedCount: row.skipped_count,
		failedCount: row.failed_count,
		canceledCount: row.canceled_count,
		createdAt: row.created_at,
		startedAt: row.started_at,
		completedAt: row.completed_at,
	};
}

/** A filter was stored as JSON: its dates come back as text. */
function filterOf(stored: Readonly<Record<string, string>>): TroubleshootingFilter {
	const dates = new Set(['parkedFrom', 'parkedTo', 'createdFrom', 'createdTo']);
	return Object.fromEntries(
		Object.entries(stored).map(([key, value]) => [key, dates.has(key) ? new Date(value) : value]),
	);
}

export function bulkItemOf(raw: Row): BulkItem {
	const row = raw as unknown as {
		readonly domain: string;
		readonly command_id: string;
		readonly position: number;
		readonly status: BulkItemStatus;
		readonly expected_version: number;
		readonly explanation: string | null;
		readonly settled_at: Date | null;
	};
	return {
		domain: row.domain,
		commandId: row.command_id,
		position: row.position,
		status: row.status,
		expectedVersion: row.expected_version,
		explanation: row.explanation,
		settledAt: row.settled_at,
	};
}
