/** Logs go to standard error: standard output belongs to results. */
import { trace } from '@opentelemetry/api';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';
import { build as prettyStream } from 'pino-pretty';
import type { DemoConfig } from '../config.ts';

const standardError = 2;

/** PostgreSQL quotes whole rows in the details of its errors, and rows hold payloads. */
const redact = { paths: ['err.detail', 'err.where', 'err.internalQuery'], remove: true };

/** Writes to `target`, a file or the number of an open one. @default standard error */
export function createLogger(
	{ level, format }: DemoConfig['log'],
	role: string,
	target: number | string = standardError,
): Logger {
	const stream =
		format === 'json'
			? destination({ dest: target, sync: true })
			: prettyStream({
					destination: target,
					sync: true,
					ignore: 'pid,hostname,role',
					messageFormat: '[{role}] {msg}',
					singleLine: true,
					errorLikeObjectKeys: ['err'],
				});
	return pino({ level, base: { pid: process.pid, role }, mixin: traceOfLine, redact }, stream);
}

/** From a line to its trace: what a handler logs, it logs within its span. */
function traceOfLine(): object {
	const spanContext = trace.getActiveSpan()?.spanContext();
	return spanContext === undefined ? {} : { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}
