import { beforeEach, describe, expect, it } from 'vitest';
import { createBell } from './bell.ts';
import type { Bell } from './bell.ts';
import { createManualClock } from './memory/index.ts';
import type { ManualClock } from './memory/index.ts';
import { turns } from './test-support/test-bed.ts';

let clock: ManualClock;
let bell: Bell;

beforeEach(() => {
	clock = createManualClock();
	bell = createBell(clock);
});

function waitFor(milliseconds: number): { isOver: boolean } {
	const seen = { isOver: false };
	void bell.wait(milliseconds).then(() => (seen.isOver = true));
	return seen;
}

describe('a bell', () => {
	it('ends a wait when it rings, and leaves no sleeper behind', async () => {
		const waiting = waitFor(1_000);
		await turns();
		expect(waiting.isOver).toBe(false);

		bell.ring();
		await turns();

		expect(waiting.isOver).toBe(true);
		expect(clock.sleeperCount).toBe(0);
	});

	it('ends a wait after its time', async () => {
		const waiting = waitFor(1_000);
		await clock.advance(999);
		expect(waiting.isOver).toBe(false);

		await clock.advance(1);

		expect(waiting.isOver).toBe(true);
	});

	it('can be waited for without an end, and does not wait at all when there is no time left', async () => {
		const endless = waitFor(Infinity);
		await clock.advance(86_400_000);
		expect(endless.isOver).toBe(false);
		bell.ring();
		await turns();
		expect(endless.isOver).toBe(true);

		const none = waitFor(0);
		await turns();
		expect(none.isOver).toBe(true);
	});

	it('does not keep a ring that nobody waited for', async () => {
		bell.ring();

		const waiting = waitFor(1_000);
		await turns();

		expect(waiting.isOver).toBe(false);
	});
});
