/**
 * What the runtime tells the outside. Libraries print nothing: an application turns these events into logs, metrics and traces. A
 * listener that throws is ignored; it can never change what happens to a command.
 */
import type { CommandAddress } from '../model/ids.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { MessageHeaders } from '../model/message.ts';
import type { ParkReason } from '../model/audit-event.ts';
import type { PruneKind } from '../model/retention.ts';

interface OfCommand extends CommandAddress {
	readonly commandType: string;
	readonly correlationId: string;
	readonly attempt: number;
}

interface OfProcess {
	readonly domain: string;
	readonly processType: string;
	/** The correlation id of everything the process sends. */
	readonly processId: string;
}

export type TelemetryEvent =
	| { readonly kind: 'commands-sent'; readonly domain: string; readonly count: number; readonly durationMs: number }
	| {
			readonly kind: 'commands-received';
			readonly domain: string;
			readonly count: number;
			readonly requestedCount: number;
			readonly durationMs: number;
	  }
	| ({ readonly kind: 'handler-started'; readonly queueLatencyMs: number } & OfCommand)
	| ({
			readonly kind: 'handler-ended';
			readonly outcome: HandlerOutcome;
			readonly durationMs: number;
			readonly error?: ErrorRecord;
	  } & OfCommand)
	| ({
			readonly kind: 'command-parked';
			readonly reason: ParkReason;
			readonly error: ErrorRecord;
			readonly fingerprint: string;
	  } & OfCommand)
	| {
			readonly kind: 'commands-settled';
			readonly domain: string;
			readonly count: number;
			/** How many of them ended how; together `count`. */
			readonly outcomes: Readonly<Partial<Record<SettledOutcome, number>>>;
			/** Stored with others in a set, or alone in the transaction of its handler. */
			readonly through: 'set' | 'handler-transaction';
			readonly durationMs: number;
	  }
	| ({ readonly kind: 'lease-lost' } & OfCommand)
	| ({ readonly kind: 'reply-undeliverable'; readonly replyTo: string } & OfCommand)
	| ({ readonly kind: 'handler-timed-out'; readonly maxRunSeconds: number } & OfCommand)
	| ({ readonly kind: 'handler-not-found' } & OfCommand)
	| { readonly kind: 'message-rejected'; readonly queue: string; readonly messageId: string; readonly reason: string }
	| { readonly kind: 'batch-finished'; readonly domain: string; readonly batchId: string; readonly status: string }
	| {
			readonly kind: 'operator-acted';
			readonly action: string;
			readonly operatorId: string;
			readonly domain: string;
			readonly commandId: string;
	  }
	| {
			readonly kind: 'operator-denied';
			readonly action: string;
			readonly operatorId: string;
			readonly domain?: string;
			readonly commandId?: string;
	  }
	| {
			readonly kind: 'bulk-moved';
			readonly bulkId: string;
			readonly move: 'started' | 'paused' | 'resumed' | 'canceled' | 'completed';
			/** Who said so, where it was said; absent when the last item was settled. */
			readonly operatorId?: string;
	  }
	| {
			readonly kind: 'processes-started';
			readonly processType: string;
			readonly domain: string;
			readonly count: number;
			/** Of the process, where one was started by itself; it is the correlation id of everything it sends. */
			readonly processId?: string;
	  }
	| ({
			readonly kind: 'process-advanced';
			readonly status: string;
			/** Of the command whose answer moved it; absent after an operator's override. */
			readonly commandId?: string;
			readonly durationMs: number;
	  } & OfProcess)
	| ({ readonly kind: 'reply-ignored'; readonly commandId: string; readonly reason: string } & OfProcess)
	| {
			readonly kind: 'reply-unhandled';
			readonly queue: string;
			readonly messageId: string;
			readonly reason: string;
			readonly isFinal: boolean;
	  }
	| ({ readonly kind: 'compensation-failed'; readonly step: string; readonly error: ErrorRecord } & OfProcess)
	| {
			readonly kind: 'rows-pruned';
			readonly what: PruneKind;
			/** How many of that kind went. */
			readonly count: number;
			/** Everything that went with them included. */
			readonly rowCount: number;
			readonly durationMs: number;
	  }
	| {
			readonly kind: 'connection-waited';
			/** For a connection of the pool, or for a place among the handlers' transactions, which may not take all connections. */
			readonly waitedFor: 'pool' | 'handler-lane';
			readonly durationMs: number;
	  }
	| {
			readonly kind: 'infrastructure-failed';
			readonly component: string;
			readonly domain?: string | undefined;
			readonly operation: string;
			readonly error: unknown;
	  }
	| {
			readonly kind: 'health-changed';
			readonly component: string;
			readonly domain?: string | undefined;
			readonly state: string;
			readonly reason: string;
	  };

export type HandlerOutcome = 'completed' | 'retry-later' | 'parked' | 'failed' | 'aborted';

/** What a store can be told of a command. */
export type SettledOutcome = Exclude<HandlerOutcome, 'aborted'>;

/** Structured, pino-shaped; what a handler logs with. Every line carries domain, command id, correlation id and attempt. */
export interface Logger {
	debug(fields: object, message: string): void;
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
}

/** What a span is about. */
export interface TracedWork {
	readonly name: string;
	readonly kind: 'producer' | 'consumer' | 'internal';
	readonly attributes: WorkAttributes;
}

/** Facts, never payloads; a tracer gives them the names of its own conventions. */
export interface WorkAttributes {
	readonly domain: string;
	/** The queue that is sent to, or that was received from. */
	readonly queue?: string | undefined;
	readonly commandType?: string | undefined;
	readonly commandId?: string | undefined;
	readonly correlationId?: string | undefined;
	readonly attempt?: number | undefined;
	/** How many commands are sent as a set. */
	readonly count?: number | undefined;
	readonly processType?: string | undefined;
	readonly processId?: string | undefined;
}

export interface Telemetry {
	emit(event: TelemetryEvent): void;
	/** Headers that carry the current trace with what is sent from here. */
	carry?(): MessageHeaders;
	/** Runs `run` as a part of the trace that `headers` carry, so that what it sends continues it. */
	trace?<Result>(headers: MessageHeaders, work: TracedWork, run: () => Promise<Result>): Promise<Result>;
}
