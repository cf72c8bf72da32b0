/** Rows of cb.command_audit and cb.batch_event. */
import type { AuditEvent, AuditEventType, BatchEvent, JsonObject } from '@cb/core';
import type { Row } from './columns.ts';

interface AuditRow {
	readonly sequence: string;
	readonly domain: string;
	readonly command_id: string;
	readonly type: AuditEventType;
	readonly generation: number;
	readonly attempt: number;
	readonly at: Date;
	readonly details: JsonObject;
}

export function auditEventOf(raw: Row): AuditEvent {
	const row = raw as unknown as AuditRow;
	return {
		sequence: row.sequence,
		domain: row.domain,
		commandId: row.command_id,
		type: row.type,
		generation: row.generation,
		attempt: row.attempt,
		at: row.at,
		details: row.details,
	};
}

export function batchEventOf(raw: Row): BatchEvent {
	const row = raw as unknown as { readonly sequence: string; readonly type: BatchEvent['type']; readonly at: Date };
	return { sequence: row.sequence, type: row.type, at: row.at };
}
