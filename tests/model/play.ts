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

interface Prediction {
	readonly world: World;
	readonly outcomes: readonly unknown[];
}

/** Moves at the same time must have happened as if one after the other, in some order. */
async function step(stage: Stage, world: World, moves: readonly Move[]): Promise<World> {
	const outcomes = await Promise.all(moves.map((move) => move.perform(stage)));
	const [likely] = predict(world, moves);
	if (likely === undefined) throw new TypeError('A move without a prediction.');
	const seen = await observe(stage, likely.world);
	for (const { world: after, outcomes: predicted } of predict(world, moves)) {
		if (isDeepStrictEqual(outcomes, predicted) && isDeepStrictEqual(seen, view(after))) return after;
	}
	throw new Disagreement(differences({ outcomes, ...seen }, { outcomes: likely.outcomes, ...view(likely.world) }));
}

/** Everything that may come of one move, or of two in either order. */
function predict(world: World, moves: readonly Move[]): Iterable<Prediction> {
	const [first, second] = moves;
	if (first === undefined || second === undefined) return inOrder(world, moves);
	return inTurn(inOrder(world, [first, second]), reversed(inOrder(world, [second, first])));
}

function* inOrder(world: World, [first, ...others]: readonly Move[]): Generator<Prediction> {
	if (first === undefined) yield { world, outcomes: [] };
	else {
		for (const { world: after, outcome } of first.predict(world)) {
			for (const rest of inOrder(after, others)) yield { ...rest, outcomes: [outcome, ...rest.outcomes] };
		}
	}
}

function* reversed(predictions: Iterable<Prediction>): Generator<Prediction> {
	for (const { world, outcomes } of predictions) yield { world, outcomes: outcomes.toReversed() };
}

/** One of each, as long as there are. */
function* inTurn<Item>(ones: Iterator<Item>, others: Iterator<Item>): Generator<Item> {
	let [turn, next] = [ones, others];
	for (let item = turn.next(); item.done !== true; item = turn.next()) {
		yield item.value;
		[turn, next] = [next, turn];
	}
	for (let item = next.next(); item.done !== true; item = next.next()) yield item.value;
}
