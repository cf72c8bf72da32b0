/** The clock of a child: right, an hour off, or jumping by an hour and back. Waiting itself takes as long as it takes. */
import { createSystemClock } from '@cb/core';
import type { Clock } from '@cb/core';

const hourMs = 3_600_000;
const jumpEveryMs = 700;

/** Bends `Date.now`, too, for whatever asks that instead. */
export function createChildClock(kind: 'right' | 'an-hour-off' | 'jumping'): Clock {
	const system = createSystemClock();
	if (kind === 'right') return system;
	const startedAt = performance.now();
	const offsetMs = (): number => {
		if (kind === 'an-hour-off') return hourMs;
		const jumps = Math.floor((performance.now() - startedAt) / jumpEveryMs);
		return [0, hourMs, 0, -hourMs][jumps % 4] ?? 0;
	};
	const rightNow = Date.now;
	Date.now = () => rightNow() + offsetMs();
	return { now: () => system.now() + offsetMs(), sleep: (milliseconds, signal) => system.sleep(milliseconds, signal) };
}
