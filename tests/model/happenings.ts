/** Random happenings: what senders, workers, operators, strangers and time do, in any order and at the same time. */
import { errorFingerprint } from '@cb/core';
import type { ErrorRecord } from '@cb/core';
import fc from 'fast-check';
import { pick } from './move.ts';
import type { Happening, Move } from './move.ts';
import * as senders from './moves/senders.ts';
import { elapse as letTimePass } from './moves/time.ts';
import * as workers from './moves/workers.ts';
import { act } from './moves/operators.ts';
import type { Sending } from './semantics/sending.ts';
import type { Verdict } from './semantics/settling.ts';
import type { World } from './semantics/world.ts';

/** Every lease and delay ends five seconds off the moments that time stops at: what a database needs to keep up is never the reason. */
const leaseSeconds = fc.constantFrom(35, 65);
const delaySeconds = fc.constantFrom(0, 15, 65);
const elapsedSeconds = fc.constantFrom(10, 10, 40, 40, 70, 3_600, 86_400);
const anyOne = fc.nat({ max: 97 });

type Choose = (world: World, isRacing: boolean) => Move | undefined;

/** Prints what was drawn, so that a counterexample can be read. */
function happening<Drawn extends object>(
	kind: string,
	drawn: fc.Arbitrary<Drawn>,
	choose: (drawn: Drawn) => Choose,
): fc.Arbitrary<Happening> {
	return drawn.map((facts) => ({
		choose: (world, isRacing = false) => [choose(facts)(world, isRacing)].flatMap((move) => move ?? []),
		[fc.toStringMethod]: () => `${kind} ${fc.stringify(facts)}`,
	}));
}

const sending = fc.record({
	replyTo: fc.constantFrom('replies' as const, 'replies' as const, null),
	wantsNotices: fc.boolean(),
	maxAttempts: fc.constantFrom(null, null, 1, 2),
	delaySeconds: fc.constantFrom(0, 0, 0, 15),
	mayExist: fc.boolean(),
	/** Zero, mostly: a new name. Otherwise a name that is taken. */
	again: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: anyOne }),
});

const send = happening(
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

const receive = happening(
	'receive',
	fc.record({
		worker: fc.constantFrom('w1', 'w2'),
		limit: fc.integer({ min: 1, max: 4 }),
		leaseSeconds,
		maxAttempts: fc.constantFrom(3, 3, 2),
	}),
	(receiving) => (_, isRacing) => workers.receive(receiving, isRacing),
);

function anError(type: ErrorRecord['type'], code: string): ErrorRecord {
	return { type, code, message: `It is ${code}.`, details: { code } };
}

const transient = anError('TRANSIENT', 'GATEWAY_TIMEOUT');
const permanent = anError('PERMANENT', 'ACCOUNT_CLOSED');
const refused = anError('BUSINESS_RULE', 'INSUFFICIENT_FUNDS');

const verdict: fc.Arbitrary<Verdict> = fc.oneof(
	fc.constant({ kind: 'complete', result: { done: true } } as const),
	fc.constant({ kind: 'complete', result: null } as const),
	delaySeconds.map((seconds) => ({ kind: 'retry-later', error: transient, delaySeconds: seconds }) as const),
	fc.constantFrom(
		{
			kind: 'park',
			error: permanent,
			fingerprint: errorFingerprint(permanent),
			reason: 'PERMANENT',
			maxAttempts: 3,
		} as const,
		{
			kind: 'park',
			error: transient,
			fingerprint: errorFingerprint(transient),
			reason: 'EXHAUSTED',
			maxAttempts: 2,
		} as const,
	),
	fc.constant({ kind: 'fail', error: refused } as const),
);

const settle = happening(
	'settle',
	fc.record({ settlings: fc.array(fc.record({ one: anyOne, verdict }), { minLength: 1, maxLength: 3 }) }),
	({ settlings }) =>
		(world) => {
			const chosen = settlings.flatMap(({ one, verdict: said }) => {
				const lease = pickLease(world, one);
				return lease === undefined ? [] : [{ lease, verdict: said }];
			});
			return chosen.length === 0 ? undefined : workers.settle(chosen);
		},
);

/** The newest first, as they are those that still run. */
function pickLease(world: World, number: number) {
	return pick(world.leases.toReversed(), number);
}

const completeInTransaction = happening(
	'complete in transaction',
	fc.record({ one: anyOne, isThrowing: fc.boolean() }),
	({ one, isThrowing }) =>
		(world) => {
			const lease = pickLease(world, one);
			return lease === undefined ? undefined : workers.completeInTransaction(lease, 'by hand', isThrowing);
		},
);

const extend = happening(
	'extend',
	fc.record({ ones: fc.array(anyOne, { minLength: 1, maxLength: 2 }), leaseSeconds }),
	({ ones, leaseSeconds: seconds }) =>
		(world) => {
			const leases = [...new Set(ones.flatMap((one) => pickLease(world, one) ?? []))];
			return leases.length === 0 ? undefined : workers.extend(leases, seconds);
		},
);

const release = happening(
	'release',
	fc.record({ one: anyOne, delaySeconds: fc.constantFrom(undefined, 15) }),
	({ one, delaySeconds: seconds }) =>
		(world) => {
			const lease = pickLease(world, one);
			return lease === undefined ? undefined : workers.release(lease, seconds);
		},
);

const onCommand = (kind: string, move: (command: string) => Move) =>
	happening(kind, fc.record({ one: anyOne }), ({ one }) => (world) => {
		const command = pick([...world.commands.keys()], one);
		return command === undefined ? undefined : move(command);
	});

const operate = happening(
	'operate',
	fc.record({
		one: anyOne,
		/** Whether any command will do; otherwise one that is parked. */
		isBlind: fc.constantFrom(false, false, false, true),
		action: fc.constantFrom('retry' as const, 'retry' as const, 'cancel' as const, 'complete' as const),
		operator: fc.constantFrom('ada', 'olga'),
		keepAttempts: fc.boolean(),
		amendment: fc.constantFrom(undefined, undefined, { amended: true }),
		result: fc.constantFrom(null, { byHand: true }),
		suppressReply: fc.constantFrom(false, false, true),
		versionsBehind: fc.constantFrom(undefined, undefined, 0, 0, 1),
		requestId: fc.constantFrom(undefined, undefined, 'click-1', 'click-2'),
	}),
	({ one, isBlind, versionsBehind, ...said }) =>
		(world) => {
			const all = [...world.commands.values()];
			const command = pick(isBlind ? all : all.filter(({ parked }) => parked !== null), one);
			if (command === undefined) return undefined;
			const expectedVersion = versionsBehind === undefined ? undefined : command.version - versionsBehind;
			return act({ ...said, command: command.name, reason: `${said.operator} knows why.`, expectedVersion });
		},
);

const elapse = happening(
	'elapse',
	fc.record({ seconds: elapsedSeconds }),
	({ seconds }) =>
		() =>
			letTimePass(seconds),
);
const crash = happening('crash', fc.record({}), () => () => workers.crash());

/** Two at the same time. */
function race(one: fc.Arbitrary<Happening>, other: fc.Arbitrary<Happening>): fc.Arbitrary<Happening> {
	return fc.tuple(one, other).map(([first, second]) => ({
		choose: (world) => [...first.choose(world, true), ...second.choose(world, true)],
		[fc.toStringMethod]: () => `race ${fc.stringify(first)} | ${fc.stringify(second)}`,
	}));
}

const cancel = onCommand('cancel', senders.cancel);
const racing = fc.oneof(
	send,
	receive,
	settle,
	settle,
	completeInTransaction,
	extend,
	release,
	cancel,
	operate,
	operate,
	operate,
);

const weights: readonly (readonly [number, fc.Arbitrary<Happening>])[] = [
	[4, send],
	[7, receive],
	[8, settle],
	[1, completeInTransaction],
	[2, extend],
	[2, release],
	[2, cancel],
	[7, operate],
	[1, onCommand('stray', senders.putStray)],
	[1, crash],
	[4, elapse],
	[4, race(racing, racing)],
];

export const commandHappenings: fc.Arbitrary<Happening> = fc.oneof(
	...weights.map(([weight, arbitrary]) => ({ weight, arbitrary })),
);
