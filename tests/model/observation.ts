/**
 * What can be seen of a domain from outside, by names instead of ids and without times: what the model predicts and what an adapter shows are
 * compared in this form, and the invariants are about it.
 */
import type {
	AuditEventType,
	BatchEvent,
	BatchStatus,
	CommandStatus,
	ErrorRecord,
	JsonObject,
	JsonValue,
	PlannedUndo,
	ProcessStatus,
	StepStatus,
} from '@cb/core';
import type { Answer, EndCounts } from './semantics/world.ts';

export interface Observation {
	readonly commands: Readonly<Record<string, SeenCommand>>;
	/** The command queue and its archive, oldest first. */
	readonly queue: readonly SeenMessage[];
	readonly archive: readonly SeenMessage[];
	/** The reply queue and the process reply queue, oldest first. */
	readonly replies: readonly Answer[];
	readonly inbox: readonly Answer[];
	/** Everything that was ever answered, once for each id of an answer, in the order of its text. */
	readonly answers: readonly Answer[];
	/** The Troubleshooting Queue, by name. */
	readonly parked: Readonly<Record<string, SeenItem>>;
	readonly statistics: SeenStatistics;
	readonly batches: Readonly<Record<string, SeenBatch>>;
	readonly processes: Readonly<Record<string, SeenProcess>>;
}

export interface SeenCommand {
	readonly status: CommandStatus;
	readonly attempts: number;
	readonly maxAttempts: number | null;
	readonly generation: number;
	readonly version: number;
	readonly replyTo: string | null;
	readonly batch: string | null;
	readonly result: JsonValue;
	readonly lastError: ErrorRecord | null;
	readonly isEnded: boolean;
	readonly history: readonly SeenLine[];
}

export interface SeenLine {
	readonly type: AuditEventType;
	readonly generation: number;
	readonly attempt: number;
	/** A receipt that its lease still holds. */
	readonly isHeld: boolean;
	/** Without ids of messages, and without what is null or false. */
	readonly details: JsonObject;
}

export interface SeenMessage {
	readonly command: string;
	readonly data: JsonValue;
}

export interface SeenItem {
	readonly attempts: number;
	readonly maxAttempts: number;
	readonly error: ErrorRecord;
	readonly fingerprint: string;
	readonly payload: JsonValue;
	readonly generation: number;
	readonly version: number;
	readonly batch: string | null;
	readonly process: string | null;
}

export interface SeenStatistics {
	readonly depth: number;
	readonly ready: number;
	readonly delayed: number;
	readonly inFlight: number;
	readonly stalled: number;
	readonly parked: number;
}

export interface SeenBatch extends EndCounts {
	readonly status: BatchStatus;
	readonly parked: number;
	readonly isStarted: boolean;
	readonly isFinished: boolean;
	readonly members: readonly string[];
	readonly events: readonly BatchEvent['type'][];
}

export interface SeenProcess {
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	readonly currentStep: string | null;
	readonly plan: readonly PlannedUndo[] | null;
	readonly compensationErrors: number;
	readonly error: ErrorRecord | null;
	readonly version: number;
	readonly isEnded: boolean;
	readonly steps: readonly SeenStep[];
	readonly events: readonly string[];
}

export interface SeenStep {
	readonly step: string;
	/** Of an undo. */
	readonly undoes: string | null;
	readonly command: string;
	readonly status: StepStatus;
	readonly generation: number;
	readonly reply: JsonValue;
	readonly error: ErrorRecord | null;
	readonly isAnswered: boolean;
}
