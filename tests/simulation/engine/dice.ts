/** Every decision of a simulated run comes from here, and from the seed alone. */
import { between, seededRandom } from '../../src/seeded-random.ts';

export interface Dice {
	/** From 0, below 1. */
	random(): number;
	/** A whole number, both ends included. */
	between(from: number, to: number): number;
	chance(probability: number): boolean;
	/** Throws `RangeError` for an empty list. */
	pick<Item>(items: readonly Item[]): Item;
	/** Dice of their own: how often they are thrown changes nothing for others. */
	fork(): Dice;
}

export function createDice(seed: number): Dice {
	const random = seededRandom(seed);
	return {
		random,
		between: (from, to) => between(random, from, to),
		chance: (probability) => random() < probability,
		pick: (items) => {
			const index = between(random, 0, items.length - 1);
			for (const item of items.slice(index, index + 1)) return item;
			throw new RangeError('There is nothing to pick from.');
		},
		fork: () => createDice(Math.floor(random() * 0xffff_ffff)),
	};
}
