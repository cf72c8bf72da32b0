/** OpenTelemetry's own SDK, kept in memory: what it was told can be read back. */
import { context } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
	AggregationTemporality,
	InMemoryMetricExporter,
	MeterProvider,
	PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { createOtelTelemetry } from '../index.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface OtelSdk {
	readonly telemetry: Telemetry;
	readonly tracer: ReturnType<TracerProvider['getTracer']>;
	readonly meter: ReturnType<MeterProvider['getMeter']>;
	/** Spans that have ended, in the order they did. */
	spans(): readonly ReadableSpan[];
	/** Points of a metric as they are now; none for one that recorded nothing. */
	points(metric: string): Promise<readonly Point[]>;
	close(): Promise<void>;
}

interface Point {
	readonly attributes: Attributes;
	/** Of a histogram: its count. */
	readonly value: number;
	readonly sum?: number | undefined;
}

export function openOtelSdk(options: { readonly maxFingerprints?: number } = {}): OtelSdk {
	context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	const spanExporter = new InMemorySpanExporter();
	const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })] });
	const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
	const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 });
	const meterProvider = new MeterProvider({ readers: [reader] });
	const tracer = tracerProvider.getTracer('test');
	const meter = meterProvider.getMeter('test');
	return {
		tracer,
		meter,
		telemetry: createOtelTelemetry({ tracer, meter, propagator: new W3CTraceContextPropagator(), ...options }),
		spans: () => spanExporter.getFinishedSpans(),
		async points(name) {
			metricExporter.reset();
			await reader.forceFlush();
			const metrics = metricExporter
				.getMetrics()
				.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
			const found = metrics.find(({ descriptor }) => descriptor.name === name);
			return (found?.dataPoints ?? []).map(({ attributes, value }) =>
				typeof value === 'number' ? { attributes, value } : { attributes, value: value.count, sum: sumOf(value) },
			);
		},
		async close() {
			await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
			context.disable();
		},
	};
}

function sumOf(value: object): number | undefined {
	return 'sum' in value && typeof value.sum === 'number' ? value.sum : undefined;
}
