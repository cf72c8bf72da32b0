/** Guarantee: an answer is handed out until somebody has answered for it, to one receiver at a time, and is never dropped. */
import { describe, expect, it } from 'vitest';
import { isCommandBusError } from '../errors.ts';
import type { ReceivedReply } from '../ports/reply-channel.ts';
import { cancelOf, completed, replyQueue } from './builders.ts';
import { elapseAll, failureOf, first, only, openWith, park, receiveReply, sendAndSettle } from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

export function replyChannelSuite(name: string, open: OpenSubject): void {
	describe(`${name}: receiving replies`, () => {
		it('hands out replies as they lie on the queue, oldest first, as many as asked for', async () => {
			const subject = await openWith(open);
			const one = await sendAndSettle(subject, completed({ amount: 1 }));
			await subject.putMessage(replyQueue, ['anything', { at: 'all' }]);

			const [first] = await subject.backend.replies.receive(replyQueue, 1, 30);
			const [second] = await subject.backend.replies.receive(replyQueue, 10, 30);

			expect(first?.lease).toMatchObject({ queue: replyQueue, attempt: 1 });
			expect(first?.body).toMatchObject({ kind: 'reply', command_id: one.commandId, data: { amount: 1 } });
			expect(first?.enqueuedAt).toBeInstanceOf(Date);
			expect(second?.body).toEqual(['anything', { at: 'all' }]);
			expect(await subject.backend.replies.receive(replyQueue, 10, 30)).toEqual([]);
		});

		it('hands on the headers of the command with its reply and its notices, whoever resolved it', async () => {
			const subject = await openWith(open);
			const headers = { traceparent: '00-1-2-01', tenant: 'a' };
			await sendAndSettle(subject, completed(), { headers });
			const parked = await park(subject, { headers, wantsNotices: true });
			await subject.backend.troubleshooting.act(cancelOf(parked));

			const answers = await subject.backend.replies.receive(replyQueue, 10, 30);

			expect(answers).toHaveLength(3);
			for (const answer of answers) expect(answer.headers).toMatchObject(headers);
		});

		it('refuses an unknown queue by name', async () => {
			const subject = await openWith(open);

			const error = await failureOf(subject.backend.replies.receive('nowhere', 1, 30));

			expect(isCommandBusError(error, 'reply-queue-not-found')).toBe(true);
		});

		it('hands out a reply again when nobody answered for it, and lets the late holder do nothing', async () => {
			const subject = await openWith(open);
			await subject.putMessage(replyQueue, { number: 1 });
			const late = await receiveReply(subject, replyQueue);
			await elapseAll(subject);

			await useEveryWay(subject, late);
			const again = await receiveReply(subject, replyQueue);
			await useEveryWay(subject, late);

			expect(again).toMatchObject({ body: { number: 1 }, lease: { messageId: late.lease.messageId, attempt: 2 } });
			expect(await subject.messages(replyQueue)).toHaveLength(1);
			expect(await subject.backend.replies.listUnhandled(replyQueue, 10)).toEqual([]);
			expect(await subject.backend.replies.receive(replyQueue, 10, 30)).toEqual([]);
		});

		it('removes what is acknowledged, and nothing else', async () => {
			const subject = await openWith(open);
			for (const number of [1, 2, 3]) await subject.putMessage(replyQueue, { number });
			const [one, two, three] = await subject.backend.replies.receive(replyQueue, 10, 30);

			await subject.backend.replies.acknowledge([one, three].flatMap((reply) => reply?.lease ?? []));

			expect(only(await subject.messages(replyQueue)).body).toEqual({ number: 2 });
			await elapseAll(subject);
			expect((await receiveReply(subject, replyQueue)).lease.messageId).toBe(two?.lease.messageId);
		});

		it('makes a reply due again after a delay', async () => {
			const subject = await openWith(open);
			await subject.putMessage(replyQueue, { number: 1 });
			const { lease } = await receiveReply(subject, replyQueue);

			await subject.backend.replies.retryLater([lease], 120);
			await subject.elapse(60_000);
			const tooEarly = await subject.backend.replies.receive(replyQueue, 10, 30);
			await subject.elapse(61_000);

			expect(tooEarly).toEqual([]);
			expect((await receiveReply(subject, replyQueue)).lease).toMatchObject({ attempt: 2 });
		});

		it('O5 sets a reply aside where operators see it, with the reason, newest first', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('web_replies');
			for (const queue of [replyQueue, 'web_replies']) {
				const messageId = await subject.putMessage(queue, { from: queue });
				const { lease } = await receiveReply(subject, queue);
				await subject.backend.replies.setAside([{ lease, reason: `nobody knows ${messageId}` }]);
			}

			const all = await subject.backend.replies.listUnhandled(undefined, 10);

			expect(all.map(({ queue }) => queue)).toEqual(['web_replies', replyQueue]);
			const { messageId } = first(await subject.archived(replyQueue));
			expect(only(await subject.backend.replies.listUnhandled(replyQueue, 10))).toMatchObject({
				queue: replyQueue,
				messageId,
				reason: `nobody knows ${messageId}`,
				body: { from: replyQueue },
			});
			expect(only(await subject.backend.replies.listUnhandled(undefined, 1)).queue).toBe('web_replies');
			expect(await subject.messages(replyQueue)).toEqual([]);
		});

		it('O8 never leases a reply to two concurrent receivers', async () => {
			const subject = await openWith(open);
			for (let number = 0; number < 40; number++) await subject.putMessage(replyQueue, { number });

			const shares = await Promise.all(
				Array.from({ length: 8 }, () => subject.backend.replies.receive(replyQueue, 7, 30)),
			);

			const ids = shares.flat().map(({ lease }) => lease.messageId);
			expect(new Set(ids).size).toBe(ids.length);
		});
	});
}

/** Everything a holder can do with a reply. */
async function useEveryWay(subject: BackendSubject, { lease }: ReceivedReply): Promise<void> {
	await subject.backend.replies.acknowledge([lease]);
	await subject.backend.replies.retryLater([lease], 0);
	await subject.backend.replies.setAside([{ lease, reason: 'too late' }]);
}
