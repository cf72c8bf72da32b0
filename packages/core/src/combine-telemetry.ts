/** Several listeners as one, such as logs beside traces and metrics. */
import type { MessageHeaders } from './model/message.ts';
import type { Telemetry, TracedWork } from './ports/telemetry.ts';
import { carriedHeaders, emit, traced } from './safe-telemetry.ts';

/** Each is told of everything; one that throws takes nothing from the others. Headers of later ones win, spans of later ones lie inside. */
export function combineTelemetry(...listeners: readonly Telemetry[]): Telemetry {
	const carriers = listeners.filter((one) => one.carry !== undefined);
	const tracers = listeners.filter((one) => one.trace !== undefined);
	return {
		emit(event) {
			for (const listener of listeners) emit(listener, event);
		},
		...(carriers.length > 0 && {
			carry: () => Object.fromEntries(carriers.flatMap((one) => Object.entries(carriedHeaders(one)))),
		}),
		...(tracers.length > 0 && { trace: nested(tracers) }),
	};
}

function nested(tracers: readonly Telemetry[]): NonNullable<Telemetry['trace']> {
	return <Result>(headers: MessageHeaders, work: TracedWork, run: () => Promise<Result>) =>
		tracers.reduceRight((inner, one) => () => traced(one, { headers, work, run: inner }), run)();
}
