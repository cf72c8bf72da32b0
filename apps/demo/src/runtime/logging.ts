/** Logs go to standard error: standard output belongs to results. */
import { trace } from '@opentelemetry/api';
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
					errorLikeObjectKeys: ['err'],
				});
	return pino({ level, base: { pid: process.pid, role }, mixin: traceOfLine }, stream);
}

/** From a line to its trace: what a handler logs, it logs within its span. */
function traceOfLine(): object {
	const spanContext = trace.getActiveSpan()?.spanContext();
	return spanContext === undefined ? {} : { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}
