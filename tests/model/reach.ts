/** Where random sequences get to, by the model alone: a property that nothing interesting happens under proves nothing. */
import fc from 'fast-check';
import { sequencesOf } from './happenings/happening.ts';
import type { Happening } from './move.ts';
import type { Observation } from './observation.ts';
import { view } from './semantics/view.ts';
import { emptyWorld } from './semantics/world.ts';
import type { World } from './semantics/world.ts';

/** How often each status, audit line and event was there at the end of a sequence. */
export function reachOf(
	happenings: fc.Arbitrary<Happening>,
	{ runs, maxLength }: { readonly runs: number; readonly maxLength: number },
): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	const property = fc.property(sequencesOf(happenings, maxLength), (sequence) => {
		for (const word of wordsOf(view(endOf(sequence)))) counts.set(word, (counts.get(word) ?? 0) + 1);
	});
	fc.assert(property, { numRuns: runs, seed: 7 });
	return counts;
}

function endOf(sequence: readonly Happening[]): World {
	return sequence.reduce(
		(world, happening) =>
			happening.choose(world).reduce((before, move) => {
				const [likely] = move.predict(before);
				return likely?.world ?? before;
			}, world),
		emptyWorld,
	);
}

function wordsOf({ commands, batches, processes }: Observation): readonly string[] {
	return [
		...Object.values(commands).flatMap(({ status, history }) => [status, ...history.map(({ type }) => type)]),
		...Object.values(batches).map(({ status }) => `batch ${status}`),
		...Object.values(processes).flatMap(({ status, events }) => [`process ${status}`, ...events]),
	];
}
