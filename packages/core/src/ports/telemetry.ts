/**
 * What the runtime tells the outside. Libraries print nothing: an application turns these events into logs, metrics and traces. A
 * listener that throws is ignored; it can never change what happens to a command.
 */
import type { CommandAddress } from '../model/ids.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { MessageHeaders } from '../model/message.ts';
import type { ParkReason } from '../model/audit-event.ts';

interface OfCommand extends CommandAddress {
	readonly commandType: string;
	readonly correlationId: string;
	readonly attempt: number;
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
	| { readonly kind: 'commands-settled'; readonly domain: string; readonly count: number; readonly durationMs: number }
	| ({ readonly kind: 'lease-lost' } & OfCommand)
	| ({ readonly kind: 'reply-undeliverable'; readonly replyTo: string } & OfCommand)
	| ({ readonly kind: 'handler-timed-out'; readonly maxRunSeconds: number } & OfCommand)
	| {
			readonly kind: 'handler-not-found';
			readonly domain: string;
			readonly commandType: string;
			readonly commandId: string;
	  }
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
			readonly kind: 'process-advanced';
			readonly processType: string;
			readonly processId: string;
			readonly status: string;
			readonly durationMs: number;
	  }
	| { readonly kind: 'reply-ignored'; readonly processId: string; readonly commandId: string; readonly reason: string }
	| {
			readonly kind: 'reply-unhandled';
			readonly queue: string;
			readonly messageId: string;
			readonly reason: string;
			readonly isFinal: boolean;
	  }
	| {
			readonly kind: 'compensation-failed';
			readonly processType: string;
			readonly processId: string;
			readonly step: string;
			readonly error: ErrorRecord;
	  }
	| {
			readonly kind: 'infrastructure-failed';
			readonly component: string;
			readonly operation: string;
			readonly error: unknown;
	  }
	| { readonly kind: 'health-changed'; readonly component: string; readonly state: string; readonly reason: string };

export type HandlerOutcome = 'completed' | 'retry-later' | 'parked' | 'failed' | 'aborted';

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
	readonly attributes: Readonly<Record<string, string | number>>;
}

export interface Telemetry {
	emit(event: TelemetryEvent): void;
	/** Headers that carry the current trace with what is sent from here. */
	carry?(): MessageHeaders;
	/** Runs `run` as a part of the trace that `headers` carry, so that what it sends continues it. */
	trace?<Result>(headers: MessageHeaders, work: TracedWork, run: () => Promise<Result>): Promise<Result>;
}
