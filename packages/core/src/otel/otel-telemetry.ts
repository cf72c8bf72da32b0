/** Telemetry as OpenTelemetry understands it. It only speaks to `@opentelemetry/api`; which SDK listens is the application's choice. */
import { metrics, propagation, trace } from '@opentelemetry/api';
import type { Meter, TextMapPropagator, Tracer } from '@opentelemetry/api';
import { z } from 'zod';
import { parseConfiguration } from '../parse-input.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { createMetrics } from './metrics.ts';
import { scope } from './scope.ts';
import { createTracing } from './tracing.ts';

export interface OtelTelemetryOptions {
	/** @default the global one */
	readonly tracer?: Tracer | undefined;
	/** @default the global one */
	readonly meter?: Meter | undefined;
	/** How a trace is written into headers and read from them. @default the global one, W3C with most SDKs */
	readonly propagator?: Pick<TextMapPropagator, 'inject' | 'extract'> | undefined;
	/** Fingerprints of parked commands that are told apart; later ones are counted together as `other`. @default 50 */
	readonly maxFingerprints?: number | undefined;
}

const NumbersSchema = z.strictObject({ maxFingerprints: z.number().int().min(0).max(10_000).default(50) });

/**
 * Hand it to the bus, workers, process managers, routers and the adapter. Register the SDK first: the global tracer and meter are asked for
 * once. Throws `ConfigurationError` for options that cannot work.
 */
export function createOtelTelemetry(options: OtelTelemetryOptions = {}): Telemetry {
	const { tracer, meter, propagator, ...numbers } = options;
	const { maxFingerprints } = parseConfiguration(NumbersSchema, numbers, 'createOtelTelemetry');
	return {
		...createMetrics(meter ?? metrics.getMeter(scope), maxFingerprints),
		...createTracing(tracer ?? trace.getTracer(scope), propagator ?? propagation),
	};
}
