/**
 * Turns many single items into few sets: while `maxInFlight` sets are under way, what arrives accumulates and leaves as the next one. Under
 * load the sets grow by themselves; when idle an item waits no longer than one turn of the event loop. Many items are shared among the sets that
 * may be under way: callers that all wait for one set would all come back at once, and the process and the database would take turns at idling.
 */
import { nextTurn } from './next-turn.ts';

export interface BatcherOptions<Item> {
	/** Sets under way at a time. */
	readonly maxInFlight: number;
	/** Items in a set. */
	readonly maxSize: number;
	/** Weight of a set, in the unit of `weigh`. A heavier single item goes alone. @default unlimited */
	readonly maxWeight?: number;
	readonly weigh?: (item: Item) => number;
	/** Resolves when a set that may be incomplete should leave. @default the next turn of the event loop */
	readonly gather?: () => Promise<void>;
	/** Sees to the set and to each item of it. Must not reject: nobody could tell which item it was about. */
	readonly run: (items: readonly Item[]) => Promise<void>;
}

export interface Batcher<Item> {
	add(item: Item): void;
	/** Items that wait for a set, not counting those under way. */
	readonly waitingCount: number;
	/** Resolves once nothing waits and nothing is under way. */
	idle(): Promise<void>;
}

/** Items that go together although another set could take some of them. */
const smallestShare = 8;

export function createBatcher<Item>(options: BatcherOptions<Item>): Batcher<Item> {
	const { maxInFlight, maxSize, maxWeight = Infinity, weigh = () => 0, gather = nextTurn, run } = options;
	let waiting: Item[] = [];
	let inFlight = 0;
	let isGathering = false;
	let whenIdle: (() => void)[] = [];

	function takeSet(): readonly Item[] {
		const size = Math.min(maxSize, Math.max(smallestShare, Math.ceil(waiting.length / (maxInFlight - inFlight))));
		let weight = 0;
		const end = waiting.findIndex((item, index) => {
			weight += weigh(item);
			return index === size || (weight > maxWeight && index > 0);
		});
		const set = end === -1 ? waiting : waiting.slice(0, end);
		waiting = end === -1 ? [] : waiting.slice(end);
		return set;
	}

	async function runSet(): Promise<void> {
		const set = takeSet();
		inFlight += 1;
		await run(set);
		inFlight -= 1;
		schedule();
	}

	async function gatherAndRun(): Promise<void> {
		if (waiting.length < maxSize) await gather();
		isGathering = false;
		while (waiting.length > 0 && inFlight < maxInFlight) void runSet();
	}

	function schedule(): void {
		if (waiting.length === 0) {
			if (inFlight === 0) announceIdle();
		} else if (!isGathering && inFlight < maxInFlight) {
			isGathering = true;
			void gatherAndRun();
		}
	}

	function announceIdle(): void {
		for (const resolve of whenIdle.splice(0)) resolve();
	}

	return {
		add(item) {
			waiting.push(item);
			if (!isGathering) schedule();
		},
		get waitingCount() {
			return waiting.length;
		},
		async idle() {
			if (waiting.length === 0 && inFlight === 0) return;
			await new Promise<void>((resolve) => {
				whenIdle = [...whenIdle, resolve];
			});
		},
	};
}
