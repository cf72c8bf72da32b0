import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';
import { turns } from './test-support/test-bed.ts';

/** Sets that were run, each waiting until the test finishes it. */
function createSets() {
	const sets: { readonly items: readonly number[]; readonly finish: () => void }[] = [];
	const run = (items: readonly number[]): Promise<void> =>
		new Promise((finish) => {
			sets.push({ items, finish });
		});
	return { run, sets, items: () => sets.map((set) => set.items) };
}

describe('createBatcher', () => {
	it('runs together what was added in one turn', async () => {
		const { run, items } = createSets();
		const batcher = createBatcher({ maxInFlight: 1, maxSize: 10, run });

		for (const item of [1, 2, 3]) batcher.add(item);
		await turns();

		expect(items()).toEqual([[1, 2, 3]]);
	});

	it('lets items accumulate while as many sets as allowed are under way', async () => {
		const { run, sets, items } = createSets();
		const batcher = createBatcher({ maxInFlight: 2, maxSize: 10, run });

		for (const item of [1, 2, 3, 4]) {
			batcher.add(item);
			await turns();
		}
		expect(items()).toEqual([[1], [2]]);
		expect(batcher.waitingCount).toBe(2);
		sets[0]?.finish();
		await turns();

		expect(items()).toEqual([[1], [2], [3, 4]]);
	});

	it('shares many items among the sets that may be under way, and keeps a few together', async () => {
		const { run, sets, items } = createSets();
		const batcher = createBatcher({ maxInFlight: 2, maxSize: 100, run });
		const many = Array.from({ length: 20 }, (_, index) => index);

		for (const item of many) batcher.add(item);
		await turns();
		expect(items()).toEqual([many.slice(0, 10), many.slice(10)]);
		for (const { finish } of sets) finish();
		await turns();
		for (const item of [1, 2, 3, 4, 5, 6, 7, 8]) batcher.add(item);
		await turns();

		expect(items().slice(2)).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
	});

	it('never has more sets under way than allowed, however many items wait', async () => {
		const { run, sets, items } = createSets();
		const batcher = createBatcher({ maxInFlight: 2, maxSize: 1, run });

		for (const item of [1, 2, 3, 4]) batcher.add(item);
		await turns();
		expect(items()).toEqual([[1], [2]]);
		sets[1]?.finish();
		await turns();

		expect(items()).toEqual([[1], [2], [3]]);
	});

	it('cuts sets by size and by weight, and lets a heavy item go alone', async () => {
		const { run, items } = createSets();
		const weigh = (item: number): number => item;
		const batcher = createBatcher({ maxInFlight: 9, maxSize: 3, maxWeight: 10, weigh, run });

		for (const item of [1, 1, 1, 1, 8, 2, 50, 1]) batcher.add(item);
		await turns();

		expect(items()).toEqual([[1, 1, 1], [1, 8], [2], [50], [1]]);
	});

	it('is idle once nothing waits and nothing is under way', async () => {
		const { run, sets } = createSets();
		const batcher = createBatcher({ maxInFlight: 1, maxSize: 1, run });
		await batcher.idle();
		let isIdle = false;

		batcher.add(1);
		batcher.add(2);
		void batcher.idle().then(() => (isIdle = true));
		await turns();
		sets[0]?.finish();
		await turns();
		expect(isIdle).toBe(false);
		sets[1]?.finish();
		await turns();

		expect(isIdle).toBe(true);
	});
});
