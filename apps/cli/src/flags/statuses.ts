/**
 * The statuses that flags take. They are repeated from the packages so that `cb --help` loads none of them; a test holds both
 * lists together.
 */
import type { BatchStatus, BulkItemStatus, CommandStatus, ProcessStatus } from '@cb/core';

export const commandStatusWords = [
	'PENDING',
	'IN_PROGRESS',
	'COMPLETED',
	'FAILED',
	'CANCELED',
	'IN_TROUBLESHOOTING_QUEUE',
] as const satisfies readonly CommandStatus[];

/** Shorter words for the longest status. */
export const commandStatusAliases = {
	in_tsq: 'IN_TROUBLESHOOTING_QUEUE',
	parked: 'IN_TROUBLESHOOTING_QUEUE',
} as const;

export const processStatusWords = [
	'PENDING',
	'IN_PROGRESS',
	'WAITING_FOR_REPLY',
	'WAITING_FOR_TSQ',
	'COMPENSATING',
	'COMPLETED',
	'COMPENSATED',
	'FAILED',
	'CANCELED',
] as const satisfies readonly ProcessStatus[];

export const batchStatusWords = [
	'PENDING',
	'IN_PROGRESS',
	'COMPLETED',
	'COMPLETED_WITH_FAILURES',
] as const satisfies readonly BatchStatus[];

export const bulkItemStatusWords = [
	'WAITING',
	'DONE',
	'SKIPPED',
	'FAILED',
	'CANCELED',
] as const satisfies readonly BulkItemStatus[];
