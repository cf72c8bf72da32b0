/**
 * Guarantee: the table of moves is the whole truth. From every status every event is attempted: a move of the table has exactly its effects on
 * status, message, audit and reply, and everything else leaves the command as it was.
 */
import { describe, expect, it } from 'vitest';
import type { ReceivedCommand } from '../model/command-record.ts';
import { commandStatuses, commandTransitions } from '../model/command-status.ts';
import type { CommandEvent, CommandStatus, MessageEffect } from '../model/command-status.ts';
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import {
	aCommand,
	aReceive,
	anError,
	cancelOf,
	completeOf,
	completed,
	domain,
	failed,
	longMs,
	parkedWith,
	retriedLater,
	retryOf,
} from './builders.ts';
import type { Outcome } from './builders.ts';
import {
	elapseAll,
	everythingOf,
	openWith,
	receiveOne,
	recordOf,
	repliesOf,
	send,
	settle,
	trailOf,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

/** Attempts an event on a command whose last lease is known. */
const attempts: Readonly<Record<CommandEvent, (subject: BackendSubject, last: ReceivedCommand) => Promise<unknown>>> = {
	send: ({ backend }, { commandId }) => backend.commands.accept([aCommand({ commandId })]),
	receive: ({ backend }) => backend.commands.receive(aReceive()),
	complete: (subject, last) => settle(subject, last, completed()),
	'retry-later': (subject, last) => settle(subject, last, retriedLater(60)),
	'park-exhausted': (subject, last) => settle(subject, last, parkedWith(anError(), { reason: 'EXHAUSTED' })),
	'park-permanent': (subject, last) => settle(subject, last, parkedWith()),
	fail: (subject, last) => settle(subject, last, failed()),
	redeliver: async (subject) => {
		await elapseAll(subject);
		await subject.backend.commands.receive(aReceive({ defaultMaxAttempts: 9 }));
	},
	'park-exhausted-by-redelivery': async (subject) => {
		await elapseAll(subject);
		await subject.backend.commands.receive(aReceive({ defaultMaxAttempts: 1 }));
	},
	'operator-retry': ({ backend }, last) => backend.troubleshooting.act(retryOf(last)),
	'operator-cancel': ({ backend }, last) => backend.troubleshooting.act(cancelOf(last)),
	'operator-complete': ({ backend }, last) => backend.troubleshooting.act(completeOf(last)),
	'sender-cancel': ({ backend }, last) => backend.commands.cancel(last, 'taken back'),
};

const events = Object.keys(attempts) as readonly CommandEvent[];

const outcomesTo: Partial<Record<CommandStatus, Outcome>> = {
	COMPLETED: completed(),
	FAILED: failed(),
	IN_TROUBLESHOOTING_QUEUE: parkedWith(),
};

/** Brings a command to a status. Each has been received once, so that there is an old lease to try. */
async function arrange(subject: BackendSubject, status: CommandStatus): Promise<ReceivedCommand> {
	await send(subject);
	const received = await receiveOne(subject);
	const outcome = outcomesTo[status];
	if (outcome !== undefined) await settle(subject, received, outcome);
	if (status === 'PENDING') await subject.backend.commands.release(domain, [received.lease]);
	if (status === 'CANCELED') {
		await settle(subject, received, retriedLater(60));
		await subject.backend.commands.cancel(received, 'taken back');
	}
	return received;
}

/** Time makes a pending command due and nothing else: redelivery is a move of leased ones only. */
function isAttempted(from: CommandStatus, event: CommandEvent): boolean {
	return from !== 'PENDING' || !['redeliver', 'park-exhausted-by-redelivery'].includes(event);
}

export function commandStatusSuite(name: string, open: OpenSubject): void {
	describe(`${name}: the table of moves`, () => {
		it.each(commandStatuses)(
			'A21 C3-C6 D4-D6 J4 K4 K5 L3 moves a command from %s as the table says, and not otherwise',
			async (from) => {
				const subject = await openWith(open);

				for (const event of events.filter((candidate) => isAttempted(from, candidate))) {
					const last = await arrange(subject, from);
					const before = await snapshot(subject, last);
					expect(before.status, `arranging ${from}`).toBe(from);

					await attempts[event](subject, last);

					const after = await snapshot(subject, last);
					expect(after, `${event} from ${from}`).toEqual(expectedAfter(before, from, event));
					await clear(subject, last);
				}
			},
		);
	});
}

interface Snapshot {
	readonly status: CommandStatus;
	/** Without receipts: they are written when their attempt ends, whatever ends it. */
	readonly trail: readonly string[];
	readonly receiptCount: number;
	readonly replies: readonly string[];
	readonly isQueued: boolean;
	readonly isArchived: boolean;
	readonly messageCount: number;
}

async function snapshot(subject: BackendSubject, { domain, commandId }: CommandAddress): Promise<Snapshot> {
	const address = { domain, commandId };
	const { status, messageId } = await recordOf(subject, address);
	const trail = await trailOf(subject, address);
	const queued = await subject.messages(queue);
	return {
		status,
		trail: trail.filter((type) => type !== 'RECEIVED'),
		receiptCount: trail.length - trail.filter((type) => type !== 'RECEIVED').length,
		replies: (await repliesOf(subject, address)).map(({ outcome }) => outcome),
		isQueued: queued.some((message) => message.messageId === messageId),
		isArchived: (await subject.archived(queue)).some((message) => message.messageId === messageId),
		messageCount: queued.length,
	};
}

const messageAfter: Readonly<Record<MessageEffect, Pick<Snapshot, 'isQueued' | 'isArchived' | 'messageCount'>>> = {
	sent: { isQueued: true, isArchived: false, messageCount: 1 },
	leased: { isQueued: true, isArchived: false, messageCount: 1 },
	delayed: { isQueued: true, isArchived: false, messageCount: 1 },
	deleted: { isQueued: false, isArchived: false, messageCount: 0 },
	archived: { isQueued: false, isArchived: true, messageCount: 0 },
	'stays-archived': { isQueued: false, isArchived: true, messageCount: 0 },
};

function expectedAfter(before: Snapshot, from: CommandStatus, event: CommandEvent): Snapshot {
	const move = commandTransitions.find((candidate) => candidate.from === from && candidate.event === event);
	if (move === undefined) return before;
	const lines = move.audit.filter((type) => type !== 'RECEIVED');
	return {
		status: move.to,
		trail: [...before.trail, ...lines],
		receiptCount: before.receiptCount + move.audit.length - lines.length,
		replies: [...before.replies, ...(move.reply === undefined ? [] : [move.reply])],
		...messageAfter[move.message],
	};
}

/** Takes what is still live out of the way of the next attempt. */
async function clear(subject: BackendSubject, last: ReceivedCommand): Promise<void> {
	await subject.elapse(longMs);
	const { commands } = await subject.backend.commands.receive(aReceive({ defaultMaxAttempts: 99 }));
	for (const received of commands) await settle(subject, received, completed());
	expect(await everythingOf(subject, last)).toMatchObject({ messages: [] });
}
