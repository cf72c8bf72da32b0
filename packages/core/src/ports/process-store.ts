/**
 * Processes and their steps. An advance is one atomic step: state, step records, the next commands, events and the acknowledgement
 * of the answer that caused it, or nothing.
 */
import type { AcceptOutcome } from './command-store.ts';
import type { ReplyLease } from './reply-channel.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { Page, PageRequest } from '../model/page.ts';
import type {
	PlannedUndo,
	ProcessEvent,
	ProcessEventType,
	ProcessRecord,
	ProcessStatus,
	StepRecord,
	StepStatus,
} from '../model/process.ts';

/** A command that a process sends, with the step record it opens. */
export interface StepCommand {
	readonly step: string;
	readonly kind: 'forward' | 'undo';
	readonly undoes?: string | undefined;
	readonly command: NewCommand;
}

export interface NewProcess {
	readonly processId: string;
	readonly processType: string;
	readonly domain: string;
	readonly businessKey?: string | undefined;
	readonly batchId?: string | undefined;
	readonly state: JsonValue;
	readonly first: StepCommand;
}

export type StartOutcome =
	| { readonly kind: 'started' }
	/** The business key is taken: this is the process that has it. Nothing was stored. */
	| { readonly kind: 'existing'; readonly process: ProcessRecord }
	| { readonly kind: 'refused'; readonly outcome: AcceptOutcome };

/** All there is to say of a step now: `reply` and `error` that are left out are null afterwards. OPEN and PARKED count as unanswered. */
export interface StepUpdate {
	readonly position: number;
	readonly status: StepStatus;
	readonly generation: number;
	readonly reply?: JsonValue | undefined;
	readonly error?: ErrorRecord | undefined;
}

export interface NewProcessEvent {
	readonly type: ProcessEventType;
	readonly step?: string | undefined;
	readonly commandId?: string | undefined;
	readonly details?: JsonObject | undefined;
}

/** The whole effect of one answer, or of one operator's override, on one process. */
export interface ProcessAdvance {
	readonly processId: string;
	/** Refused as `stale` when the process is at another version. */
	readonly expectedVersion: number;
	readonly status: ProcessStatus;
	readonly state: JsonValue;
	readonly currentStep: string | null;
	readonly compensationPlan: readonly PlannedUndo[] | null;
	readonly compensationErrors: number;
	readonly error: ErrorRecord | null;
	readonly stepUpdates: readonly StepUpdate[];
	readonly send: readonly StepCommand[];
	readonly events: readonly NewProcessEvent[];
	/** The answer this advance handles: removed with it. */
	readonly acknowledge?: ReplyLease | undefined;
}

export type AdvanceOutcome =
	| { readonly kind: 'advanced'; readonly version: number }
	| { readonly kind: 'stale' }
	| { readonly kind: 'lease-lost' }
	| { readonly kind: 'not-found' }
	| { readonly kind: 'refused'; readonly outcome: AcceptOutcome };

export interface ProcessFilter {
	readonly processType?: string | undefined;
	readonly domain?: string | undefined;
	readonly statuses?: readonly ProcessStatus[] | undefined;
	readonly batchId?: string | undefined;
	/** Process id or business key, whole. */
	readonly text?: string | undefined;
	readonly createdFrom?: Date | undefined;
	readonly createdTo?: Date | undefined;
}

export interface NewProcessBatch {
	readonly batchId: string;
	readonly name?: string | undefined;
	readonly totalCount: number;
}

/** Counts of a process batch, read from its processes. */
export interface ProcessBatchRecord {
	readonly batchId: string;
	readonly name: string | null;
	readonly totalCount: number;
	readonly completedCount: number;
	readonly failedCount: number;
	readonly compensatedCount: number;
	readonly canceledCount: number;
	/** Waiting for an operator. */
	readonly blockedCount: number;
	readonly createdAt: Date;
	/** When the last process ended; null while one runs. */
	readonly completedAt: Date | null;
}

export interface LoadedProcess {
	readonly process: ProcessRecord;
	readonly steps: readonly StepRecord[];
}

export interface ProcessStore<Tx> {
	/**
	 * Each with its own outcome, in order; one transaction for the set (the caller's, with `tx`). Stores the process, its first command, the open
	 * step, and the events STARTED and STEP_SENT. With `batch`, the batch is stored too, and it is all or nothing: one that is refused or exists
	 * already leaves the others `refused` with `not-stored`.
	 */
	start(processes: readonly NewProcess[], batch?: NewProcessBatch, tx?: Tx): Promise<readonly StartOutcome[]>;
	/** In the order of the request, with every step in order of position; `undefined` for an unknown id. */
	loadMany(processIds: readonly string[]): Promise<readonly (LoadedProcess | undefined)[]>;
	/** The process and step that wait for this command, if one does; for answers without a usable correlation id. */
	findByCommand(domain: string, commandId: string): Promise<string | undefined>;
	/**
	 * Advances several processes in one transaction, each with its own outcome, in order. A process that is terminal keeps its status: only step
	 * updates, events and `compensationErrors` are stored, because a parked undo may be resolved after the end. Of events exactly those given are
	 * written. Locks process rows in order of id.
	 */
	advance(advances: readonly ProcessAdvance[]): Promise<readonly AdvanceOutcome[]>;
	/** Newest first. */
	list(filter: ProcessFilter, page: PageRequest): Promise<Page<ProcessRecord>>;
	count(filter: ProcessFilter): Promise<number>;
	history(processId: string): Promise<readonly ProcessEvent[]>;
	getBatch(batchId: string): Promise<ProcessBatchRecord | undefined>;
	listBatches(page: PageRequest): Promise<Page<ProcessBatchRecord>>;
}
