/** Where to cut a list so that no piece has more than `maxCount` items or, unless it is a single item, more than `maxWeight`. */
export interface ChunkLimits<Item> {
	readonly maxCount: number;
	readonly maxWeight: number;
	readonly weigh: (item: Item) => number;
}

/** Cuts a list into consecutive pieces, in order. */
export function chunk<Item>(items: readonly Item[], limits: ChunkLimits<Item>): readonly (readonly Item[])[] {
	const pieces: Item[][] = [];
	let piece: Item[] = [];
	let weight = 0;
	for (const item of items) {
		const itemWeight = limits.weigh(item);
		if (piece.length > 0 && (piece.length === limits.maxCount || weight + itemWeight > limits.maxWeight)) {
			pieces.push(piece);
			piece = [];
			weight = 0;
		}
		piece.push(item);
		weight += itemWeight;
	}
	return piece.length === 0 ? pieces : [...pieces, piece];
}
