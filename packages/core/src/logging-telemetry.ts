/** Telemetry as log lines. Every line carries the ids its event has: domain, command, correlation, attempt; none carries a payload. */
import type { ErrorRecord } from './model/error-record.ts';
import type { Logger, Telemetry, TelemetryEvent } from './ports/telemetry.ts';

export type LogLevel = keyof Logger;

/**
 * Writes each event as one line: its fields, and its kind as the message. Errors of the infrastructure come as `err`, which pino prints with
 * their stack; a failure's `details` stay out, for they may hold what the payload held.
 */
export function createLoggingTelemetry(logger: Logger): Telemetry {
	return {
		emit(event) {
			const { kind, ...fields } = event;
			logger[logLevelOf(event)](storable(fields), kind.replaceAll('-', ' '));
		},
	};
}

/** What happens to single commands is `debug`, what somebody decided `info`, what somebody should look at `warn`. */
export function logLevelOf(event: TelemetryEvent): LogLevel {
	const isGoodNews = event.kind === 'health-changed' && ['healthy', 'stopping', 'stopped'].includes(event.state);
	return isGoodNews ? 'info' : levels[event.kind];
}

const levels = {
	'infrastructure-failed': 'error',
	'health-changed': 'warn',
	'handler-not-found': 'warn',
	'handler-timed-out': 'warn',
	'lease-lost': 'warn',
	'message-rejected': 'warn',
	'reply-undeliverable': 'warn',
	'reply-unhandled': 'warn',
	'compensation-failed': 'warn',
	'operator-denied': 'warn',
	'command-parked': 'warn',
	'batch-finished': 'info',
	'operator-acted': 'info',
	'bulk-moved': 'info',
	'commands-sent': 'debug',
	'commands-received': 'debug',
	'commands-settled': 'debug',
	'connection-waited': 'debug',
	'rows-pruned': 'debug',
	'handler-started': 'debug',
	'handler-ended': 'debug',
	'processes-started': 'debug',
	'process-advanced': 'debug',
	'reply-ignored': 'debug',
} as const satisfies Record<TelemetryEvent['kind'], LogLevel>;

function storable({ error, ...fields }: Readonly<Record<string, unknown>>): object {
	const { processId } = fields;
	// Everything a process sends has its id as the correlation id.
	const correlation = processId === undefined ? {} : { correlationId: processId };
	if (error === undefined) return { ...correlation, ...fields };
	return { ...correlation, ...fields, ...(isRecord(error) ? { error: withoutDetails(error) } : { err: error }) };
}

function withoutDetails({ type, code, message }: ErrorRecord): Omit<ErrorRecord, 'details'> {
	return { type, code, message };
}

function isRecord(error: unknown): error is ErrorRecord {
	return typeof error === 'object' && error !== null && !(error instanceof Error) && 'details' in error;
}
