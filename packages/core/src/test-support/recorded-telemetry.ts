import type { Telemetry, TelemetryEvent } from '../ports/telemetry.ts';

/** Telemetry that remembers everything it was told. */
export interface RecordedTelemetry extends Telemetry {
	readonly events: readonly TelemetryEvent[];
	of<Kind extends TelemetryEvent['kind']>(kind: Kind): readonly Extract<TelemetryEvent, { readonly kind: Kind }>[];
}

export function createRecordedTelemetry(): RecordedTelemetry {
	const events: TelemetryEvent[] = [];
	return {
		events,
		emit(event) {
			events.push(event);
		},
		of(kind) {
			return events.filter((event) => isOf(event, kind));
		},
	};
}

function isOf<Kind extends TelemetryEvent['kind']>(
	event: TelemetryEvent,
	kind: Kind,
): event is Extract<TelemetryEvent, { readonly kind: Kind }> {
	return event.kind === kind;
}
