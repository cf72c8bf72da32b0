/** The only way the runtime talks to telemetry: whatever that does, it never changes what happens to a command. */
import type { MessageHeaders } from './model/message.ts';
import type { Telemetry, TelemetryEvent, TracedWork } from './ports/telemetry.ts';

/** Tells a listener, if there is one. What it throws is ignored: there is nobody left to tell. */
export function emit(telemetry: Telemetry | undefined, event: TelemetryEvent): void {
	try {
		telemetry?.emit(event);
	} catch {
		// As the port promises.
	}
}

/** Headers of the current trace; none without tracing, or when it fails. */
export function carriedHeaders(telemetry: Telemetry | undefined): MessageHeaders {
	try {
		return telemetry?.carry?.() ?? noHeaders;
	} catch {
		return noHeaders;
	}
}

/** Runs `run` once as a part of the trace that `headers` carry, and ends as it ends, also when tracing fails. */
export async function traced<Result>(
	telemetry: Telemetry | undefined,
	{ headers, work, run }: { headers: MessageHeaders; work: TracedWork; run: () => Promise<Result> },
): Promise<Result> {
	let running: Promise<Result> | undefined;
	try {
		await telemetry?.trace?.(headers, work, () => (running ??= run()));
	} catch {
		// The failure of `run` comes with `running`; a failure of tracing is ignored.
	}
	return running ?? run();
}

const noHeaders: MessageHeaders = {};
