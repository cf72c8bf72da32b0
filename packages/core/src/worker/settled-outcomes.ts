/** What became of commands, in the words of telemetry. */
import type { Settlement } from '../ports/command-store.ts';
import type { SettledOutcome } from '../ports/telemetry.ts';

export const outcomeOf = {
	complete: 'completed',
	'retry-later': 'retry-later',
	park: 'parked',
	fail: 'failed',
} as const satisfies Record<Settlement['kind'], SettledOutcome>;

export function countOutcomes(settlements: readonly Settlement[]): Readonly<Partial<Record<SettledOutcome, number>>> {
	const counts: Partial<Record<SettledOutcome, number>> = {};
	for (const { kind } of settlements) counts[outcomeOf[kind]] = (counts[outcomeOf[kind]] ?? 0) + 1;
	return counts;
}
