/**
 * One queue, set up, sent to and worked off as its own documentation says is fastest. The same two programs (`workers/sender.ts` and
 * `workers/consumer.ts`) run every one of them, so that none has a process model, a handler or a count of its own.
 */
import type { ClientBase } from 'pg';

export const systemNames = ['cb', 'bare', 'pg-boss', 'graphile-worker', 'dbos', 'bullmq'] as const;
export type SystemName = (typeof systemNames)[number];

export interface Payload {
	readonly number: number;
	/** When the send was called, by the clock that all processes of a machine share, in milliseconds. */
	readonly sentAt: number;
}

/** Whether a queue is to be fast with many, or soon with one: some systems are set up differently for the two. */
export type Purpose = 'throughput' | 'latency';

export interface BulkOptions {
	/** Ours only: each command asks for a reply. */
	readonly withReply?: boolean;
	/** Ours only: not due before. */
	readonly delaySeconds?: number;
	/** Ours only: all in one batch. */
	readonly asBatch?: boolean;
}

export interface Sender {
	send(payload: Payload): Promise<unknown>;
	/** Joins a transaction of the caller. */
	sendInTransaction?(client: ClientBase, payload: Payload): Promise<unknown>;
	/** One call. */
	sendMany?(payloads: readonly Payload[], options: BulkOptions): Promise<unknown>;
	close(): Promise<void>;
}

export interface ConsumerOptions {
	readonly purpose: Purpose;
	/** Handlers at a time; otherwise what the system's documentation says. */
	readonly concurrency?: number | undefined;
	/** Ours only: how long a command whose handler fails is left alone. */
	readonly backoffSeconds?: number | undefined;
	/** Called with each payload when its handler starts; a promise is the handler's work. */
	readonly handle: (payload: Payload) => Promise<void> | undefined;
}

export interface Consumer {
	/** Whether nothing is left to do in the store: handled is not yet settled. */
	isDone(): Promise<boolean>;
	stop(): Promise<void>;
}

export interface System {
	readonly name: SystemName;
	/** How a figure calls it. */
	readonly label: string;
	/** Whose versions belong to a figure of it. */
	readonly packages: readonly string[];
	/** What it is set to, with the page that says so. */
	readonly settings: Readonly<Record<string, string | number | boolean>>;
	/** The schema and the queue, in an empty database. */
	prepare(url: string): Promise<void>;
	/** How many were sent and have not ended, of all that the database ever got. */
	countOpen(url: string, purpose: Purpose): Promise<number>;
	openSender(url: string, purpose: Purpose): Promise<Sender>;
	openConsumer(url: string, options: ConsumerOptions): Promise<Consumer>;
}
