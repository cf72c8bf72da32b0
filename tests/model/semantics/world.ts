/**
 * The state of the reference model: what the semantics say exists, as plain data that is never changed in place. Everything has a readable
 * name (`c1`, `b1`, `p1`) instead of an id, and time is a number of seconds.
 */
import type { CommandStatus, ErrorRecord, JsonObject, JsonValue, OperatorAction, ReplyOutcome } from '@cb/core';
import type { AuditEventType, BatchEvent, BatchStatus, PlannedUndo, ProcessStatus, StepStatus } from '@cb/core';

export interface World {
	readonly now: number;
	readonly commands: ReadonlyMap<string, Command>;
	/** The command queue: live messages and what strangers put there, oldest first. */
	readonly queue: readonly Message[];
	/** What left the queue without having completed, in order of id. */
	readonly archive: readonly Message[];
	/** The reply queue and the process reply queue, oldest first. */
	readonly replies: readonly Letter[];
	readonly inbox: readonly Letter[];
	/** Every answer that a reader of either queue has seen, once each. */
	readonly read: readonly Letter[];
	/** What readers have in hand, leased or not any more, by reader. */
	readonly hands: ReadonlyMap<string, Hand>;
	readonly batches: ReadonlyMap<string, Batch>;
	readonly processes: ReadonlyMap<string, Process>;
	/** Leases that workers remember, lost or not. A worker that crashes forgets its own. */
	readonly leases: readonly Lease[];
	readonly lastMessageId: number;
	readonly lastLetterId: number;
}

export interface Command {
	readonly name: string;
	readonly replyTo: ReplyQueue | null;
	readonly wantsNotices: boolean;
	readonly sentMaxAttempts: number | null;
	readonly batch: string | null;
	readonly process: string | null;
	readonly status: CommandStatus;
	/** Attempts begun in this generation. */
	readonly attempts: number;
	readonly generation: number;
	/** Grows with every stored change; leases are none. */
	readonly version: number;
	/** The message that carries this generation. */
	readonly messageId: number;
	readonly deferrals: number;
	/** Set exactly while IN_TROUBLESHOOTING_QUEUE. */
	readonly parked: { readonly maxAttempts: number; readonly fingerprint: string } | null;
	readonly result: JsonValue;
	readonly lastError: ErrorRecord | null;
	readonly audit: readonly AuditLine[];
	readonly lastAct: LastAct | null;
	/** First results of operators' requests, by request id. */
	readonly requests: ReadonlyMap<string, DoneAct>;
}

export type ReplyQueue = 'replies' | 'inbox';

export interface Message {
	readonly id: number;
	/** Whose message it says it is. */
	readonly command: string;
	readonly data: JsonValue;
	/** Nobody is handed the message before. While a lease runs, its end. */
	readonly dueAt: number;
}

/** The right to answer for a command: one attempt of one message, and so of one generation. */
export interface Lease {
	readonly command: string;
	readonly generation: number;
	readonly attempt: number;
}

export interface AuditLine {
	readonly type: AuditEventType;
	readonly generation: number;
	readonly attempt: number;
	readonly details: JsonObject;
}

export interface LastAct {
	readonly action: OperatorAction;
	readonly operator: string;
	readonly reason: string | null;
}

export interface DoneAct {
	readonly kind: 'done';
	readonly status: CommandStatus;
	readonly version: number;
	readonly generation: number;
	readonly batch: string | null;
	readonly isRepeated: boolean;
}

export type Answer =
	| {
			readonly kind: 'reply';
			readonly command: string;
			readonly generation: number;
			readonly outcome: ReplyOutcome;
			readonly data: JsonValue;
			readonly error: ErrorRecord | null;
	  }
	| Notice<'parked'>
	| Notice<'resumed'>
	| ({ readonly kind: 'batch_completed'; readonly batch: string; readonly status: BatchStatus } & EndCounts);

interface Notice<Kind> {
	readonly kind: Kind;
	readonly command: string;
	readonly generation: number;
	readonly error: ErrorRecord | null;
}

/** An answer on its way. */
export interface Letter {
	readonly id: number;
	/** The letter that this one is a copy of, or itself. */
	readonly original: number;
	readonly answer: Answer;
	readonly dueAt: number;
	readonly attempts: number;
}

interface Hand {
	readonly queue: ReplyQueue;
	readonly letters: readonly Letter[];
}

export interface EndCounts {
	readonly total: number;
	readonly completed: number;
	readonly failed: number;
	readonly canceled: number;
}

export interface Batch {
	readonly name: string;
	readonly status: BatchStatus;
	readonly announces: boolean;
	readonly members: readonly string[];
	readonly events: readonly BatchEvent['type'][];
}

export interface Process {
	readonly name: string;
	readonly status: ProcessStatus;
	readonly state: ProcessState;
	readonly currentStep: string | null;
	readonly plan: readonly PlannedUndo[] | null;
	readonly compensationErrors: number;
	readonly error: ErrorRecord | null;
	readonly version: number;
	/** In order of sending. */
	readonly steps: readonly Step[];
	readonly events: readonly string[];
}

/** The name of the process, and what its steps brought. */
interface ProcessState {
	readonly of: string;
	readonly results: readonly JsonValue[];
}

export interface Step {
	readonly step: string;
	/** For an undo: the step that it undoes. */
	readonly undoes: string | null;
	readonly command: string;
	readonly status: StepStatus;
	readonly generation: number;
	readonly reply: JsonValue;
	readonly error: ErrorRecord | null;
}

/** A world after a move, and what whoever made the move is told. */
export interface Moved<Outcome> {
	readonly world: World;
	readonly outcome: Outcome;
}

export const emptyWorld: World = {
	now: 0,
	commands: new Map(),
	queue: [],
	archive: [],
	replies: [],
	inbox: [],
	read: [],
	hands: new Map(),
	batches: new Map(),
	processes: new Map(),
	leases: [],
	lastMessageId: 0,
	lastLetterId: 0,
};

export function withCommand(world: World, command: Command): World {
	return { ...world, commands: new Map(world.commands).set(command.name, command) };
}

/** A stored change of a command: every one makes a new version. */
export function changed(command: Command, change: Partial<Command>): Command {
	return { ...command, ...change, version: command.version + 1 };
}

/** Puts a message on the command queue. Its id is the new world's `lastMessageId`. */
export function enqueue(world: World, message: Omit<Message, 'id'>): World {
	const id = world.lastMessageId + 1;
	return { ...world, lastMessageId: id, queue: [...world.queue, { ...message, id }] };
}

export function dequeue(world: World, messageId: number): World {
	return { ...world, queue: world.queue.filter(({ id }) => id !== messageId) };
}

/** Takes a message off the queue and keeps it. */
export function archive(world: World, messageId: number): World {
	const message = world.queue.filter(({ id }) => id === messageId);
	const kept = [...world.archive, ...message].sort((a, b) => a.id - b.id);
	return { ...dequeue(world, messageId), archive: kept };
}

export function redue(world: World, messageId: number, dueAt: number): World {
	return { ...world, queue: world.queue.map((one) => (one.id === messageId ? { ...one, dueAt } : one)) };
}

/** Sends an answer to whoever sent the command, if anybody asked for one. */
export function answered(world: World, { replyTo }: Pick<Command, 'replyTo'>, answer: Answer): World {
	return replyTo === null ? world : withLetter(world, replyTo, { answer });
}

/** Puts an answer, or one more copy of a letter, on a reply queue. */
export function withLetter(
	world: World,
	queue: ReplyQueue,
	{ answer, original }: { readonly answer: Answer; readonly original?: number },
): World {
	const id = world.lastLetterId + 1;
	const letter: Letter = { id, original: original ?? id, answer, dueAt: world.now, attempts: 0 };
	return { ...world, lastLetterId: id, [queue]: [...world[queue], letter] };
}

export function line(
	command: Command,
	type: AuditEventType,
	{ attempt = command.attempts, details = {} }: { readonly attempt?: number; readonly details?: JsonObject } = {},
): AuditLine {
	return { type, generation: command.generation, attempt, details };
}
