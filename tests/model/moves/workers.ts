/** The moves of workers. */
import { exhaustedByRedelivery, errorFingerprint } from '@cb/core';
import type { JsonValue, Lease, ReceivedCommand } from '@cb/core';
import type { Move } from '../move.ts';
import * as leasing from '../semantics/leasing.ts';
import type { Delivered, Receiving } from '../semantics/leasing.ts';
import * as settling from '../semantics/settling.ts';
import type { Settling } from '../semantics/settling.ts';
import type { Lease as ModelLease, Message, Moved, World } from '../semantics/world.ts';
import { domain } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { subsetsOf } from './subsets.ts';
import { RollBack } from './transactions.ts';

/** With others at the same time, it may pass over any message that they have in hand; the next receive looks again. */
export function receive(receiving: Receiving, isRacing: boolean): Move {
	const { worker, limit, leaseSeconds, maxAttempts } = receiving;
	return {
		text: `${worker} receives up to ${limit} for ${leaseSeconds} s, ${maxAttempts} attempts`,
		*predict(world) {
			for (const passedOver of isRacing ? subsetsOf(idsOf(leasing.dueMessages(world))) : leftOf(world, limit)) {
				yield leasing.receive(world, receiving, passedOver);
			}
		},
		async perform(stage) {
			const { commands, parked, rejected } = await stage.backend.commands.receive({
				domain,
				workerId: worker,
				limit,
				leaseSeconds,
				maxAttemptsByType: {},
				defaultMaxAttempts: maxAttempts,
				exhausted: { error: exhaustedByRedelivery, fingerprint: errorFingerprint(exhaustedByRedelivery) },
			});
			for (const command of commands) rememberLease(stage, command);
			return {
				delivered: commands.map((command) => deliveredOf(stage, command)),
				parked: parked.map(({ commandId, attempt }) => ({ command: stage.names.nameOf(commandId), attempt })),
				rejectedCount: rejected.length,
			};
		},
	};
}

function idsOf(messages: readonly Message[]): readonly number[] {
	return messages.map(({ id }) => id);
}

function* leftOf(world: World, limit: number): Generator<readonly number[]> {
	const { tied, left } = leasing.tiedMessages(world, limit);
	for (const subset of subsetsOf(tied)) if (subset.length <= left) yield subset;
}

function rememberLease({ names, leases }: Stage, { commandId, generation, lease }: ReceivedCommand): void {
	leases.set(leaseText({ command: names.nameOf(commandId), generation, attempt: lease.attempt }), lease);
}

function deliveredOf({ names }: Stage, received: ReceivedCommand): Delivered {
	const { commandId, lease, generation, data, isRedelivered, deferrals, maxAttempts, batchId } = received;
	return {
		command: names.nameOf(commandId),
		attempt: lease.attempt,
		...{ generation, data, isRedelivered, deferrals, maxAttempts },
		batch: batchId === null ? null : names.nameOf(batchId),
	};
}

function leaseText({ command, generation, attempt }: ModelLease): string {
	return `${command} generation ${generation} attempt ${attempt}`;
}

function leaseOf({ leases }: Stage, lease: ModelLease): Lease {
	const known = leases.get(leaseText(lease));
	if (known === undefined) throw new TypeError(`The adapter never handed out ${leaseText(lease)}.`);
	return known;
}

export function settle(settlings: readonly Settling[]): Move {
	return {
		text: `settle ${settlings.map(({ lease, verdict }) => `${leaseText(lease)}: ${verdict.kind}`).join('; ')}`,
		*predict(world) {
			for (const order of ordersOf(settlings)) yield settledInOrder(world, settlings, order);
		},
		async perform(stage) {
			const settlements = settlings.map(({ lease, verdict }) => ({ ...verdict, lease: leaseOf(stage, lease) }));
			return kindsOfSettled(await stage.backend.commands.settle(domain, settlements));
		},
	};
}

/** Each has its own outcome; in which order they are stored, and which of two for one lease counts, nobody promises. */
function* ordersOf(settlings: readonly Settling[]): Generator<readonly Settling[]> {
	if (settlings.length < 2) yield settlings;
	else {
		for (const first of settlings) {
			for (const others of ordersOf(settlings.filter((settling) => settling !== first))) yield [first, ...others];
		}
	}
}

function settledInOrder(world: World, settlings: readonly Settling[], order: readonly Settling[]): Moved<unknown> {
	const settled = settling.settle(world, order);
	return { ...settled, outcome: settlings.map((settling) => settled.outcome[order.indexOf(settling)]) };
}

function kindsOfSettled(outcomes: readonly { readonly kind: string }[]): readonly string[] {
	return outcomes.map(({ kind }) => kind);
}

/** The handler's own transaction, with the completion inside. */
export function completeInTransaction(lease: ModelLease, result: JsonValue, isThrowing: boolean): Move {
	return {
		text: `complete ${leaseText(lease)} in a transaction${isThrowing ? ' that throws' : ''}`,
		predict(world) {
			if (leasing.heldCommand(world, lease) === undefined) return [{ world, outcome: 'lease-lost' }];
			if (isThrowing) return [{ world, outcome: 'thrown' }];
			const settled = settling.settle(world, [{ lease, verdict: { kind: 'complete', result } }]);
			return [{ ...settled, outcome: 'settled' }];
		},
		async perform(stage) {
			const address = { domain, commandId: stage.names.idOf(lease.command), lease: leaseOf(stage, lease) };
			try {
				await stage.backend.commands.completeInTransaction(address, () => {
					if (isThrowing) throw new RollBack();
					return Promise.resolve(result);
				});
				return 'settled';
			} catch (error) {
				return endOf(error);
			}
		},
	};
}

function endOf(error: unknown): string {
	if (error instanceof RollBack) return 'thrown';
	if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
	throw error;
}

export function extend(leases: readonly ModelLease[], leaseSeconds: number): Move {
	return {
		text: `extend ${leases.map(leaseText).join(', ')} for ${leaseSeconds} s`,
		predict(world) {
			const extended = leasing.extend(world, leases, leaseSeconds);
			return [{ ...extended, outcome: extended.outcome.map(leaseText) }];
		},
		async perform(stage) {
			const held = leases.map((lease) => leaseOf(stage, lease));
			const lost = await stage.backend.commands.extend(domain, held, leaseSeconds);
			return leases.filter((lease) => lost.includes(leaseOf(stage, lease))).map(leaseText);
		},
	};
}

export function release(lease: ModelLease, delaySeconds: number | undefined): Move {
	return {
		text: `give ${leaseText(lease)} back${delaySeconds === undefined ? '' : ` for ${delaySeconds} s`}`,
		predict: (world) => [{ world: leasing.release(world, lease, delaySeconds), outcome: undefined }],
		perform: (stage) => stage.backend.commands.release(domain, [leaseOf(stage, lease)], delaySeconds),
	};
}

export function crash(): Move {
	return {
		text: 'workers and readers crash',
		predict: (world) => [{ world: leasing.crash(world), outcome: undefined }],
		perform: ({ hands }) => {
			hands.clear();
			return Promise.resolve(undefined);
		},
	};
}
