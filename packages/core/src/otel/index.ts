/** `@cb/core/otel`: traces and metrics through `@opentelemetry/api`, an optional peer. Every public name is listed here. */
export { createOtelTelemetry } from './otel-telemetry.ts';
export type { OtelTelemetryOptions } from './otel-telemetry.ts';
export { createQueueObserver } from './queue-observer.ts';
export type { HeldXmin, QueueObserver, QueueObserverOptions } from './queue-observer.ts';
