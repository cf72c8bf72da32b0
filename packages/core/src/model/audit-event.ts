/**
 * The audit trail of a command: append-only, written in the transaction of the change it tells of, ordered by a sequence. Batch and
 * process events have records of their own and never stand here.
 */
import type { JsonObject } from './json.ts';

export const auditEventTypes = [
	'SENT',
	'RECEIVED',
	'COMPLETED',
	'FAILED',
	'BUSINESS_RULE_FAILED',
	'MOVED_TO_TROUBLESHOOTING_QUEUE',
	'CANCELED',
	'OPERATOR_RETRY',
	'OPERATOR_CANCEL',
	'OPERATOR_COMPLETE',
] as const;

export type AuditEventType = (typeof auditEventTypes)[number];

/** Why a command was parked. */
export type ParkReason = 'PERMANENT' | 'EXHAUSTED' | 'EXHAUSTED_BY_REDELIVERY';

export interface AuditEvent {
	/** Total order within the command, as text (a bigint). Empty for a receipt that is still held by its lease, which comes last. */
	readonly sequence: string;
	readonly domain: string;
	readonly commandId: string;
	readonly type: AuditEventType;
	readonly generation: number;
	/** The attempt the event belongs to; 0 before the first receive. */
	readonly attempt: number;
	readonly at: Date;
	/**
	 * By type. RECEIVED: `workerId`, `isRedelivered`. FAILED, BUSINESS_RULE_FAILED: `error`, and `delaySeconds` where retried.
	 * MOVED_TO_TROUBLESHOOTING_QUEUE: `reason`, `error`. SENT: `correlationId`, `replyTo`, `batchId`. CANCELED: `reason`.
	 * OPERATOR_*: `operator`, `reason`, and `result`, `previousMessageId`, `messageId`, `amendment`, `isReplySuppressed` where they apply.
	 */
	readonly details: JsonObject;
}
