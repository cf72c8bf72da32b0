/**
 * Guarantee: a bulk acts on what was previewed and on nothing else, and each of its items ends with exactly one result, whoever else acts
 * meanwhile and however often its workers die.
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../model/new-id.ts';
import { isCommandBusError } from '../errors.ts';
import type { BulkItem, BulkRecord } from '../model/bulk.ts';
import type { ReceivedCommand } from '../model/command-record.ts';
import type { FrozenBulk } from '../ports/troubleshooting-store.ts';
import {
	aBulk,
	cancelOf,
	commands,
	domain,
	operator,
	otherDomain,
	parkedWith,
	replyQueue,
	retryOf,
} from './builders.ts';
import { everyPage, expectPageRules } from './paging.ts';
import {
	eventOf,
	failureOf,
	openWith,
	park,
	receiveAll,
	receiveOne,
	recordOf,
	repliesOf,
	settle,
	trailOf,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

export function bulkSuite(name: string, open: OpenSubject): void {
	describe(`${name}: previewing bulks`, () => {
		it('M10 freezes what matches now, with a digest and a breakdown, and touches nothing', async () => {
			const subject = await openWith(open, otherDomain);
			const parked = await parkMany(subject, 3);
			await park(subject, { domain: otherDomain });
			const bulk = aBulk({ action: { action: 'cancel', reason: 'obsolete' } });

			const preview = await subject.backend.troubleshooting.freezeBulk(bulk);

			expect(preview).toMatchObject({
				...bulk,
				status: 'PREVIEWED',
				totalCount: 3,
				doneCount: 0,
				skippedCount: 0,
				failedCount: 0,
				canceledCount: 0,
				startedAt: null,
				completedAt: null,
				breakdown: [{ domain, commandType: 'Charge', errorCode: 'ACCOUNT_CLOSED', count: 3 }],
			});
			expect(preview.digest).toMatch(/\S{16,}/u);
			expect(await subject.backend.troubleshooting.getBulk(bulk.bulkId)).toEqual(preview);
			const items = await itemsOf(subject, bulk.bulkId);
			expect(idsOf(items)).toEqual(idsOf(parked));
			expect(items.every(({ status }) => status === 'WAITING')).toBe(true);
			expect(await subject.backend.troubleshooting.count({ domain })).toBe(3);
			expect(await subject.backend.troubleshooting.workBulk(10)).toBeUndefined();
		});

		it('M10 acts on the previewed set, whatever was parked or resolved before the confirmation', async () => {
			const subject = await openWith(open);
			const previewed = await parkMany(subject, 3);
			const bulk = await freeze(subject);
			const newcomer = await park(subject);
			const [gone] = previewed;
			if (gone !== undefined) await subject.backend.troubleshooting.act(cancelOf(gone));

			const started = await subject.backend.troubleshooting.startBulk(bulk.bulkId, bulk.digest);
			await workOff(subject, bulk.bulkId);

			expect(started).toMatchObject({ kind: 'started', bulk: { status: 'RUNNING', totalCount: 3 } });
			expect(idsOf(await itemsOf(subject, bulk.bulkId))).toEqual(idsOf(previewed));
			expect(await recordOf(subject, newcomer)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE' });
		});

		it('M10 refuses a wrong digest, a second start and an unknown bulk', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 2);
			const other = await freeze(subject);
			await parkMany(subject, 1);
			const bulk = await freeze(subject);
			const startBulk = (bulkId: string, digest: string) => subject.backend.troubleshooting.startBulk(bulkId, digest);

			expect(await startBulk(bulk.bulkId, other.digest)).toEqual({ kind: 'wrong-digest' });
			expect(await subject.backend.troubleshooting.getBulk(bulk.bulkId)).toMatchObject({ status: 'PREVIEWED' });
			expect(await startBulk(bulk.bulkId, bulk.digest)).toMatchObject({ kind: 'started' });
			const again = { kind: 'not-previewed', bulk: { status: 'RUNNING' } };
			expect(await startBulk(bulk.bulkId, bulk.digest)).toMatchObject(again);
			expect(await startBulk(newId(), bulk.digest)).toEqual({ kind: 'not-found' });
			expect(await subject.backend.troubleshooting.getBulk(newId())).toBeUndefined();
		});
	});

	describe(`${name}: working bulks off`, () => {
		it('M4 ends every item with one result while others act, and explains what it skipped and what failed', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const unanswerable = await park(subject, { replyTo: 'gone_replies' });
			const [resolved, moved] = [await park(subject), await park(subject)];
			const parked = await parkMany(subject, 4);
			const bulk = await freeze(subject, { action: { action: 'cancel', reason: 'obsolete' } });
			for (const command of [moved, resolved]) {
				await subject.backend.troubleshooting.act({ ...retryOf(command), operator: { id: 'bob' } });
				if (command === moved) await settle(subject, await receiveOne(subject), parkedWith());
			}
			await subject.dropQueue('gone_replies');

			await subject.backend.troubleshooting.startBulk(bulk.bulkId, bulk.digest);
			const ended = await workOff(subject, bulk.bulkId);

			const counts = { totalCount: 7, doneCount: 4, skippedCount: 2, failedCount: 1, canceledCount: 0 };
			expect(ended).toMatchObject({ status: 'COMPLETED', ...counts });
			expect(ended.completedAt).toBeInstanceOf(Date);
			const items = await itemsOf(subject, bulk.bulkId);
			for (const command of [resolved, moved]) {
				const skipped = { status: 'SKIPPED', explanation: expect.stringMatching('bob') as string };
				expect(resultOf(items, command)).toMatchObject(skipped);
			}
			expect(await recordOf(subject, moved)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', generation: 2 });
			const failed = { status: 'FAILED', explanation: expect.stringMatching('gone_replies') as string };
			expect(resultOf(items, unanswerable)).toMatchObject(failed);
			for (const command of parked) {
				expect(resultOf(items, command)).toMatchObject({ status: 'DONE', explanation: null });
				expect(await recordOf(subject, command)).toMatchObject({ status: 'CANCELED' });
			}
			expect(items.every(({ settledAt }) => settledAt instanceof Date)).toBe(true);
			expect(await trailOf(subject, unanswerable)).not.toContain('OPERATOR_CANCEL');
		});

		it('M4 does to each item what an operator does to one: act, audit and reply', async () => {
			const subject = await openWith(open);
			const [command] = await parkMany(subject, 1);
			const result = { settledBy: 'bulk' };
			const bulk = await freeze(subject, { action: { action: 'complete', result, reason: 'paid in cash' } });

			await subject.backend.troubleshooting.startBulk(bulk.bulkId, bulk.digest);
			await workOff(subject, bulk.bulkId);

			if (command === undefined) expect.fail('nothing was parked');
			expect(await recordOf(subject, command)).toMatchObject({ status: 'COMPLETED', result });
			const { details } = await eventOf(subject, command, 'OPERATOR_COMPLETE');
			expect(details).toMatchObject({ operator, reason: 'paid in cash', result });
			expect(await repliesOf(subject, command)).toMatchObject([{ outcome: 'SUCCESS', data: result }]);
		});

		it('M11 never settles an item twice, by however many workers and in however small chunks', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 30);
			const bulk = await freeze(subject, { action: { action: 'cancel', reason: 'obsolete' } });
			await subject.backend.troubleshooting.startBulk(bulk.bulkId, bulk.digest);

			const one = await subject.backend.troubleshooting.workBulk(4, bulk.bulkId);
			await Promise.all([1, 2, 3].map(() => workOff(subject, bulk.bulkId)));

			expect(one).toMatchObject({ status: 'RUNNING', doneCount: 4 });
			const ended = await subject.backend.troubleshooting.getBulk(bulk.bulkId);
			expect(ended).toMatchObject({ status: 'COMPLETED', totalCount: 30, doneCount: 30, skippedCount: 0 });
			expect(await subject.messages(replyQueue)).toHaveLength(30);
			expect(await subject.backend.troubleshooting.workBulk(4)).toBeUndefined();
		});

		it('M12 touches nothing while paused, and goes on when resumed', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 5);
			const { bulkId, digest } = await freeze(subject);
			const { troubleshooting } = subject.backend;
			await troubleshooting.startBulk(bulkId, digest);
			await troubleshooting.workBulk(2, bulkId);

			const paused = await troubleshooting.moveBulk(bulkId, 'pause');
			const worked = [await troubleshooting.workBulk(10, bulkId), await troubleshooting.workBulk(10)];
			const countWhilePaused = await troubleshooting.count({ domain });
			const resumed = await troubleshooting.moveBulk(bulkId, 'resume');
			const ended = await workOff(subject, bulkId);

			expect(paused).toMatchObject({ kind: 'moved', bulk: { status: 'PAUSED', doneCount: 2 } });
			expect(worked).toEqual([undefined, undefined]);
			expect(countWhilePaused).toBe(3);
			expect(resumed).toMatchObject({ kind: 'moved', bulk: { status: 'RUNNING' } });
			expect(ended).toMatchObject({ status: 'COMPLETED', doneCount: 5 });
		});

		it('M12 ends the rest as canceled when canceled', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 5);
			const { bulkId, digest } = await freeze(subject);
			const { troubleshooting } = subject.backend;
			await troubleshooting.startBulk(bulkId, digest);
			await troubleshooting.workBulk(2, bulkId);

			const canceled = await troubleshooting.moveBulk(bulkId, 'cancel');

			const counts = { totalCount: 5, doneCount: 2, canceledCount: 3 };
			expect(canceled).toMatchObject({ kind: 'moved', bulk: { status: 'CANCELED', ...counts } });
			expect(await troubleshooting.workBulk(10)).toBeUndefined();
			expect(await troubleshooting.count({ domain })).toBe(3);
			for (const move of ['pause', 'resume', 'cancel'] as const) {
				const refused = { kind: 'not-allowed', bulk: { status: 'CANCELED' } };
				expect(await troubleshooting.moveBulk(bulkId, move)).toMatchObject(refused);
			}
			expect(await troubleshooting.moveBulk(newId(), 'cancel')).toEqual({ kind: 'not-found' });
		});

		it('M12 allows only moves that make sense where the bulk is', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 1);
			const previewed = await freeze(subject);
			const running = await freeze(subject);
			const { troubleshooting } = subject.backend;
			await troubleshooting.startBulk(running.bulkId, running.digest);

			const kinds = [
				await troubleshooting.moveBulk(previewed.bulkId, 'pause'),
				await troubleshooting.moveBulk(previewed.bulkId, 'resume'),
				await troubleshooting.moveBulk(running.bulkId, 'resume'),
				await troubleshooting.moveBulk(previewed.bulkId, 'cancel'),
			].map(({ kind }) => kind);
			await workOff(subject, running.bulkId);

			expect(kinds).toEqual(['not-allowed', 'not-allowed', 'not-allowed', 'moved']);
			expect(await troubleshooting.moveBulk(running.bulkId, 'cancel')).toMatchObject({ kind: 'not-allowed' });
			expect(await troubleshooting.getBulk(previewed.bulkId)).toMatchObject({ status: 'CANCELED', canceledCount: 1 });
		});

		it('ends a bulk over nothing without a result', async () => {
			const subject = await openWith(open);
			const bulk = await freeze(subject);

			await subject.backend.troubleshooting.startBulk(bulk.bulkId, bulk.digest);
			await workOff(subject, bulk.bulkId);

			const ended = { status: 'COMPLETED', totalCount: 0 };
			expect(await subject.backend.troubleshooting.getBulk(bulk.bulkId)).toMatchObject(ended);
		});

		it('M4 makes a new bulk of the items that were skipped or failed and are still parked', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const failed = await park(subject, { replyTo: 'gone_replies' });
			await parkMany(subject, 2);
			const source = await freeze(subject, { action: { action: 'cancel', reason: 'obsolete' } });
			await subject.dropQueue('gone_replies');
			await subject.backend.troubleshooting.startBulk(source.bulkId, source.digest);
			await workOff(subject, source.bulkId);

			const bulk = aBulk({ action: { action: 'retry' } });
			const again = await subject.backend.troubleshooting.freezeBulkOfUnsettled(bulk, source.bulkId);
			await subject.backend.troubleshooting.startBulk(again.bulkId, again.digest);
			const ended = await workOff(subject, again.bulkId);

			expect(again).toMatchObject({ status: 'PREVIEWED', totalCount: 1 });
			expect(idsOf(await itemsOf(subject, again.bulkId))).toEqual([failed.commandId]);
			expect(ended).toMatchObject({ status: 'COMPLETED', doneCount: 1 });
			const unknown = await failureOf(subject.backend.troubleshooting.freezeBulkOfUnsettled(aBulk(), newId()));
			expect(isCommandBusError(unknown, 'bulk-not-found')).toBe(true);
		});
	});

	describe(`${name}: reading bulks`, () => {
		it('lists bulks newest first and their items by status, in pages', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 7);
			const bulks = [await freeze(subject)];
			await subject.elapse(1_000);
			bulks.push(await freeze(subject), await freeze(subject));
			const [first] = bulks;
			if (first === undefined) expect.fail('no bulk');
			const { troubleshooting } = subject.backend;
			await troubleshooting.startBulk(first.bulkId, first.digest);
			await troubleshooting.workBulk(3, first.bulkId);

			const { items: listed } = await troubleshooting.listBulks({});
			const done = await troubleshooting.bulkItems(first.bulkId, 'DONE', {});
			const paged = await everyPage((cursor) =>
				troubleshooting.bulkItems(first.bulkId, undefined, { limit: 3, cursor }),
			);

			expect(listed.map(({ bulkId }) => bulkId).sort()).toEqual(bulks.map(({ bulkId }) => bulkId).sort());
			const times = listed.map(({ createdAt }) => createdAt.getTime());
			expect(times).toEqual([...times].sort((a, b) => b - a));
			expect(done.items).toHaveLength(3);
			const positions = paged.map(({ position }) => position);
			expect(positions).toEqual([...positions].sort((a, b) => a - b));
			expect(new Set(paged.map(({ commandId }) => commandId)).size).toBe(7);
			expect(await troubleshooting.bulkItems(newId(), undefined, {})).toEqual({ items: [] });
			await expectPageRules((page) => troubleshooting.listBulks(page), 3);
			await expectPageRules((page) => troubleshooting.bulkItems(first.bulkId, undefined, page), 7);
		});
	});
}

/** Parks commands in one step, so that they share their time. */
async function parkMany(subject: BackendSubject, count: number): Promise<readonly ReceivedCommand[]> {
	await subject.backend.commands.acceptAll(commands(count));
	const received = await receiveAll(subject);
	await subject.backend.commands.settle(
		domain,
		received.map(({ lease }) => ({ ...parkedWith(), lease })),
	);
	return received;
}

async function freeze(subject: BackendSubject, overrides: Partial<FrozenBulk> = {}): Promise<BulkRecord> {
	return subject.backend.troubleshooting.freezeBulk(aBulk(overrides));
}

/** Works in small chunks until nothing is left. */
async function workOff(subject: BackendSubject, bulkId: string): Promise<BulkRecord> {
	while ((await subject.backend.troubleshooting.workBulk(4, bulkId)) !== undefined);
	return (await subject.backend.troubleshooting.getBulk(bulkId)) ?? expect.fail('the bulk is gone');
}

async function itemsOf(subject: BackendSubject, bulkId: string): Promise<readonly BulkItem[]> {
	return everyPage((cursor) => subject.backend.troubleshooting.bulkItems(bulkId, undefined, { cursor }));
}

function idsOf(addresses: readonly { readonly commandId: string }[]): readonly string[] {
	return addresses.map(({ commandId }) => commandId).sort();
}

function resultOf(items: readonly BulkItem[], { commandId }: { readonly commandId: string }): BulkItem {
	return items.find((item) => item.commandId === commandId) ?? expect.fail('not an item of the bulk');
}
