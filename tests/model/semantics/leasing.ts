/** How commands get to workers and, unsettled, back again: receives, leases and what becomes of messages that are nobody's. */
import { exhaustedByRedelivery, errorFingerprint } from '@cb/core';
import type { JsonValue } from '@cb/core';
import { park } from './endings.ts';
import { archive, line, redue, withCommand } from './world.ts';
import type { Command, Lease, Message, Moved, World } from './world.ts';

export interface Receiving {
	readonly worker: string;
	readonly limit: number;
	readonly leaseSeconds: number;
	/** Of the worker, for commands whose sender did not say. */
	readonly maxAttempts: number;
}

export interface Delivered {
	readonly command: string;
	readonly attempt: number;
	readonly generation: number;
	readonly data: JsonValue;
	readonly isRedelivered: boolean;
	readonly deferrals: number;
	readonly maxAttempts: number | null;
	readonly batch: string | null;
}

export interface Receipts {
	readonly delivered: readonly Delivered[];
	readonly parked: readonly { readonly command: string; readonly attempt: number }[];
	readonly rejectedCount: number;
}

/**
 * Those that have been due longest, in order of sending: each is handed out, parked because its attempts are used up, or archived because it is
 * nobody's. What somebody is changing at the same moment is passed over.
 */
export function receive(world: World, receiving: Receiving, passedOver: readonly number[] = []): Moved<Receipts> {
	const due = dueMessages(world)
		.filter(({ id }) => !passedOver.includes(id))
		.slice(0, receiving.limit)
		.toSorted((one, other) => one.id - other.id);
	let after = world;
	const delivered: Delivered[] = [];
	const parked: { command: string; attempt: number }[] = [];
	let rejectedCount = 0;
	for (const message of due) {
		const command = liveCommand(after, message);
		const maxAttempts = command?.sentMaxAttempts ?? receiving.maxAttempts;
		if (command === undefined) {
			after = archive(after, message.id);
			rejectedCount++;
		} else if (command.attempts < maxAttempts) {
			after = hand(after, command, receiving);
			delivered.push(deliveredOf(command, message));
		} else {
			const error = exhaustedByRedelivery;
			parked.push({ command: command.name, attempt: command.attempts });
			const verdict = { error, fingerprint: errorFingerprint(error), maxAttempts };
			after = park(after, command, { ...verdict, reason: 'EXHAUSTED_BY_REDELIVERY' });
		}
	}
	return { world: after, outcome: { delivered, parked, rejectedCount } };
}

/** Those that have been due longest first. */
export function dueMessages(world: World): readonly Message[] {
	return world.queue.filter(({ dueAt }) => dueAt <= world.now).toSorted((one, other) => one.dueAt - other.dueAt);
}

/** Where more have been due for the same time than are asked for, nobody promises which of them are left. */
export function tiedMessages(world: World, limit: number): { readonly tied: readonly number[]; readonly left: number } {
	const due = dueMessages(world);
	const last = due[limit - 1];
	if (last === undefined) return { tied: [], left: 0 };
	const tied = due.filter(({ dueAt }) => dueAt === last.dueAt).map(({ id }) => id);
	const sooner = due.filter(({ dueAt }) => dueAt < last.dueAt);
	return { tied, left: sooner.length + tied.length - limit };
}

/** The command that a message is the newest one of, if it may run. */
function liveCommand(world: World, message: Message): Command | undefined {
	const command = world.commands.get(message.command);
	const isLive = command?.status === 'PENDING' || command?.status === 'IN_PROGRESS';
	return isLive && command.messageId === message.id ? command : undefined;
}

function hand(world: World, command: Command, { worker, leaseSeconds }: Receiving): World {
	const attempt = command.attempts + 1;
	const isRedelivered = isUnanswered(command);
	const receipt = line(command, 'RECEIVED', { attempt, details: { workerId: worker, isRedelivered } });
	const lease: Lease = { command: command.name, generation: command.generation, attempt };
	const started = withCommand(redue(world, command.messageId, world.now + leaseSeconds), {
		...command,
		status: 'IN_PROGRESS',
		attempts: attempt,
		audit: [...command.audit, receipt],
	});
	return startBatch(
		{ ...started, leases: [...world.leases.filter((one) => !isSameLease(one, lease)), lease] },
		command,
	);
}

/** The first receive of a member starts its batch, once. */
function startBatch(world: World, { batch: name }: Command): World {
	const batch = world.batches.get(name ?? '');
	if (batch?.status !== 'PENDING') return world;
	const started = { ...batch, status: 'IN_PROGRESS', events: [...batch.events, 'BATCH_STARTED'] } as const;
	return { ...world, batches: new Map(world.batches).set(batch.name, started) };
}

/** What the worker is told of a command that was `command` a moment ago. */
function deliveredOf(command: Command, message: Message): Delivered {
	const { name, attempts, generation, deferrals, sentMaxAttempts, batch } = command;
	return {
		...{ generation, deferrals, batch },
		command: name,
		attempt: attempts + 1,
		data: message.data,
		isRedelivered: isUnanswered(command),
		maxAttempts: sentMaxAttempts,
	};
}

/** Whether an attempt ran out without an answer, and no later one got one: its handler may have run. */
function isUnanswered({ audit }: Command): boolean {
	return audit.at(-1)?.type === 'RECEIVED';
}

function isSameLease(one: Lease, other: Lease): boolean {
	return one.command === other.command && one.generation === other.generation && one.attempt === other.attempt;
}

/** Fencing: the command that a lease still is the right to answer for. */
export function heldCommand(world: World, lease: Lease): Command | undefined {
	const command = world.commands.get(lease.command);
	const message = world.queue.find(({ id }) => id === command?.messageId);
	const isHeld =
		command?.status === 'IN_PROGRESS' &&
		command.generation === lease.generation &&
		command.attempts === lease.attempt &&
		message !== undefined &&
		message.dueAt > world.now;
	return isHeld ? command : undefined;
}

/** Returns the leases that were lost; the others run until `leaseSeconds` from now. */
export function extend(world: World, leases: readonly Lease[], leaseSeconds: number): Moved<readonly Lease[]> {
	const held = leases.flatMap((lease) => heldCommand(world, lease) ?? []);
	const after = held.reduce((before, { messageId }) => redue(before, messageId, before.now + leaseSeconds), world);
	return { world: after, outcome: leases.filter((lease) => heldCommand(world, lease) === undefined) };
}

/** As if it had not been received: no attempt, no receipt. Given back for later, it is a deferral, and counted. */
export function release(world: World, lease: Lease, delaySeconds: number | undefined): World {
	const command = heldCommand(world, lease);
	if (command === undefined) return world;
	return withCommand(redue(world, command.messageId, world.now + (delaySeconds ?? 0)), {
		...command,
		status: 'PENDING',
		attempts: command.attempts - 1,
		deferrals: command.deferrals + (delaySeconds === undefined ? 0 : 1),
		audit: command.audit.slice(0, -1),
	});
}

/** Workers and readers are dead: nobody remembers what they had. */
export function crash(world: World): World {
	return { ...world, leases: [], hands: new Map() };
}

export function elapse(world: World, seconds: number): World {
	return { ...world, now: world.now + seconds };
}
