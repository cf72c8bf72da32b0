import type { DomainActivity } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { ratesBetween } from './rates.ts';

function aDomain(overrides: Partial<DomainActivity>): DomainActivity {
	return {
		domain: 'payments',
		depth: 0,
		readyCount: 0,
		delayedCount: 0,
		inFlightCount: 0,
		stalledCount: 0,
		parkedCount: 0,
		parkedLastHourCount: 0,
		oldestReadySeconds: null,
		enqueuedCount: 0,
		latency: null,
		...overrides,
	};
}

describe('rates', () => {
	it('are what came in, and what came in and is not there any more', () => {
		const before = { at: 0, domains: [aDomain({ enqueuedCount: 100, depth: 10 })] };
		const now = { at: 2_000, domains: [aDomain({ enqueuedCount: 300, depth: 50 })] };

		expect(ratesBetween(before, now)).toMatchObject([{ inPerSecond: 100, outPerSecond: 80, depth: 50 }]);
	});

	it('are unknown at the first look, for a new domain, and without the privilege to see', () => {
		const seen = aDomain({ enqueuedCount: 5 });
		const hidden = aDomain({ domain: 'secret', enqueuedCount: null });
		const unknown = { inPerSecond: null, outPerSecond: null };

		expect(ratesBetween(undefined, { at: 0, domains: [seen] })).toMatchObject([unknown]);
		expect(ratesBetween({ at: 0, domains: [hidden] }, { at: 1_000, domains: [seen, hidden] })).toMatchObject([
			unknown,
			unknown,
		]);
	});

	it('are never negative, when a look falls between an id and its commit', () => {
		const before = { at: 0, domains: [aDomain({ enqueuedCount: 10, depth: 5 })] };
		const now = { at: 1_000, domains: [aDomain({ enqueuedCount: 10, depth: 7 })] };

		expect(ratesBetween(before, now)).toMatchObject([{ inPerSecond: 0, outPerSecond: 0 }]);
	});
});
