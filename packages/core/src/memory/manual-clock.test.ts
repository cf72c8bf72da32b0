import { describe, expect, it } from 'vitest';
import { createManualClock } from './manual-clock.ts';

describe('a manual clock', () => {
	it('stands still until it is advanced', async () => {
		const clock = createManualClock(1_000);

		await clock.advance(0);
		const before = clock.now();
		await clock.advance(250);

		expect([before, clock.now()]).toEqual([1_000, 1_250]);
	});

	it('wakes sleepers in order, each at its own moment', async () => {
		const clock = createManualClock(0);
		const woken: string[] = [];
		const sleep = async (name: string, milliseconds: number): Promise<void> => {
			await clock.sleep(milliseconds);
			woken.push(`${name} at ${String(clock.now())}`);
		};
		const all = [sleep('late', 300), sleep('early', 100), sleep('never', 301), sleep('middle', 200)];

		await clock.advance(300);

		expect(woken).toEqual(['early at 100', 'middle at 200', 'late at 300']);
		expect(clock.sleeperCount).toBe(1);
		await clock.advance(1);
		await Promise.all(all);
	});

	it('lets a loop sleep as often as it would in real time', async () => {
		const clock = createManualClock(0);
		const times: number[] = [];
		const loop = async (): Promise<void> => {
			while (times.length < 5) {
				await clock.sleep(100);
				times.push(clock.now());
			}
		};

		const looping = loop();
		await clock.advance(350);
		const seenAfter350 = [...times];
		await clock.advance(150);
		await looping;

		expect(seenAfter350).toEqual([100, 200, 300]);
		expect(times).toEqual([100, 200, 300, 400, 500]);
	});

	it('ends a sleep at once when its signal is or gets aborted', async () => {
		const clock = createManualClock();
		const controller = new AbortController();

		const sleeping = clock.sleep(1_000, controller.signal);
		const sleepersBefore = clock.sleeperCount;
		controller.abort();
		await sleeping;
		await clock.sleep(1_000, controller.signal);

		expect([sleepersBefore, clock.sleeperCount]).toEqual([1, 0]);
	});
});
