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

/** Runs `run` once as a part of the trace that `headers` carry, and ends as and when it ends, also when tracing fails or hangs on. */
export function traced<Result>(
	telemetry: Telemetry | undefined,
	{ headers, work, run }: { headers: MessageHeaders; work: TracedWork; run: () => Promise<Result> },
): Promise<Result> {
	if (telemetry?.trace === undefined) return run();
	return new Promise((resolve, reject) => {
		let running: Promise<Result> | undefined;
		const runOnce = (): Promise<Result> => {
			running ??= run();
			running.then(resolve, reject);
			return running;
		};
		const trace = async (): Promise<void> => {
			await telemetry.trace?.(headers, work, runOnce);
		};
		trace()
			// The failure of `run` has its own way out; a failure of tracing is ignored.
			.catch(() => undefined)
			.finally(() => {
				if (running === undefined) void runOnce();
			});
	});
}

const noHeaders: MessageHeaders = {};
