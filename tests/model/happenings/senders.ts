/** What senders and strangers do. */
import fc from 'fast-check';
import { pick } from '../move.ts';
import { finishBatches, openBatch } from '../moves/batches.ts';
import * as senders from '../moves/senders.ts';
import type { Sending } from '../semantics/sending.ts';
import type { World } from '../semantics/world.ts';
import { anyOne, happening, onCommand } from './happening.ts';

const sending = fc.record({
	replyTo: fc.constantFrom('replies' as const, 'replies' as const, null),
	wantsNotices: fc.boolean(),
	maxAttempts: fc.constantFrom(null, null, 1, 2),
	delaySeconds: fc.constantFrom(0, 0, 0, 15),
	mayExist: fc.boolean(),
	/** Zero, mostly: a new name. Otherwise a name that is taken. */
	again: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: anyOne }),
});

export const send = happening(
	'send',
	fc.record({
		sendings: fc.array(sending, { minLength: 1, maxLength: 2 }),
		allOrNothing: fc.boolean(),
		transaction: fc.constantFrom(
			'none' as const,
			'none' as const,
			'none' as const,
			'commit' as const,
			'roll-back' as const,
		),
	}),
	({ sendings, ...options }) =>
		(world) =>
			senders.send(named(world, sendings), options),
);

const maxBatches = 3;

export const open = happening(
	'open batch',
	fc.record({
		sendings: fc.array(sending, { minLength: 1, maxLength: 4 }),
		announces: fc.boolean(),
		isAgain: fc.constantFrom(false, false, false, true),
	}),
	({ sendings, announces, isAgain }) =>
		(world) => {
			const count = world.batches.size + (isAgain ? 0 : 1);
			if (count === 0 || count > maxBatches) return undefined;
			return openBatch({ batch: `b${count}`, sendings: named(world, sendings), announces });
		},
);

export const finish = happening(
	'finish batches',
	fc.record({ one: anyOne, isAny: fc.boolean() }),
	({ one, isAny }) =>
		(world) =>
			finishBatches(isAny ? undefined : pick([...world.batches.keys()], one)),
);

export const cancel = onCommand('cancel', senders.cancel);
export const stray = onCommand('stray', senders.putStray);

/** So many commands are enough to get in each other's way. */
const maxCommands = 6;

function named(world: World, drawn: readonly (Omit<Sending, 'name' | 'data'> & { readonly again: number })[]) {
	let count = world.commands.size;
	return drawn.map(({ again, ...facts }): Sending => {
		const isNew = (again === 0 && count < maxCommands) || world.commands.size === 0;
		const taken = pick([...world.commands.keys()], again);
		const name = isNew || taken === undefined ? `c${++count}` : taken;
		return { name, data: { of: name }, ...facts };
	});
}
