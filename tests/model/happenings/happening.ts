/** How random happenings are drawn: facts first, and whom they are about once it is known what there is. */
import fc from 'fast-check';
import type { Happening, Move } from '../move.ts';
import { pick } from '../move.ts';
import type { World } from '../semantics/world.ts';

/** Every lease and delay ends five seconds off the moments that time stops at: what a database needs to keep up is never the reason. */
export const leaseSeconds = fc.constantFrom(35, 65);
export const delaySeconds = fc.constantFrom(0, 15, 65);
export const anyOne = fc.nat({ max: 97 });

type Choose = (world: World, isRacing: boolean) => Move | undefined;

/** Prints what was drawn, so that a counterexample can be read. */
export function happening<Drawn extends object>(
	kind: string,
	drawn: fc.Arbitrary<Drawn>,
	choose: (drawn: Drawn) => Choose,
): fc.Arbitrary<Happening> {
	return drawn.map((facts) => ({
		choose: (world, isRacing = false) => [choose(facts)(world, isRacing)].flatMap((move) => move ?? []),
		[fc.toStringMethod]: () => `${kind} ${fc.stringify(facts)}`,
	}));
}

export const onCommand = (kind: string, move: (command: string) => Move): fc.Arbitrary<Happening> =>
	happening(kind, fc.record({ one: anyOne }), ({ one }) => (world) => {
		const command = pick([...world.commands.keys()], one);
		return command === undefined ? undefined : move(command);
	});

/** Two at the same time; shrinks to one of them. */
export function race(one: fc.Arbitrary<Happening>, other: fc.Arbitrary<Happening>): fc.Arbitrary<Happening> {
	return fc.tuple(one, fc.option(other, { freq: 50 })).map(([first, second]) => ({
		choose: (world) => [...first.choose(world, true), ...(second?.choose(world, true) ?? [])],
		[fc.toStringMethod]: () => `race ${fc.stringify(first)} | ${fc.stringify(second)}`,
	}));
}

/** The first of them that finds something to do. */
export function orElse(...arbitraries: readonly fc.Arbitrary<Happening>[]): fc.Arbitrary<Happening> {
	return fc.tuple(...arbitraries).map((drawn) => ({
		choose: (world) =>
			drawn.reduce<readonly Move[]>((found, one) => (found.length > 0 ? found : one.choose(world)), []),
		[fc.toStringMethod]: () => drawn.map((one) => fc.stringify(one)).join(' or '),
	}));
}

/** Of any length up to `maxLength`, long ones as often as short ones. */
export function sequencesOf(
	happenings: fc.Arbitrary<Happening>,
	maxLength: number,
): fc.Arbitrary<readonly Happening[]> {
	return fc.noBias(fc.array(happenings, { maxLength, size: 'max' }));
}
