/**
 * Guarantee: effectively once. What a handler writes in its transaction and the completion of its command commit together, under a
 * lease that still runs, or not at all.
 */
import { describe, expect, it } from 'vitest';
import { isCommandBusError } from '../errors.ts';
import type { ReceivedCommand } from '../model/command-record.ts';
import { aCommand, completed, longMs, retriedLater } from './builders.ts';
import {
	elapseAll,
	failureOf,
	only,
	openWith,
	receiveOne,
	recordOf,
	repliesOf,
	send,
	settle,
	trailOf,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

export function commandTransactionSuite(name: string, open: OpenSubject): void {
	describe(`${name}: completing in the handler's transaction`, () => {
		it('D9 commits the work and the completion together', async () => {
			const subject = await openWith(open);
			const received = await sendAndReceive(subject);
			const child = aCommand();

			const result = await subject.backend.commands.completeInTransaction(received, async (tx) => {
				await subject.backend.commands.accept([child], tx);
				const seenOutside = await subject.backend.queries.getMany([child]);
				return { childrenSeenOutside: seenOutside.filter((record) => record !== undefined).length };
			});

			expect(result).toEqual({ childrenSeenOutside: 0 });
			expect(await recordOf(subject, child)).toMatchObject({ status: 'PENDING' });
			expect(await recordOf(subject, received)).toMatchObject({ status: 'COMPLETED', result });
			expect(await trailOf(subject, received)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
			expect(only(await repliesOf(subject, received))).toMatchObject({ outcome: 'SUCCESS', data: result });
		});

		it('D9 keeps nothing when the work throws, and the lease still stands', async () => {
			const subject = await openWith(open);
			const received = await sendAndReceive(subject);
			const child = aCommand();

			const attempt = subject.backend.commands.completeInTransaction(received, async (tx) => {
				await subject.backend.commands.accept([child], tx);
				throw new RangeError('out of stock');
			});

			await expect(attempt).rejects.toThrow('out of stock');
			expect(await subject.backend.queries.getMany([child])).toEqual([undefined]);
			expect(await recordOf(subject, received)).toMatchObject({ status: 'IN_PROGRESS' });
			expect(await repliesOf(subject, received)).toEqual([]);
			expect(await settle(subject, received, completed())).toEqual({ kind: 'settled' });
		});

		it('D9 D4 does not begin the work under a lost lease', async () => {
			const subject = await openWith(open);
			const received = await sendAndReceive(subject);
			await elapseAll(subject);
			let hasRun = false;

			const error = await failureOf(
				subject.backend.commands.completeInTransaction(received, async () => {
					hasRun = true;
					return null;
				}),
			);

			expect(isCommandBusError(error, 'lease-lost')).toBe(true);
			expect(hasRun).toBe(false);
		});

		it('D9 D4 does not begin the work of a command that waits for its next attempt', async () => {
			const subject = await openWith(open);
			const received = await sendAndReceive(subject);
			await settle(subject, received, retriedLater(60));
			let hasRun = false;

			const error = await failureOf(
				subject.backend.commands.completeInTransaction(received, async () => {
					hasRun = true;
					return null;
				}),
			);

			expect(isCommandBusError(error, 'lease-lost')).toBe(true);
			expect(hasRun).toBe(false);
		});

		it('D9 S6 keeps nothing when the lease runs out during the work', async () => {
			const subject = await openWith(open);
			const received = await sendAndReceive(subject);
			const child = aCommand();

			const error = await failureOf(
				subject.backend.commands.completeInTransaction(received, async (tx) => {
					await subject.backend.commands.accept([child], tx);
					await subject.elapse(longMs);
					return null;
				}),
			);

			expect(isCommandBusError(error, 'lease-lost')).toBe(true);
			expect(await subject.backend.queries.getMany([child])).toEqual([undefined]);
			expect(await repliesOf(subject, received)).toEqual([]);
			expect(await receiveOne(subject)).toMatchObject({ commandId: received.commandId, lease: { attempt: 2 } });
		});

		it('D9 C12 may be extended while the work runs', async () => {
			const subject = await openWith(open);
			const received = await sendAndReceive(subject);

			const lost = await subject.backend.commands.completeInTransaction(received, async () => {
				const reported = await subject.backend.commands.extend(received.domain, [received.lease], 60);
				return reported.length;
			});

			expect(lost).toBe(0);
			expect(await recordOf(subject, received)).toMatchObject({ status: 'COMPLETED' });
		});

		it('D3 D9 keeps nothing when the reply queue is gone, and names it', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const received = await sendAndReceive(subject, 'gone_replies');
			await subject.dropQueue('gone_replies');
			const child = aCommand();

			const error = await failureOf(
				subject.backend.commands.completeInTransaction(received, async (tx) => {
					await subject.backend.commands.accept([child], tx);
					return null;
				}),
			);

			expect(isCommandBusError(error, 'reply-queue-not-found')).toBe(true);
			expect(error).toMatchObject({ replyTo: 'gone_replies' });
			expect(await subject.backend.queries.getMany([child])).toEqual([undefined]);
			expect(await recordOf(subject, received)).toMatchObject({ status: 'IN_PROGRESS' });
		});
	});
}

async function sendAndReceive(subject: BackendSubject, replyTo?: string): Promise<ReceivedCommand> {
	await send(subject, replyTo === undefined ? {} : { replyTo });
	return receiveOne(subject);
}
