import { emit } from '@cb/core';
import type { Telemetry } from '@cb/core';

/** The commands of processes are sent as any others are, and counted so. */
export function tellSent(
	telemetry: Telemetry | undefined,
	commands: readonly { readonly domain: string }[],
	durationMs: number,
): void {
	if (telemetry === undefined) return;
	const counts = new Map<string, number>();
	for (const { domain } of commands) counts.set(domain, (counts.get(domain) ?? 0) + 1);
	for (const [domain, count] of counts) emit(telemetry, { kind: 'commands-sent', domain, count, durationMs });
}
