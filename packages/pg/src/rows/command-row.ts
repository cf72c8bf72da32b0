/** Rows of cb.command with the live part of their message → CommandRecord; rows of cb.receive_commands → ReceivedCommand. */
import type {
	Backoff,
	CommandRecord,
	CommandStatus,
	ErrorRecord,
	ErrorType,
	JsonValue,
	MessageHeaders,
	ReceivedCommand,
} from '@cb/core';
import type { Row } from './columns.ts';

interface CommandRow {
	readonly domain: string;
	readonly command_id: string;
	readonly command_type: string;
	readonly status: CommandStatus;
	readonly attempts: number;
	readonly max_attempts: number | null;
	readonly generation: number;
	readonly version: number;
	readonly msg_id: string;
	readonly correlation_id: string;
	readonly causation_id: string | null;
	readonly reply_to: string | null;
	readonly batch_id: string | null;
	readonly result: JsonValue;
	readonly last_error_type: ErrorType | null;
	readonly last_error_code: string;
	readonly last_error_message: string;
	readonly last_error_details: JsonValue;
	readonly created_at: Date;
	readonly updated_at: Date;
	readonly completed_at: Date | null;
}

/** The columns that `commandRecordOf` reads, of `cb.command c` joined with `cb.live_message m`. */
export const commandColumns = `
	c.domain,
	c.command_id,
	c.command_type,
	case when m.headers ? 'cb_lease' then 'IN_PROGRESS' else c.status end as status,
	coalesce(m.read_ct, c.attempts) as attempts,
	coalesce(c.parked_max_attempts, c.max_attempts) as max_attempts,
	c.generation,
	c.version,
	c.msg_id::text as msg_id,
	c.correlation_id,
	c.causation_id,
	c.reply_to,
	c.batch_id,
	c.result,
	c.last_error_type,
	c.last_error_code,
	c.last_error_message,
	c.last_error_details,
	c.created_at,
	c.updated_at,
	c.completed_at`;

export function commandRecordOf(raw: Row): CommandRecord {
	const row = raw as unknown as CommandRow;
	return {
		domain: row.domain,
		commandId: row.command_id,
		commandType: row.command_type,
		status: row.status,
		attempts: row.attempts,
		maxAttempts: row.max_attempts,
		generation: row.generation,
		version: row.version,
		messageId: row.msg_id,
		correlationId: row.correlation_id,
		causationId: row.causation_id,
		replyTo: row.reply_to,
		batchId: row.batch_id,
		result: row.result,
		lastError: lastErrorOf(row),
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		completedAt: row.completed_at,
	};
}

function lastErrorOf(row: CommandRow): ErrorRecord | null {
	if (row.last_error_type === null) return null;
	return {
		type: row.last_error_type,
		code: row.last_error_code,
		message: row.last_error_message,
		details: row.last_error_details,
	};
}

/** Times come as microseconds since 1970: the driver takes five times as long to read the text of a timestamptz. */
export interface ReceivedRow {
	readonly disposition: 'deliver' | 'exhausted' | 'reject';
	readonly reason: string | null;
	readonly msg_id: string;
	readonly attempt: number;
	readonly received_at_microseconds: number;
	readonly data: JsonValue;
	readonly headers: Readonly<Record<string, unknown>> | null;
	readonly is_redelivered: boolean;
	readonly deferrals: number;
	readonly command_id: string;
	readonly command_type: string;
	readonly correlation_id: string;
	readonly causation_id: string | null;
	readonly reply_to: string | null;
	readonly batch_id: string | null;
	readonly generation: number;
	readonly max_attempts: number | null;
	readonly backoff: Backoff | null;
	readonly created_at_microseconds: number;
	/** Of the first row: from where the next read may go on, if it should. */
	readonly read_on_from: string | null;
}

export function receivedRowsOf(rows: readonly unknown[]): readonly ReceivedRow[] {
	return rows as readonly ReceivedRow[];
}

export function receivedCommandOf(domain: string, row: ReceivedRow): ReceivedCommand {
	return {
		domain,
		commandId: row.command_id,
		lease: { commandId: row.command_id, messageId: row.msg_id, attempt: row.attempt },
		commandType: row.command_type,
		data: row.data,
		headers: carriedHeaders(row.headers),
		correlationId: row.correlation_id,
		causationId: row.causation_id,
		replyTo: row.reply_to,
		batchId: row.batch_id,
		generation: row.generation,
		maxAttempts: row.max_attempts,
		backoff: row.backoff,
		isRedelivered: row.is_redelivered,
		deferrals: row.deferrals,
		createdAt: dateOf(row.created_at_microseconds),
		receivedAt: dateOf(row.received_at_microseconds),
	};
}

function dateOf(microseconds: number): Date {
	return new Date(Math.floor(microseconds / 1_000));
}

/** What the sender put there: our own marks and anything that is not text stay behind. */
export function carriedHeaders(headers: Readonly<Record<string, unknown>> | null): MessageHeaders {
	return Object.fromEntries(Object.entries(headers ?? {}).filter(isCarried));
}

function isCarried(entry: readonly [key: string, value: unknown]): entry is [string, string] {
	return typeof entry[1] === 'string' && !entry[0].startsWith('cb_');
}
