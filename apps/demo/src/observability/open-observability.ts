/** OpenTelemetry's SDK: metrics as Prometheus reads them, and traces that leave the process only where somebody says whereto. */
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Telemetry } from '@cb/core';
import { createOtelTelemetry } from '@cb/core/otel';

export interface Observability {
	readonly telemetry: Telemetry;
	readonly tracer: Tracer;
	/** In the text format of Prometheus. */
	metricsText(): Promise<string>;
	/** Sends what was not exported yet. */
	close(): Promise<void>;
}

export interface ObservabilityOptions {
	readonly serviceName: string;
	/** An OTLP endpoint, such as http://localhost:4318/v1/traces; without, no trace leaves the process. */
	readonly tracesUrl?: string | undefined;
	/** What else gets every span. */
	readonly spanProcessors?: readonly SpanProcessor[];
}

/** Registers itself as the process's OpenTelemetry, so that handlers may use its API, too. One at a time. */
export function openObservability(options: ObservabilityOptions): Observability {
	const resource = resourceFromAttributes({ 'service.name': options.serviceName });
	const reader = new PrometheusExporter({ preventServerStart: true });
	const meterProvider = new MeterProvider({ resource, readers: [reader] });
	const tracerProvider = new TracerProvider({ resource, spanProcessors: spanProcessorsOf(options) });
	context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	propagation.setGlobalPropagator(new W3CTraceContextPropagator());
	trace.setGlobalTracerProvider(tracerProvider);
	metrics.setGlobalMeterProvider(meterProvider);
	const serializer = new PrometheusSerializer();
	return {
		telemetry: createOtelTelemetry(),
		tracer: trace.getTracer(options.serviceName),
		async metricsText() {
			const { resourceMetrics } = await reader.collect();
			return serializer.serialize(resourceMetrics);
		},
		async close() {
			for (const api of [context, propagation, trace, metrics]) api.disable();
			await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
		},
	};
}

function spanProcessorsOf({ tracesUrl, spanProcessors = [] }: ObservabilityOptions): SpanProcessor[] {
	if (tracesUrl === undefined) return [...spanProcessors];
	return [...spanProcessors, new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: tracesUrl }) })];
}
