/**
 * A bulk: one act on many parked commands. The set is frozen when it is previewed, so what runs is what was shown; the server works
 * it off in chunks, and each item ends with exactly one result.
 */
import type { CommandAddress } from './ids.ts';
import type { Operator, OperatorAction } from './operator.ts';
import type { TroubleshootingFilter } from './troubleshooting-item.ts';
import type { JsonValue } from './json.ts';

export const bulkStatuses = ['PREVIEWED', 'RUNNING', 'PAUSED', 'CANCELED', 'COMPLETED'] as const;

export type BulkStatus = (typeof bulkStatuses)[number];

/** What the bulk does to each item. */
export interface BulkAction {
	readonly action: OperatorAction;
	readonly reason?: string | undefined;
	/** With `complete`: the result of every item. */
	readonly result?: JsonValue | undefined;
	readonly keepAttempts?: boolean | undefined;
	readonly suppressReply?: boolean | undefined;
}

export interface BulkBreakdown {
	readonly domain: string;
	readonly commandType: string;
	readonly fingerprint: string;
	readonly errorCode: string;
	readonly count: number;
}

export interface BulkCounts {
	readonly totalCount: number;
	readonly doneCount: number;
	readonly skippedCount: number;
	readonly failedCount: number;
	readonly canceledCount: number;
}

export interface BulkRecord extends BulkCounts {
	readonly bulkId: string;
	readonly status: BulkStatus;
	/** Proves that what is started is what was previewed. */
	readonly digest: string;
	readonly operator: Operator;
	readonly action: BulkAction;
	readonly filter: TroubleshootingFilter;
	readonly breakdown: readonly BulkBreakdown[];
	readonly createdAt: Date;
	readonly startedAt: Date | null;
	readonly completedAt: Date | null;
}

export const bulkItemStatuses = ['WAITING', 'DONE', 'SKIPPED', 'FAILED', 'CANCELED'] as const;

export type BulkItemStatus = (typeof bulkItemStatuses)[number];

/** One result per item. */
export interface BulkItem extends CommandAddress {
	readonly position: number;
	readonly status: BulkItemStatus;
	readonly expectedVersion: number;
	/** Why it was skipped or failed: who changed it and when, or what refused it. */
	readonly explanation: string | null;
	readonly settledAt: Date | null;
}
