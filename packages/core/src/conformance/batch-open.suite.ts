/** Guarantee: a batch is accepted as a whole or not at all, and can be read with its members in the order in which they were sent. */
import { describe, expect, it } from 'vitest';
import type { NewCommand } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import { isCommandBusError } from '../errors.ts';
import { openBatch, progressOf, settleEach, typesOf } from './batch-scenario.ts';
import { aBatch, aCommand, commands, completed, domain, otherDomain } from './builders.ts';
import { everyPage, expectPageRules } from './paging.ts';
import {
	eventOf,
	failureOf,
	first,
	openWith,
	receiveAll,
	receiveOne,
	recordOf,
	send,
	settle,
	trailOf,
} from './scenario.ts';
import type { OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function batchOpenSuite(name: string, open: OpenSubject): void {
	describe(`${name}: opening batches`, () => {
		it('B1 B2 stores the batch, its commands and their audit with the batch id', async () => {
			const subject = await openWith(open);
			const members = commands(3);
			const custom = { name: 'March statements', customData: { month: '2026-03', pages: [1, 2] } };

			const batch = await openBatch(subject, members, custom);

			const { domain, batchId } = batch;
			expect(await progressOf(subject, batch)).toMatchObject({
				...custom,
				domain,
				batchId,
				status: 'PENDING',
				completionQueue: null,
				totalCount: 3,
				completedCount: 0,
				failedCount: 0,
				canceledCount: 0,
				parkedCount: 0,
				startedAt: null,
				completedAt: null,
			});
			for (const member of members) {
				expect(await recordOf(subject, member)).toMatchObject({ status: 'PENDING', batchId });
				expect((await eventOf(subject, member, 'SENT')).details).toMatchObject({ batchId });
			}
			const { items: listed } = await subject.backend.queries.list({ batchId }, {});
			expect(listed).toHaveLength(3);
			expect(await subject.messages(queue)).toHaveLength(3);
			expect(first(await receiveAll(subject)).batchId).toBe(batchId);
			expect(await typesOf(subject, batch)).toEqual(['BATCH_CREATED', 'BATCH_STARTED']);
		});

		it('B3 refuses an empty batch', async () => {
			const subject = await openWith(open);
			const batch = aBatch();

			const error = await failureOf(subject.backend.batches.open(batch, [[], []]));

			expect(isCommandBusError(error, 'invalid-argument')).toBe(true);
			expect(await subject.backend.batches.get(batch)).toBeUndefined();
		});

		it('B4 B5 stores nothing when an id comes twice or exists already, also over several chunks', async () => {
			const subject = await openWith(open);
			const existing = await send(subject);
			const [one, two] = commands(2) as [NewCommand, NewCommand];
			const batch = aBatch();

			const twice = await subject.backend.batches.open(batch, [[one, two], [one]]);
			const known = await subject.backend.batches.open(batch, [[one], [existing, two]]);

			expect(twice).toMatchObject({
				kind: 'refused',
				outcomes: [{ kind: 'not-stored' }, { kind: 'not-stored' }, { kind: 'duplicate' }],
			});
			expect(known).toMatchObject({
				kind: 'refused',
				outcomes: [{ kind: 'not-stored' }, { kind: 'duplicate' }, { kind: 'not-stored' }],
			});
			expect(await subject.backend.batches.get(batch)).toBeUndefined();
			expect(await subject.backend.queries.getMany([one, two])).toEqual([undefined, undefined]);
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('B5 refuses a batch id that exists, an unknown completion queue and an unknown domain', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(1));
			const { batches } = subject.backend;
			const astray = aBatch({ domain: 'nowhere' });

			const again = await batches.open(batch, [commands(1)]);
			const unanswerable = await batches.open(aBatch({ completionQueue: 'nowhere' }), [commands(1)]);
			const nowhere = await batches.open(astray, [[aCommand({ domain: 'nowhere' })]]);

			expect(again).toEqual({ kind: 'duplicate-batch' });
			expect(unanswerable).toEqual({ kind: 'completion-queue-not-found' });
			expect(nowhere).toEqual({ kind: 'refused', outcomes: [{ kind: 'domain-not-found' }] });
			expect(await progressOf(subject, batch)).toMatchObject({ totalCount: 1 });
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('B1 A11 opens with the caller, or not at all', async () => {
			const subject = await openWith(open);
			const [kept, dropped] = [aBatch(), aBatch()];

			await subject.transaction((tx) => subject.backend.batches.open(kept, [commands(2)], tx));
			const rollback = subject.transaction(async (tx) => {
				expect(await subject.backend.batches.open(dropped, [commands(2)], tx)).toEqual({ kind: 'opened' });
				throw new RangeError('the caller changed its mind');
			});

			await expect(rollback).rejects.toThrow(RangeError);
			expect(await progressOf(subject, kept)).toMatchObject({ totalCount: 2 });
			expect(await subject.backend.batches.get(dropped)).toBeUndefined();
			expect(await subject.messages(queue)).toHaveLength(2);
		});

		it('B21 keeps batches of two domains with one id apart', async () => {
			const subject = await openWith(open, otherDomain);
			const here = await openBatch(subject, commands(1));
			const there = await openBatch(subject, commands(2, { domain: otherDomain }), {
				domain: otherDomain,
				batchId: here.batchId,
			});

			await settle(subject, await receiveOne(subject), completed());
			const finished = await subject.backend.batches.finish();

			expect(finished.map((batch) => batch.domain)).toEqual([domain]);
			expect(await progressOf(subject, here)).toMatchObject({ status: 'COMPLETED', totalCount: 1, completedCount: 1 });
			expect(await progressOf(subject, there)).toMatchObject({ status: 'PENDING', totalCount: 2, completedCount: 0 });
			expect(await typesOf(subject, there)).toEqual(['BATCH_CREATED']);
		});
	});

	describe(`${name}: reading batches`, () => {
		it('lists batches newest first, by filter and in pages', async () => {
			const subject = await openWith(open, otherDomain);
			const one = await openBatch(subject, commands(1));
			await settleEach(subject, await receiveAll(subject), completed());
			await subject.backend.batches.finish();
			await subject.elapse(1_000);
			const two = await openBatch(subject, commands(1));
			const elsewhere = await openBatch(subject, commands(1, { domain: otherDomain }), { domain: otherDomain });
			const { batches } = subject.backend;
			const { createdAt } = await progressOf(subject, two);

			const idsOf = async (filter: Parameters<typeof batches.list>[0]): Promise<readonly string[]> =>
				(await batches.list(filter, {})).items.map(({ batchId }) => batchId).sort();

			expect(await idsOf({})).toEqual([one, two, elsewhere].map(({ batchId }) => batchId).sort());
			expect(await idsOf({ domain, status: 'COMPLETED' })).toEqual([one.batchId]);
			expect(await idsOf({ domain: otherDomain })).toEqual([elsewhere.batchId]);
			expect(await idsOf({ domain: otherDomain, status: 'IN_PROGRESS' })).toEqual([]);
			expect(await idsOf({ createdFrom: createdAt, createdTo: createdAt })).toContain(two.batchId);
			const { items } = await batches.list({}, {});
			const times = items.map((batch) => batch.createdAt.getTime());
			expect(times).toEqual([...times].sort((a, b) => b - a));
			await expectPageRules((page) => batches.list({}, page), 3);
		});

		it('lists members in order of sending, in pages, with where they are', async () => {
			const subject = await openWith(open);
			const members = commands(5);
			const batch = await openBatch(subject, members);
			await settle(subject, await receiveOne(subject, { limit: 1 }), completed());

			const read = await everyPage((cursor) => subject.backend.batches.members(batch, { limit: 2, cursor }));

			expect(read.map(({ commandId }) => commandId)).toEqual(members.map(({ commandId }) => commandId));
			expect(read.map(({ status }) => status)).toEqual(['COMPLETED', 'PENDING', 'PENDING', 'PENDING', 'PENDING']);
			await expectPageRules((page) => subject.backend.batches.members(batch, page), 5);
			expect(await trailOf(subject, first(members))).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		});

		it('knows nothing of a batch that does not exist', async () => {
			const subject = await openWith(open);
			const unknown = aBatch();

			expect(await subject.backend.batches.get(unknown)).toBeUndefined();
			expect(await subject.backend.batches.members(unknown, {})).toEqual({ items: [] });
			expect(await subject.backend.batches.history(unknown)).toEqual([]);
			expect(await subject.backend.batches.finish([unknown])).toEqual([]);
		});
	});
}
