/** What senders do, as the table of the semantics has it. Pure: a world and a move give the next world and an answer. */
import type { CommandStatus, JsonValue } from '@cb/core';
import { end } from './endings.ts';
import { archive, enqueue, line, withCommand } from './world.ts';
import type { Command, Moved, ReplyQueue, World } from './world.ts';

/** A command on its way in. */
export interface Sending {
	readonly name: string;
	readonly data: JsonValue;
	readonly replyTo: ReplyQueue | null;
	readonly wantsNotices: boolean;
	readonly maxAttempts: number | null;
	readonly delaySeconds: number;
	readonly mayExist: boolean;
}

export type SendOutcome = 'accepted' | 'duplicate' | 'not-stored';

export interface SendOptions {
	readonly allOrNothing?: boolean;
	readonly batch?: string | null;
	readonly process?: string | null;
}

/** Each by itself; with `allOrNothing` none unless every one can be stored or may be a duplicate. */
export function send(
	world: World,
	sendings: readonly Sending[],
	{ allOrNothing = false, ...owner }: SendOptions = {},
): Moved<readonly SendOutcome[]> {
	let after = world;
	const outcomes: SendOutcome[] = [];
	for (const sending of sendings) {
		const isNew = !after.commands.has(sending.name);
		outcomes.push(isNew ? 'accepted' : 'duplicate');
		if (isNew) after = sendOne(after, sending, owner);
	}
	if (!allOrNothing || !isRefused(sendings, outcomes)) return { world: after, outcome: outcomes };
	return { world, outcome: outcomes.map((outcome) => (outcome === 'accepted' ? 'not-stored' : outcome)) };
}

/** Whether at least one is a duplicate that must not be one. */
export function isRefused(sendings: readonly Sending[], outcomes: readonly SendOutcome[]): boolean {
	return outcomes.some((outcome, index) => outcome === 'duplicate' && sendings[index]?.mayExist !== true);
}

function sendOne(world: World, sending: Sending, { batch = null, process = null }: SendOptions): World {
	const { name, data, replyTo, wantsNotices, maxAttempts, delaySeconds } = sending;
	const queued = enqueue(world, { command: name, data, dueAt: world.now + delaySeconds });
	const command: Command = {
		...{ name, replyTo, wantsNotices, batch, process },
		sentMaxAttempts: maxAttempts,
		status: 'PENDING',
		attempts: 0,
		generation: 1,
		version: 1,
		messageId: queued.lastMessageId,
		deferrals: 0,
		parked: null,
		result: null,
		lastError: null,
		audit: [],
		lastAct: null,
		requests: new Map(),
	};
	return withCommand(queued, { ...command, audit: [line(command, 'SENT', { details: { replyTo, batch } })] });
}

export type CancelOutcome = 'canceled' | 'not-found' | { readonly notPending: CommandStatus };

/** By the sender: only while nobody has it. */
export function cancel(world: World, name: string, reason: string): Moved<CancelOutcome> {
	const command = world.commands.get(name);
	if (command === undefined) return { world, outcome: 'not-found' };
	if (command.status !== 'PENDING') return { world, outcome: { notPending: command.status } };
	const after = end(archive(world, command.messageId), command, {
		status: 'CANCELED',
		result: null,
		error: { type: 'CANCELED', code: 'CANCELED', message: reason, details: null },
		line: line(command, 'CANCELED', { details: { reason } }),
	});
	return { world: after, outcome: 'canceled' };
}

/** A second message of a command, from somebody who has no business there. */
export function putStray(world: World, command: string): World {
	return enqueue(world, { command, data: 'stray', dueAt: world.now });
}
