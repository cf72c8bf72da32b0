/** The same numbers for the same seed (mulberry32), so that a run can be repeated with the same faults. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** A whole number from `from` to `to`, both included. */
export function between(random: Random, from: number, to: number): number {
	return from + Math.floor(random() * (to - from + 1));
}

/** The items in another order. */
export function shuffled<Item>(random: Random, items: readonly Item[]): readonly Item[] {
	const drawn = items.map((item) => ({ item, at: random() }));
	return drawn.toSorted((one, other) => one.at - other.at).map(({ item }) => item);
}

/** One of the items; `undefined` only when there is none. */
export function oneOf<Item>(random: Random, items: readonly Item[]): Item | undefined {
	return items[Math.floor(random() * items.length)];
}
