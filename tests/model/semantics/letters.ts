/** Readers of reply queues: leases like those of workers, and an answer that is read again is known by its id. */
import type { Answer, Letter, Moved, ReplyQueue, World } from './world.ts';
import { withLetter } from './world.ts';

export interface Fetching {
	readonly reader: string;
	readonly queue: ReplyQueue;
	readonly limit: number;
	readonly leaseSeconds: number;
}

export interface Fetched {
	readonly answer: Answer;
	readonly attempt: number;
}

/** The oldest due letters; what somebody has in hand at the same moment is passed over. What the reader had before it forgets. */
export function fetch(world: World, fetching: Fetching, passedOver: readonly number[] = []): Moved<readonly Fetched[]> {
	const { reader, queue, limit, leaseSeconds } = fetching;
	const due = dueLetters(world, queue).filter(({ id }) => !passedOver.includes(id));
	const letters = due
		.slice(0, limit)
		.map((letter) => ({ ...letter, attempts: letter.attempts + 1, dueAt: world.now + leaseSeconds }));
	const known = new Set(world.read.map(({ original }) => original));
	return {
		world: {
			...replaced(world, queue, letters),
			hands: new Map(world.hands).set(reader, { queue, letters }),
			read: [...world.read, ...originalsOf(letters).filter(({ original }) => !known.has(original))],
		},
		outcome: letters.map(({ answer, attempts }) => ({ answer, attempt: attempts })),
	};
}

export function dueLetters(world: World, queue: ReplyQueue): readonly Letter[] {
	return world[queue].filter(({ dueAt }) => dueAt <= world.now);
}

/** One of each letter, the first. */
export function originalsOf(letters: readonly Letter[]): readonly Letter[] {
	return [...new Map(letters.toReversed().map((letter) => [letter.original, letter])).values()].reverse();
}

/** Whether a letter is still what its reader got: not taken off, not handed to another, not due again. */
export function isHeld(world: World, queue: ReplyQueue, { id, attempts }: Letter): boolean {
	const now = world[queue].find((letter) => letter.id === id);
	return now !== undefined && now.attempts === attempts && now.dueAt > world.now;
}

/** Puts down what a reader has in hand: taken off the queue where it still holds it, or, with a delay, due again after it. */
export function putDown(world: World, reader: string, delaySeconds?: number): World {
	const hand = world.hands.get(reader);
	if (hand === undefined) return world;
	const held = hand.letters.filter((letter) => isHeld(world, hand.queue, letter));
	const after =
		delaySeconds === undefined
			? held.reduce((before, { id }) => takenOff(before, hand.queue, id), world)
			: replaced(
					world,
					hand.queue,
					held.map((letter) => ({ ...letter, dueAt: world.now + delaySeconds })),
				);
	return withEmptyHand(after, reader);
}

export function takenOff(world: World, queue: ReplyQueue, id: number): World {
	return { ...world, [queue]: world[queue].filter((letter) => letter.id !== id) };
}

export function withEmptyHand(world: World, reader: string): World {
	return { ...world, hands: new Map([...world.hands].filter(([name]) => name !== reader)) };
}

/** Somebody sends a letter that lies on the queue once more. */
export function copy(world: World, queue: ReplyQueue, position: number): World {
	const letter = world[queue][position];
	return letter === undefined ? world : withLetter(world, queue, letter);
}

function replaced(world: World, queue: ReplyQueue, changed: readonly Letter[]): World {
	const byId = new Map(changed.map((letter) => [letter.id, letter]));
	return { ...world, [queue]: world[queue].map((letter) => byId.get(letter.id) ?? letter) };
}
