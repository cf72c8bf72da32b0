/**
 * A process (saga): a workflow of several commands, driven by their replies. The step records are the truth about what is open and
 * what is done; the process row says where the whole stands.
 */
import type { ErrorRecord } from './error-record.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ReplyOutcome } from './message.ts';

export const processStatuses = [
	'PENDING',
	'IN_PROGRESS',
	'WAITING_FOR_REPLY',
	'WAITING_FOR_TSQ',
	'COMPENSATING',
	'COMPLETED',
	'COMPENSATED',
	'FAILED',
	'CANCELED',
] as const;

export type ProcessStatus = (typeof processStatuses)[number];

export const terminalProcessStatuses = [
	'COMPLETED',
	'COMPENSATED',
	'FAILED',
	'CANCELED',
] as const satisfies readonly ProcessStatus[];

/** True when nothing will ever move this process again. */
export function isProcessTerminal(status: ProcessStatus): boolean {
	return terminalProcessStatuses.some((terminal) => terminal === status);
}

/** One undo that is still to be done: the completed step, and the step that undoes it. */
export interface PlannedUndo {
	readonly undoes: string;
	readonly step: string;
}

export interface ProcessRecord {
	readonly processId: string;
	readonly processType: string;
	readonly domain: string;
	readonly businessKey: string | null;
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	/** The step whose answer is awaited; null when none is. */
	readonly currentStep: string | null;
	/** What is left of the compensation, next first; null when none was computed. */
	readonly compensationPlan: readonly PlannedUndo[] | null;
	/** Undo steps that failed, were canceled or are parked. */
	readonly compensationErrors: number;
	readonly error: ErrorRecord | null;
	readonly batchId: string | null;
	/** Grows with every advance; what a stale advance is recognised by. */
	readonly version: number;
	readonly createdAt: Date;
	readonly updatedAt: Date;
	readonly completedAt: Date | null;
}

export const stepStatuses = ['OPEN', 'PARKED', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;

export type StepStatus = (typeof stepStatuses)[number];

/** One command a process sent, and what became of it. Undo steps are their own kind and never count as completed steps. */
export interface StepRecord {
	readonly processId: string;
	/** Order of sending within the process, from 1. */
	readonly position: number;
	readonly step: string;
	readonly kind: 'forward' | 'undo';
	/** For an undo: the name of the step it undoes. */
	readonly undoes: string | null;
	readonly commandId: string;
	readonly commandType: string;
	readonly status: StepStatus;
	readonly generation: number;
	readonly reply: JsonValue;
	readonly error: ErrorRecord | null;
	readonly sentAt: Date;
	readonly answeredAt: Date | null;
}

export const processEventTypes = [
	'STARTED',
	'STEP_SENT',
	'STEP_ANSWERED',
	'STEP_PARKED',
	'STEP_RESUMED',
	'REPLY_IGNORED',
	'COMPENSATION_PLANNED',
	'COMPENSATION_FAILED',
	'COMPENSATION_CORRECTED',
	'OPERATOR_RETRY_STEP',
	'OPERATOR_RETRY_REPLY',
	'OPERATOR_COMPENSATE',
	'OPERATOR_CANCEL',
	'COMPLETED',
	'COMPENSATED',
	'FAILED',
	'CANCELED',
] as const;

export type ProcessEventType = (typeof processEventTypes)[number];

/** The audit trail of a process, in records of its own. */
export interface ProcessEvent {
	readonly sequence: string;
	readonly processId: string;
	readonly type: ProcessEventType;
	readonly step: string | null;
	readonly commandId: string | null;
	readonly details: JsonObject;
	readonly at: Date;
}

/** What an answer says about a step. */
export type StepOutcome = ReplyOutcome | 'parked' | 'resumed';
