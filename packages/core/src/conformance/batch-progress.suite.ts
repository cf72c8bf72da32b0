/**
 * Guarantee: a batch starts once and finishes once. Its counts are those of its members, whatever is delivered twice, parked, retried or settled at the
 * same time.
 */
import { describe, expect, it } from 'vitest';
import { domainQueues } from '../model/ids.ts';
import { openBatch, progressOf, settleEach, typesOf } from './batch-scenario.ts';
import {
	cancelOf,
	commands,
	completeOf,
	completed,
	domain,
	failed,
	parkedWith,
	retriedLater,
	retryOf,
} from './builders.ts';
import { elapseAll, only, openWith, receiveAll, receiveOne, settle } from './scenario.ts';
import type { OpenSubject } from './subject.ts';

export function batchProgressSuite(name: string, open: OpenSubject): void {
	describe(`${name}: the progress of a batch`, () => {
		it('B6 B7 starts with its first receive, once, also under concurrent receives', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(40));

			await Promise.all(Array.from({ length: 8 }, () => receiveAll(subject, { limit: 3 })));

			const { status, startedAt } = await progressOf(subject, batch);
			expect(status).toBe('IN_PROGRESS');
			expect(startedAt).toBeInstanceOf(Date);
			expect(await typesOf(subject, batch)).toEqual(['BATCH_CREATED', 'BATCH_STARTED']);
		});

		it('B8 finishes once when all members have completed, by whoever asks first', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(3));
			const received = await receiveAll(subject);
			await settleEach(subject, received.slice(1), completed());
			expect(await subject.backend.batches.finish([batch])).toEqual([]);
			await settleEach(subject, received.slice(0, 1), completed());

			const finishes = await Promise.all([1, 2, 3, 4].map(() => subject.backend.batches.finish([batch])));

			const record = only(finishes.flat());
			expect(record).toMatchObject({ batchId: batch.batchId, status: 'COMPLETED', totalCount: 3, completedCount: 3 });
			expect(record.completedAt).toBeInstanceOf(Date);
			expect(await progressOf(subject, batch)).toEqual(record);
			expect(await typesOf(subject, batch)).toEqual(['BATCH_CREATED', 'BATCH_STARTED', 'BATCH_COMPLETED']);
			expect(await subject.backend.batches.finish()).toEqual([]);
		});

		it('B8 finishes a batch whose commands were all there already', async () => {
			const subject = await openWith(open);
			const known = commands(2).map((command) => ({ ...command, onDuplicate: 'return-existing' as const }));
			await subject.backend.commands.accept(known);
			const batch = await openBatch(subject, known);

			const finished = await subject.backend.batches.finish([batch]);

			expect(only(finished)).toMatchObject({ batchId: batch.batchId, status: 'COMPLETED', totalCount: 0 });
			expect(await subject.backend.batches.finish()).toEqual([]);
		});

		it('B9 B10 B14 finishes with failures when a member failed or was canceled', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(5));
			const [one, two, three, four, five] = await receiveAll(subject);
			await settleEach(subject, [one, two], completed());
			await settleEach(subject, [three], failed());
			await settleEach(subject, [four], parkedWith());
			await subject.backend.commands.release(domain, five === undefined ? [] : [five.lease]);

			if (four !== undefined) await subject.backend.troubleshooting.act(cancelOf(four));
			if (five !== undefined) await subject.backend.commands.cancel(five, 'no longer needed');
			const finished = only(await subject.backend.batches.finish([batch]));

			const counts = { totalCount: 5, completedCount: 2, failedCount: 1, canceledCount: 2, parkedCount: 0 };
			expect(finished).toMatchObject({ status: 'COMPLETED_WITH_FAILURES', ...counts });
		});

		it('B11 B12 stays open while a member is parked, and finishes once after it was retried', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(2));
			const [one, two] = await receiveAll(subject);
			await settleEach(subject, [one], completed());
			await settleEach(subject, [two], parkedWith());

			const whileParked = await subject.backend.batches.finish([batch]);
			const progressWhileParked = await progressOf(subject, batch);
			if (two !== undefined) await subject.backend.troubleshooting.act(retryOf(two));
			const whileRetried = await progressOf(subject, batch);
			await settle(subject, await receiveOne(subject), completed());
			const finished = await subject.backend.batches.finish([batch]);

			expect(whileParked).toEqual([]);
			expect(progressWhileParked).toMatchObject({ status: 'IN_PROGRESS', completedCount: 1, parkedCount: 1 });
			expect(whileRetried).toMatchObject({ status: 'IN_PROGRESS', completedCount: 1, parkedCount: 0 });
			expect(only(finished)).toMatchObject({ status: 'COMPLETED', completedCount: 2 });
			expect(await typesOf(subject, batch)).toEqual(['BATCH_CREATED', 'BATCH_STARTED', 'BATCH_COMPLETED']);
		});

		it('M3 names the batch that an act may have finished, so that it can be finished at once', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(3));
			const [one, two, three] = await receiveAll(subject);
			await settleEach(subject, [one, two, three], parkedWith());
			if (one === undefined || two === undefined || three === undefined) expect.fail('too few were received');

			const canceled = await subject.backend.troubleshooting.act(cancelOf(one));
			const completedByHand = await subject.backend.troubleshooting.act(completeOf(two));
			expect(await subject.backend.batches.finish([batch])).toEqual([]);
			await subject.backend.troubleshooting.act(cancelOf(three));
			const finished = await subject.backend.batches.finish([batch]);

			expect([canceled, completedByHand]).toMatchObject([{ batchId: batch.batchId }, { batchId: batch.batchId }]);
			const counts = { completedCount: 1, canceledCount: 2, parkedCount: 0 };
			expect(only(finished)).toMatchObject({ status: 'COMPLETED_WITH_FAILURES', ...counts });
		});

		it('B13 counts a member once, whatever is delivered or settled twice', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(2));
			const late = await receiveAll(subject);
			await elapseAll(subject);
			const again = await receiveAll(subject);

			await settleEach(subject, again, completed());
			await settleEach(subject, [...late, ...again], failed());

			const counts = { completedCount: 2, failedCount: 0, canceledCount: 0, parkedCount: 0 };
			expect(await progressOf(subject, batch)).toMatchObject(counts);
			expect(only(await subject.backend.batches.finish())).toMatchObject({ status: 'COMPLETED', ...counts });
		});

		it('B14 never counts below zero or past the total while members are settled and resolved concurrently', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(40));
			const received = await receiveAll(subject);
			const outcomes = [completed(), failed(), parkedWith(), retriedLater(10)];

			await Promise.all(received.map((command, index) => settle(subject, command, outcomes[index % 4] ?? completed())));
			const settled = await progressOf(subject, batch);
			const parked = received.filter((_, index) => index % 4 === 2);
			await Promise.all(
				parked.flatMap((command) => [
					subject.backend.troubleshooting.act(cancelOf(command)),
					subject.backend.troubleshooting.act(retryOf(command)),
				]),
			);
			const resolved = await progressOf(subject, batch);

			expect(settled).toMatchObject({ completedCount: 10, failedCount: 10, canceledCount: 0, parkedCount: 10 });
			expect(resolved).toMatchObject({ totalCount: 40, completedCount: 10, failedCount: 10, parkedCount: 0 });
			expect(resolved.canceledCount).toBeLessThanOrEqual(10);
			await elapseAll(subject);
			await settleEach(subject, await receiveAll(subject), completed());
			const { completedCount, failedCount, canceledCount } = only(await subject.backend.batches.finish([batch]));
			expect(completedCount + failedCount + canceledCount).toBe(40);
			expect(canceledCount).toBe(resolved.canceledCount);
		});

		it('B18 finishes a batch whose last settler died before saying so, and tells the completion queue', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('batch_ends');
			const batch = await openBatch(subject, commands(2), { completionQueue: 'batch_ends' });
			await settleEach(subject, await receiveAll(subject), completed());

			const finished = only(await subject.backend.batches.finish());
			await subject.backend.batches.finish([batch]);

			expect(finished).toMatchObject({ batchId: batch.batchId, completionQueue: 'batch_ends' });
			expect(only(await subject.messages('batch_ends')).body).toMatchObject({
				kind: 'batch_completed',
				batch_id: batch.batchId,
				domain,
				status: 'COMPLETED',
				total_count: 2,
				completed_count: 2,
				failed_count: 0,
				canceled_count: 0,
			});
		});

		it('B18 stays open while its completion queue is missing, and tells it when it is there again', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('batch_ends');
			const batch = await openBatch(subject, commands(1), { completionQueue: 'batch_ends' });
			await settleEach(subject, await receiveAll(subject), completed());
			await subject.dropQueue('batch_ends');

			expect(await subject.backend.batches.finish([batch])).toEqual([]);
			await subject.backend.domains.createReplyQueue('batch_ends');
			expect(await subject.backend.batches.finish([batch])).toHaveLength(1);

			expect(only(await subject.messages('batch_ends')).body).toMatchObject({ batch_id: batch.batchId });
			expect(await typesOf(subject, batch)).toEqual(['BATCH_CREATED', 'BATCH_STARTED', 'BATCH_COMPLETED']);
		});

		it('B19 tells nobody where no completion queue was named', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(1, { replyTo: undefined }));
			await settleEach(subject, await receiveAll(subject), completed());

			await subject.backend.batches.finish();

			expect(await subject.messages(domainQueues(domain).replies)).toEqual([]);
			expect(await progressOf(subject, batch)).toMatchObject({ status: 'COMPLETED' });
		});
	});
}
