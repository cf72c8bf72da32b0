/**
 * A parked command as an operator sees it. The Troubleshooting Queue is no queue: it is the commands with status
 * IN_TROUBLESHOOTING_QUEUE, their payloads read from PGMQ's archive by message id.
 */
import type { CommandAddress } from './ids.ts';
import type { ErrorRecord, ErrorType } from './error-record.ts';
import type { JsonValue } from './json.ts';
import type { MessageHeaders } from './message.ts';

export interface TroubleshootingItem extends CommandAddress {
	readonly commandType: string;
	readonly attempts: number;
	readonly maxAttempts: number;
	readonly lastErrorType: ErrorType;
	readonly lastErrorCode: string;
	readonly lastErrorMessage: string;
	readonly lastErrorDetails: JsonValue;
	/** The command's `data`; null when the archived message is gone (see `isPayloadMissing`). */
	readonly payload: JsonValue;
	readonly isPayloadMissing: boolean;
	readonly correlationId: string;
	readonly replyTo: string | null;
	readonly batchId: string | null;
	/** The process that waits for this command, if one does. */
	readonly processId: string | null;
	readonly generation: number;
	readonly version: number;
	readonly fingerprint: string;
	readonly parkedAt: Date;
	readonly createdAt: Date;
	readonly updatedAt: Date;
}

/** The message of one generation of a command: the newest one, and those an operator retried. */
export interface CommandGeneration {
	readonly generation: number;
	readonly messageId: string;
	readonly data: JsonValue;
	readonly headers: MessageHeaders;
	readonly archivedAt: Date | null;
}

/** Every field is optional; those given must all match. */
export interface TroubleshootingFilter {
	readonly domain?: string | undefined;
	readonly commandType?: string | undefined;
	readonly errorCode?: string | undefined;
	readonly fingerprint?: string | undefined;
	/** Inclusive bounds. */
	readonly parkedFrom?: Date | undefined;
	readonly parkedTo?: Date | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
	/** A command, correlation, batch or process id, whole. */
	readonly text?: string | undefined;
}

/** Parked commands that share domain, type and error fingerprint: one problem, seen many times. */
export interface TroubleshootingGroup {
	readonly domain: string;
	readonly commandType: string;
	readonly fingerprint: string;
	readonly errorCode: string;
	readonly sampleMessage: string;
	readonly count: number;
	readonly firstParkedAt: Date;
	readonly lastParkedAt: Date;
}

/** What parking stores beside the command's own row. */
export interface ParkedError {
	readonly error: ErrorRecord;
	readonly fingerprint: string;
}
