/** What telemetry gets to know of started processes. */
import { carriedHeaders, emit, traced } from '@cb/core';
import type { NewProcess, Telemetry } from '@cb/core';
import type { ProcessDefinition } from './process-definition.ts';
import { tellSent } from './tell-sent.ts';

interface Listener {
	readonly telemetry: Telemetry | undefined;
}

interface Started {
	readonly definition: ProcessDefinition;
	readonly processId?: string;
	readonly count?: number;
}

/** A start is one span of the caller's trace; everything that the process does carries on from it. */
export function traceStart<Result>(
	{ telemetry }: Listener,
	{ definition: { type, domain }, ...about }: Started,
	run: () => Promise<Result>,
): Promise<Result> {
	const attributes = { domain, processType: type, correlationId: about.processId, ...about };
	const work = { name: `start ${type}`, kind: 'producer', attributes } as const;
	return traced(telemetry, { headers: carriedHeaders(telemetry), work, run });
}

export function tellStarted(
	{ telemetry }: Listener,
	{ type: processType, domain }: ProcessDefinition,
	started: readonly NewProcess[],
): void {
	const [only, ...others] = started;
	const named = only === undefined || others.length > 0 ? {} : { processId: only.processId };
	emit(telemetry, { kind: 'processes-started', processType, domain, count: started.length, ...named });
	tellSent(
		telemetry,
		started.map(({ first }) => first.command),
		0,
	);
}
