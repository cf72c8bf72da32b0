/** What the in-memory store keeps, table by table. Rows are immutable values: a change puts a new one in place. */
import type { AuditEvent } from '../model/audit-event.ts';
import type { BatchCounts, BatchStatus, NewBatch } from '../model/batch.ts';
import type { BulkItem, BulkRecord, BulkCounts } from '../model/bulk.ts';
import type { CommandRecord } from '../model/command-record.ts';
import type { CommandStatus } from '../model/command-status.ts';
import type { JsonValue } from '../model/json.ts';
import type { MessageHeaders } from '../model/message.ts';
import type { OperatorAct } from '../model/operator.ts';
import type { ProcessEvent, ProcessRecord, StepRecord } from '../model/process.ts';
import type { Backoff } from '../model/retry-policy.ts';
import type { BatchEvent } from '../ports/batch-store.ts';
import type { DomainRecord } from '../ports/domain-store.ts';
import type { NewProcessBatch } from '../ports/process-store.ts';
import type { UnhandledReply } from '../ports/reply-channel.ts';
import type { ActOutcome } from '../ports/troubleshooting-store.ts';

interface QueueRow {
	readonly queue: string;
	/** Set for the command queue of a domain. */
	readonly commandsOf: string | null;
}

/** The mark a receive leaves on a message; the lease runs until the message is visible again. */
export interface Receipt {
	readonly workerId: string;
	readonly attempt: number;
	readonly isRedelivered: boolean;
	readonly receivedAt: Date;
}

export interface MessageRow {
	readonly messageId: string;
	/** JSON text, so that nobody shares an object with the store. */
	readonly body: string;
	readonly headers: MessageHeaders;
	readonly enqueuedAt: Date;
	readonly visibleAtMs: number;
	/** Receives so far, less those given back. */
	readonly attempts: number;
	readonly receipt: Receipt | null;
	/** Given back, and the attempt before had run out without an answer: its handler may have run. */
	readonly isUnanswered: boolean;
	readonly deferrals: number;
}

export interface ArchivedRow {
	readonly messageId: string;
	readonly body: string;
	readonly headers: MessageHeaders;
	readonly archivedAt: Date;
}

/** IN_PROGRESS is not stored: it is a live command whose message carries a receipt. */
export interface CommandRow extends Omit<CommandRecord, 'status' | 'maxAttempts' | 'messageId'> {
	readonly status: Exclude<CommandStatus, 'IN_PROGRESS'>;
	/** One per generation, newest last. */
	readonly messageIds: readonly string[];
	/** Travel on with every answer. */
	readonly headers: MessageHeaders;
	readonly sentMaxAttempts: number | null;
	readonly backoff: Backoff | null;
	readonly wantsNotices: boolean;
	/** Set exactly while parked. */
	readonly parked: { readonly at: Date; readonly fingerprint: string; readonly maxAttempts: number } | null;
	readonly lastAct: OperatorAct | null;
}

export interface BatchRow extends Required<Omit<NewBatch, 'name' | 'customData' | 'completionQueue'>> {
	readonly name: string | null;
	readonly customData: JsonValue;
	readonly completionQueue: string | null;
	readonly status: BatchStatus;
	readonly totalCount: number;
	/** Set when it finished: its members may be pruned before it. */
	readonly finalCounts: BatchCounts | null;
	readonly createdAt: Date;
	readonly startedAt: Date | null;
	readonly completedAt: Date | null;
}

export interface ProcessBatchRow extends NewProcessBatch {
	readonly createdAt: Date;
}

/** The id of a command that was pruned: refused as a duplicate while it stands here. */
export interface RememberedRow {
	readonly domain: string;
	readonly commandId: string;
	readonly correlationId: string;
	readonly endedAt: Date;
	readonly hasAudit: boolean;
}

/** What an operator asked for under a request id, with its first result. */
interface RequestRow {
	readonly requestId: string;
	readonly at: Date;
	readonly outcome: ActOutcome & { readonly kind: 'done' };
}

/** Who has the maintenance. */
interface ClaimRow {
	readonly holder: string;
	readonly expiresAtMs: number;
}

export type BulkRow = Omit<BulkRecord, keyof BulkCounts>;

/** Table → row. Each table is split into partitions, named behind the row here. */
export interface Tables {
	/** one partition */
	readonly domains: DomainRecord;
	/** one partition */
	readonly queues: QueueRow;
	/** by queue */
	readonly messages: MessageRow;
	/** by queue */
	readonly archive: ArchivedRow;
	/** by domain */
	readonly commands: CommandRow;
	/** by command */
	readonly audit: AuditEvent;
	/** by command */
	readonly requests: RequestRow;
	/** by domain */
	readonly remembered: RememberedRow;
	/** one partition, one row */
	readonly claims: ClaimRow;
	/** by domain */
	readonly batches: BatchRow;
	/** by batch: command ids in order of sending */
	readonly members: string;
	/** by batch: ids of the members that have not ended */
	readonly openMembers: string;
	/** by batch */
	readonly batchEvents: BatchEvent;
	/** one partition */
	readonly bulks: BulkRow;
	/** by bulk */
	readonly bulkItems: BulkItem;
	/** one partition */
	readonly processes: ProcessRecord;
	/** by process type: business key → process id */
	readonly businessKeys: string;
	/** by process */
	readonly steps: StepRecord;
	/** by domain: command id → process id */
	readonly stepCommands: string;
	/** by process */
	readonly processEvents: ProcessEvent;
	/** one partition */
	readonly processBatches: ProcessBatchRow;
	/** one partition */
	readonly unhandled: UnhandledReply;
}

export type TableName = keyof Tables;

/** A set of writes over the tables, or the tables themselves; `undefined` is a removed row. */
export type Layer = { readonly [Name in TableName]: Map<string, Map<string, Tables[Name] | undefined>> };

export function emptyLayer(): Layer {
	return {
		domains: new Map(),
		queues: new Map(),
		messages: new Map(),
		archive: new Map(),
		commands: new Map(),
		audit: new Map(),
		requests: new Map(),
		remembered: new Map(),
		claims: new Map(),
		batches: new Map(),
		members: new Map(),
		openMembers: new Map(),
		batchEvents: new Map(),
		bulks: new Map(),
		bulkItems: new Map(),
		processes: new Map(),
		businessKeys: new Map(),
		steps: new Map(),
		stepCommands: new Map(),
		processEvents: new Map(),
		processBatches: new Map(),
		unhandled: new Map(),
	};
}

const template = emptyLayer();

export const tableNames = Object.keys(template).filter((name): name is TableName => name in template);
