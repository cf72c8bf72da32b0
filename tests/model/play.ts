/** Plays a sequence on a stage and compares the adapter with the model after every step. */
import { isDeepStrictEqual } from 'node:util';
import { differences } from './differences.ts';
import { brokenInvariants } from './invariants.ts';
import type { Happening, Move } from './move.ts';
import type { Observation } from './observation.ts';
import { observe } from './observe.ts';
import { view } from './semantics/view.ts';
import { emptyWorld } from './semantics/world.ts';
import type { World } from './semantics/world.ts';
import type { Stage } from './stage.ts';

/** The adapter and the model differ, or an invariant is broken. */
class Disagreement extends Error {
	constructor(problems: readonly string[]) {
		super(problems.map((problem) => `  ${problem}`).join('\n'));
	}
}

/** Rejects with what differs, after the moves that led there. */
export async function play(stage: Stage, happenings: readonly Happening[]): Promise<void> {
	const trace: string[] = [];
	let world = emptyWorld;
	let before: Observation | undefined;
	try {
		for (const happening of happenings) {
			const moves = happening.choose(world);
			if (moves.length === 0) continue;
			trace.push(moves.map(({ text }) => text).join('  |  '));
			world = await step(stage, world, moves);
			const after = view(world);
			const broken = brokenInvariants(after, before);
			if (broken.length > 0) throw new Disagreement(broken);
			before = after;
		}
	} catch (error) {
		const steps = trace.map((text, index) => `  ${String(index + 1)}. ${text}`).join('\n');
		throw new Error(
			`After these moves:\n${steps}\nthere is this to be seen:\n${error instanceof Error ? error.message : String(error)}`,
			{
				cause: error,
			},
		);
	}
}

interface Prediction {
	readonly world: World;
	readonly outcomes: readonly unknown[];
}

/** Moves at the same time must have happened as if one after the other, in some order. */
async function step(stage: Stage, world: World, moves: readonly Move[]): Promise<World> {
	const outcomes = await Promise.all(moves.map((move) => move.perform(stage)));
	const predictions = predict(world, moves);
	const [likely] = predictions;
	if (likely === undefined) throw new TypeError('A move without a prediction.');
	const seen = { outcomes, ...(await observe(stage, likely.world)) };
	const match = predictions.find((prediction) => isDeepStrictEqual(seen, asSeen(prediction)));
	if (match === undefined) throw new Disagreement(differences(seen, asSeen(likely)));
	return match.world;
}

function asSeen({ world, outcomes }: Prediction) {
	return { outcomes, ...view(world) };
}

/** Everything that may come of one move, or of two in either order. */
function predict(world: World, moves: readonly Move[]): readonly Prediction[] {
	const [first, second] = moves;
	if (first === undefined) return [];
	if (second === undefined) return predictInOrder(world, [first]);
	return [
		...predictInOrder(world, [first, second]),
		...predictInOrder(world, [second, first]).map(({ world: after, outcomes }) => ({
			world: after,
			outcomes: outcomes.toReversed(),
		})),
	];
}

function predictInOrder(world: World, moves: readonly Move[]): readonly Prediction[] {
	const begin: readonly Prediction[] = [{ world, outcomes: [] }];
	return moves.reduce(
		(before, move) =>
			before.flatMap(({ world: from, outcomes }) =>
				move.predict(from).map((moved) => ({ world: moved.world, outcomes: [...outcomes, moved.outcome] })),
			),
		begin,
	);
}
