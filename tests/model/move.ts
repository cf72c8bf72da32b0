/** A move: one thing that somebody does, as the model has it and as an adapter does it. */
import type { Stage } from './stage.ts';
import type { Moved, World } from './semantics/world.ts';

export interface Move {
	/** What happens, for the trace of a failure. */
	readonly text: string;
	/** What may come of it: one world and outcome, more where the semantics leave it open, the likely ones first. */
	predict(world: World): Iterable<Moved<unknown>>;
	/** Resolves with what `predict` calls the outcome. */
	perform(stage: Stage): Promise<unknown>;
}

/** What a random sequence is made of: it becomes moves when it is known what there is to act on; several moves happen at the same time. */
export interface Happening {
	choose(world: World, isRacing?: boolean): readonly Move[];
}

/** The one that a random number means; `undefined` when there is none. */
export function pick<Item>(items: readonly Item[], number: number): Item | undefined {
	return items[number % Math.max(items.length, 1)];
}
