/** The mixes that sequences are drawn from: what senders, workers, readers, operators, strangers and time do, in any order and at the same time. */
import fc from 'fast-check';
import type { Happening } from '../move.ts';
import { orElse, race } from './happening.ts';
import { onward } from './onward.ts';
import { operate } from './operators.ts';
import { lateTrouble, starting } from './processes.ts';
import { copying, fetching, puttingDown, routing } from './readers.ts';
import { cancel, finish, open, send, stray } from './senders.ts';
import { completeInTransaction, crash, elapse, extend, receive, release, settle } from './workers.ts';

type Weighted = readonly (readonly [number, fc.Arbitrary<Happening>])[];

function mixOf(parts: Weighted): fc.Arbitrary<Happening> {
	return fc.oneof(...parts.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Workers, operators and time: in every mix. */
const always: Weighted = [
	[12, onward],
	[5, receive],
	[6, settle],
	[1, completeInTransaction],
	[2, extend],
	[2, release],
	[1, cancel],
	[8, operate],
	[1, stray],
	[1, crash],
	[4, elapse],
];

const commandRacing = (reader: string): fc.Arbitrary<Happening> =>
	mixOf([
		[2, send],
		[1, open],
		[2, receive],
		[4, settle],
		[1, completeInTransaction],
		[1, extend],
		[1, release],
		[1, cancel],
		[5, operate],
		[2, finish],
		[1, fetching('replies', reader)],
		[1, puttingDown(reader)],
	]);

/** Commands, alone and in batches, and who reads their replies. */
export const commandHappenings = orElse(
	mixOf([
		...always,
		[4, send],
		[3, open],
		[3, finish],
		[2, fetching('replies', 'c1')],
		[1, fetching('replies', 'c2')],
		[2, puttingDown('c1')],
		[1, puttingDown('c2')],
		[1, copying('replies')],
		[5, race(commandRacing('c1'), commandRacing('c2'))],
	]),
	onward,
	send,
);

/** What sends no new command: its id is known only to who sent it until the race is over. */
const processRacing = (router: string): fc.Arbitrary<Happening> =>
	mixOf([
		[3, settle],
		[3, operate],
		[1, cancel],
		[3, fetching('inbox', router)],
		[4, routing(router)],
		[1, starting],
	]);

/** Processes, their workers and routers. */
export const processHappenings = orElse(
	mixOf([
		...always,
		[16, onward],
		[3, starting],
		[6, lateTrouble],
		[4, fetching('inbox', 'r1')],
		[4, fetching('inbox', 'r2')],
		[3, routing('r1')],
		[3, routing('r2')],
		[1, puttingDown('r2')],
		[4, copying('inbox')],
		// Two answers to one process at the same time.
		[5, race(routing('r1'), routing('r2'))],
		[5, race(processRacing('r1'), processRacing('r2'))],
	]),
	onward,
	starting,
);
