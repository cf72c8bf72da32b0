import type { Telemetry, TelemetryEvent } from './ports/telemetry.ts';

/** Tells a listener, if there is one. What it throws is ignored: it must never change what happens to a command. */
export function emit(telemetry: Telemetry | undefined, event: TelemetryEvent): void {
	try {
		telemetry?.emit(event);
	} catch {
		// The port promises that a listener that throws is ignored, and there is nobody left to tell.
	}
}
