/** Logs go to standard error: standard output belongs to results. */
import type { Telemetry, TelemetryEvent } from '@cb/core';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';
import { build as prettyStream } from 'pino-pretty';
import type { DemoConfig } from '../config.ts';

const standardError = 2;

export function createLogger({ level, format }: DemoConfig['log'], role: string): Logger {
	const stream =
		format === 'json'
			? destination({ dest: standardError, sync: true })
			: prettyStream({
					destination: standardError,
					sync: true,
					ignore: 'pid,hostname,role',
					messageFormat: '[{role}] {msg}',
					singleLine: true,
				});
	return pino({ level, base: { pid: process.pid, role } }, stream);
}

/** Turns what the libraries tell into log lines. What happens to single commands is for those who look closer. */
export function telemetryToLog(logger: Logger): Telemetry {
	return {
		emit(event) {
			const { kind, ...fields } = event;
			logger[levelOf(event)](fields, kind.replaceAll('-', ' '));
		},
	};
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Everything else is `debug`. */
const levels: Partial<Record<TelemetryEvent['kind'], Level>> = {
	'infrastructure-failed': 'error',
	'health-changed': 'warn',
	'handler-not-found': 'warn',
	'message-rejected': 'warn',
	'reply-undeliverable': 'warn',
	'reply-unhandled': 'warn',
	'compensation-failed': 'warn',
	'operator-denied': 'warn',
	'command-parked': 'info',
	'handler-timed-out': 'info',
	'lease-lost': 'info',
	'batch-finished': 'info',
	'operator-acted': 'info',
	'bulk-moved': 'info',
};

/** Becoming healthy, or stopping because somebody said so, is no reason to warn. */
function levelOf(event: TelemetryEvent): Level {
	const isGoodNews = event.kind === 'health-changed' && ['healthy', 'stopping', 'stopped'].includes(event.state);
	return isGoodNews ? 'info' : (levels[event.kind] ?? 'debug');
}
