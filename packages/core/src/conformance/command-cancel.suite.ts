/** Guarantee: a sender may take back a command as long as nobody works on it, and hears so like of any other end. */
import { describe, expect, it } from 'vitest';
import { domainQueues } from '../model/ids.ts';
import { aCommand, aReceive, commands, completed, domain, longMs, retriedLater } from './builders.ts';
import {
	eventOf,
	only,
	openWith,
	receiveAll,
	receiveOne,
	recordOf,
	repliesOf,
	send,
	sendAndSettle,
	settle,
	trailOf,
} from './scenario.ts';
import type { OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function commandCancelSuite(name: string, open: OpenSubject): void {
	describe(`${name}: canceling by the sender`, () => {
		it('A21 cancels a pending command: archived, audited, with a CANCELED reply', async () => {
			const subject = await openWith(open);
			const command = await send(subject);

			const outcome = await subject.backend.commands.cancel(command, 'ordered twice');

			expect(outcome).toEqual({ kind: 'canceled' });
			const record = await recordOf(subject, command);
			expect(record).toMatchObject({ status: 'CANCELED', attempts: 0 });
			expect(record.completedAt).toBeInstanceOf(Date);
			expect(only(await subject.archived(queue)).messageId).toBe(record.messageId);
			expect(await receiveAll(subject)).toEqual([]);
			expect(await trailOf(subject, command)).toEqual(['SENT', 'CANCELED']);
			expect((await eventOf(subject, command, 'CANCELED')).details).toMatchObject({ reason: 'ordered twice' });
			const error = { code: 'CANCELED', message: 'ordered twice' };
			expect(only(await repliesOf(subject, command))).toMatchObject({ outcome: 'CANCELED', data: null, error });
		});

		it('A21 keeps the attempts that were used before, also of leases that ran out', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			await receiveOne(subject);
			await subject.elapse(longMs);
			await subject.backend.commands.release(domain, [(await receiveOne(subject)).lease]);

			expect(await subject.backend.commands.cancel(command, undefined)).toEqual({ kind: 'canceled' });

			expect(await recordOf(subject, command)).toMatchObject({ status: 'CANCELED', attempts: 1 });
			expect(await eventOf(subject, command, 'CANCELED')).toMatchObject({ attempt: 1 });
		});

		it('A21 refuses while the command is leased or after it ended, naming the status', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed());
			const leased = await send(subject);
			await receiveOne(subject);

			const { commands: store } = subject.backend;
			expect(await store.cancel(leased, 'too late')).toEqual({ kind: 'not-pending', status: 'IN_PROGRESS' });
			expect(await store.cancel(done, 'too late')).toEqual({ kind: 'not-pending', status: 'COMPLETED' });
			expect(await store.cancel(aCommand(), 'never sent')).toEqual({ kind: 'not-found' });
			await subject.elapse(longMs);
			expect(await store.cancel(leased, 'too late')).toEqual({ kind: 'not-pending', status: 'IN_PROGRESS' });
			expect(await trailOf(subject, leased)).toEqual(['SENT', 'RECEIVED']);
		});

		it('A21 cancels a command that waits for its next attempt', async () => {
			const subject = await openWith(open);
			const command = await sendAndSettle(subject, retriedLater(60));

			const outcome = await subject.backend.commands.cancel(command, undefined);

			expect(outcome).toEqual({ kind: 'canceled' });
			expect(await recordOf(subject, command)).toMatchObject({ status: 'CANCELED', attempts: 1 });
			await subject.elapse(longMs);
			expect(await receiveAll(subject)).toEqual([]);
		});

		it('A21 changes nothing when the reply queue is gone', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const command = await send(subject, { replyTo: 'gone_replies' });
			await subject.dropQueue('gone_replies');

			const outcome = await subject.backend.commands.cancel(command, 'ordered twice');

			expect(outcome).toEqual({ kind: 'reply-queue-not-found', replyTo: 'gone_replies' });
			expect(await recordOf(subject, command)).toMatchObject({ status: 'PENDING' });
			expect(await trailOf(subject, command)).toEqual(['SENT']);
		});

		it('A21 cancels with the caller, or not at all', async () => {
			const subject = await openWith(open);
			const command = await send(subject);

			const rollback = subject.transaction(async (tx) => {
				expect(await subject.backend.commands.cancel(command, 'ordered twice', tx)).toEqual({ kind: 'canceled' });
				throw new RangeError('the caller changed its mind');
			});

			await expect(rollback).rejects.toThrow(RangeError);
			expect(await recordOf(subject, command)).toMatchObject({ status: 'PENDING' });
			expect(await repliesOf(subject, command)).toEqual([]);
			expect((await receiveOne(subject)).commandId).toBe(command.commandId);
		});

		it('A21 lets either the cancel or the receive win, never both', async () => {
			const subject = await openWith(open);
			const many = commands(20);
			await subject.backend.commands.acceptAll(many);

			const [received, ...outcomes] = await Promise.all([
				subject.backend.commands.receive(aReceive({ limit: 20 })),
				...many.map((command) => subject.backend.commands.cancel(command, 'raced')),
			]);

			const canceled = many.filter((_, index) => outcomes[index]?.kind === 'canceled');
			const leased = [...received.commands, ...(await receiveAll(subject))];
			const ids = [...canceled, ...leased].map(({ commandId }) => commandId);
			expect(ids.sort()).toEqual(many.map(({ commandId }) => commandId).sort());
			for (const command of leased) expect(await settle(subject, command, completed())).toEqual({ kind: 'settled' });
		});
	});
}
