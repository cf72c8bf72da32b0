/** From two looks at the domains to what flows through them per second: pure arithmetic. */
import type { DomainActivity } from '@cb/core';

export interface Look {
	/** Milliseconds of a clock that only moves on. */
	readonly at: number;
	readonly domains: readonly DomainActivity[];
}

/** A domain now, with what has flowed since the look before; null where that is not known (yet). */
export interface DomainRates extends DomainActivity {
	/** Messages put on the queue per second: sends, and operators' retries. */
	readonly inPerSecond: number | null;
	/** Messages that left it per second: commands that ended or were parked. */
	readonly outPerSecond: number | null;
}

export function ratesBetween(before: Look | undefined, now: Look): readonly DomainRates[] {
	const earlier = new Map(before?.domains.map((one) => [one.domain, one]));
	const seconds = before === undefined ? 0 : (now.at - before.at) / 1_000;
	return now.domains.map((domain) => ({ ...domain, ...flowOf(earlier.get(domain.domain), domain, seconds) }));
}

function flowOf(
	before: DomainActivity | undefined,
	now: DomainActivity,
	seconds: number,
): Pick<DomainRates, 'inPerSecond' | 'outPerSecond'> {
	if (before === undefined || before.enqueuedCount === null || now.enqueuedCount === null || seconds <= 0) {
		return { inPerSecond: null, outPerSecond: null };
	}
	const arrived = now.enqueuedCount - before.enqueuedCount;
	// What came and is not there any more has left. Ids are taken before a send commits, so a look may be ahead by the sends under way.
	const left = arrived - (now.depth - before.depth);
	return { inPerSecond: perSecond(arrived, seconds), outPerSecond: perSecond(left, seconds) };
}

function perSecond(count: number, seconds: number): number {
	return Math.max(0, count / seconds);
}
