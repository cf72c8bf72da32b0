/**
 * One trace from the sender through handlers, child commands, answers and process steps. The message's own context is the parent of the span
 * that handles it, so a saga is one trace however many processes take part.
 */
import {
	ROOT_CONTEXT,
	SpanKind,
	SpanStatusCode,
	context,
	defaultTextMapGetter,
	defaultTextMapSetter,
	trace,
} from '@opentelemetry/api';
import type { Context, Span, TextMapPropagator, Tracer } from '@opentelemetry/api';
import type { MessageHeaders } from '../model/message.ts';
import type { Telemetry, TracedWork } from '../ports/telemetry.ts';
import { spanAttributes } from './span-attributes.ts';

const spanKinds = {
	producer: SpanKind.PRODUCER,
	consumer: SpanKind.CONSUMER,
	internal: SpanKind.INTERNAL,
} as const satisfies Record<TracedWork['kind'], SpanKind>;

export function createTracing(
	tracer: Tracer,
	propagator: Pick<TextMapPropagator, 'inject' | 'extract'>,
): Required<Pick<Telemetry, 'carry' | 'trace'>> {
	/** A worker's loop runs in the context of whoever started it, which says nothing about a message. */
	function parentOf(headers: MessageHeaders, { kind }: TracedWork): Context {
		return kind === 'consumer' ? propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter) : context.active();
	}

	return {
		carry() {
			const headers: Record<string, string> = {};
			propagator.inject(context.active(), headers, defaultTextMapSetter);
			return headers;
		},
		async trace(headers, work, run) {
			const parent = parentOf(headers, work);
			const attributes = spanAttributes(work);
			const span = tracer.startSpan(work.name, { kind: spanKinds[work.kind], attributes }, parent);
			try {
				return await context.with(trace.setSpan(parent, span), run);
			} catch (error) {
				fail(span, error);
				throw error;
			} finally {
				span.end();
			}
		},
	};
}

function fail(span: Span, thrown: unknown): void {
	const error = thrown instanceof Error ? thrown : new TypeError(String(thrown));
	span.recordException(error);
	span.setAttribute('error.type', codeOf(error));
	span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** Codes are what authors tell failures apart by; classes are the next best. */
function codeOf(error: Error): string {
	return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
