import { defineCommand } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cancel, previewed, resultsOf, started, statusesOf } from './bulk-scenario.ts';
import {
	ada,
	addressOf,
	bob,
	dropPayload,
	eventsOf,
	expectRefused,
	openQueue,
	park,
	parkDue,
	parkMany,
	queuedIn,
	repliesOn,
	statusOf,
	textLike,
	withOptions,
} from './scenario.ts';

describe('preview', () => {
	it('M10 shows count and breakdown, and does nothing yet', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 3);
		await parkMany(scenario, 2, { domain: 'reports', commandType: 'Print' });

		const preview = await previewed(scenario);

		expect(preview).toMatchObject({ count: 5, digest: textLike(/^.{16,}$/) });
		expect(preview.breakdown.map(({ domain, commandType, count }) => [domain, commandType, count])).toEqual(
			expect.arrayContaining([
				['payments', 'Charge', 3],
				['reports', 'Print', 2],
			]),
		);
		expect(await scenario.queue.count()).toBe(5);
		expect(await scenario.queue.bulk.progress(preview.bulkId)).toMatchObject({ status: 'PREVIEWED', operator: ada });
	});

	it('M10 runs on what was previewed, not on what matches later', async () => {
		const scenario = await openQueue();
		const frozen = await parkMany(scenario, 2);
		const { bulkId, digest } = await previewed(scenario, cancel);
		const later = await park(scenario);

		await scenario.queue.bulk.start(bulkId, digest);
		await scenario.queue.bulk.run(bulkId);

		expect(await statusOf(scenario, later)).toBe('IN_TROUBLESHOOTING_QUEUE');
		for (const command of frozen) expect(await statusOf(scenario, command)).toBe('CANCELED');
	});

	it('M10 refuses another digest, and starts nothing', async () => {
		const scenario = await openQueue();
		await park(scenario);
		const first = await previewed(scenario);
		await park(scenario);
		const second = await previewed(scenario);

		await expectRefused(scenario, 'conflict', () => scenario.queue.bulk.start(second.bulkId, first.digest));

		expect(await scenario.queue.bulk.run()).toBeUndefined();
	});

	it('starts only once', async () => {
		const scenario = await openQueue();
		await park(scenario);
		const { bulkId, digest } = await previewed(scenario);
		await scenario.queue.bulk.start(bulkId, digest);

		const error = await expectRefused(scenario, 'invalid-operation', () => scenario.queue.bulk.start(bulkId, digest));

		expect(error).toMatchObject({ status: 'RUNNING' });
	});

	it('lets only who previewed it start it, because it acts in that name', async () => {
		const scenario = await openQueue();
		await park(scenario);
		const { bulkId, digest } = await previewed(scenario);

		await expectRefused(scenario, 'invalid-operation', () =>
			scenario.queue.bulk.start(bulkId, digest, { operator: bob }),
		);
		expect(await scenario.queue.bulk.start(bulkId, digest, { operator: ada })).toMatchObject({ status: 'RUNNING' });
	});

	it('refuses to run a preview that was not started', async () => {
		const scenario = await openQueue();
		await park(scenario);
		const { bulkId } = await previewed(scenario);

		await expectRefused(scenario, 'invalid-operation', () => scenario.queue.bulk.run(bulkId));
	});

	it('ends at once when nothing was frozen', async () => {
		const scenario = await openQueue();

		const bulkId = await started(scenario);

		expect(await scenario.queue.bulk.run(bulkId)).toMatchObject({ status: 'COMPLETED', totalCount: 0 });
	});

	it('P17 refuses to complete with a result that violates a result schema', async () => {
		const result = z.object({ receipt: z.string() });
		const Charge = defineCommand({ domain: 'payments', type: 'Charge', data: z.unknown(), result });
		const scenario = await openQueue({ definitions: [Charge] });
		await park(scenario);

		await expectRefused(scenario, 'payload-invalid', () =>
			scenario.queue.bulk.preview({ filter: {}, action: { action: 'complete', result: 7 }, operator: ada }),
		);
	});
});

describe('run', () => {
	it('retries every item, in chunks, with one result each and the operator in every audit', async () => {
		const scenario = await openQueue();
		const commands = await parkMany(scenario, 7);
		const bulkId = await started(scenario);
		const seen: number[] = [];

		const bulk = await scenario.queue.bulk.run(bulkId, {
			chunkSize: 3,
			onProgress: ({ doneCount }) => void seen.push(doneCount),
		});

		expect(bulk).toMatchObject({ status: 'COMPLETED', totalCount: 7, doneCount: 7, failedCount: 0, skippedCount: 0 });
		expect(seen).toEqual([3, 6, 7]);
		expect(statusesOf(await resultsOf(scenario, bulkId))).toEqual(Array.from({ length: 7 }, () => 'DONE'));
		expect(await queuedIn(scenario)).toBe(7);
		for (const command of commands) {
			expect((await eventsOf(scenario, command)).at(-1)).toMatchObject({
				type: 'OPERATOR_RETRY',
				details: { operator: ada },
			});
		}
	});

	it('M4 gives each item exactly one result when others resolve some meanwhile', async () => {
		const scenario = await openQueue();
		const [first, second, third] = (await parkMany(scenario, 3)).map(addressOf);
		if (first === undefined || second === undefined || third === undefined) expect.fail('three were parked');
		const bulkId = await started(scenario, cancel);
		await scenario.queue.complete({ ...second, operator: bob, reason: 'done by hand' });
		await dropPayload(scenario, first);

		const bulk = await scenario.queue.bulk.run(bulkId);

		expect(bulk).toMatchObject({ status: 'COMPLETED', doneCount: 2, skippedCount: 1 });
		const { items: skipped } = await scenario.queue.bulk.results(bulkId, { status: 'SKIPPED' });
		expect(skipped).toMatchObject([{ ...second, explanation: textLike(/COMPLETED.*bob@example\.com/) }]);
		expect(await repliesOn(scenario)).toHaveLength(3);
	});

	it('M4 skips an item that was retried and parked again, because it is not what was previewed', async () => {
		const scenario = await openQueue();
		const address = addressOf(await park(scenario));
		const bulkId = await started(scenario, cancel);
		await scenario.queue.retry({ ...address, operator: bob });
		await parkDue(scenario);

		await scenario.queue.bulk.run(bulkId);

		expect(statusesOf(await resultsOf(scenario, bulkId))).toEqual(['SKIPPED']);
		expect(await statusOf(scenario, address)).toBe('IN_TROUBLESHOOTING_QUEUE');
	});

	it('reports an item that cannot be retried as failed, with the reason, and goes on', async () => {
		const scenario = await openQueue();
		const [broken] = await parkMany(scenario, 3);
		if (broken !== undefined) await dropPayload(scenario, broken);
		const bulkId = await started(scenario);

		const bulk = await scenario.queue.bulk.run(bulkId);

		expect(bulk).toMatchObject({ doneCount: 2, failedCount: 1 });
		const { items } = await scenario.queue.bulk.results(bulkId, { status: 'FAILED' });
		expect(items).toMatchObject([{ commandId: broken?.commandId, explanation: textLike(/payload/) }]);
	});

	it('M11 goes on where it was interrupted, with one result and one effect per item', async () => {
		const scenario = await openQueue();
		const commands = await parkMany(scenario, 6);
		const bulkId = await started(scenario, cancel);
		const stopped = new AbortController();
		const stop = (): void => {
			stopped.abort();
		};
		const interrupted = await scenario.queue.bulk.run(bulkId, {
			chunkSize: 2,
			signal: stopped.signal,
			onProgress: stop,
		});
		expect(interrupted).toMatchObject({ status: 'RUNNING', doneCount: 2 });

		const another = withOptions(scenario, {});
		const bulk = await another.bulk.run(bulkId, { chunkSize: 2 });

		expect(bulk).toMatchObject({ status: 'COMPLETED', doneCount: 6 });
		expect(await repliesOn(scenario)).toHaveLength(6);
		for (const command of commands) {
			expect((await eventsOf(scenario, command)).filter(({ type }) => type === 'OPERATOR_CANCEL')).toHaveLength(1);
		}
	});

	it('M11 repeats a chunk that failed for reasons of infrastructure, without a double effect', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 4);
		const bulkId = await started(scenario, cancel);
		const fails = () => {
			throw Object.assign(new Error('terminal closed'), { code: 'terminal-closed' });
		};
		await expect(scenario.queue.bulk.run(bulkId, { chunkSize: 2, onProgress: fails })).rejects.toMatchObject({
			code: 'terminal-closed',
		});

		const bulk = await scenario.queue.bulk.run(bulkId);

		expect(bulk).toMatchObject({ doneCount: 4 });
		expect(await repliesOn(scenario)).toHaveLength(4);
	});

	it('lets two runners share one bulk, with one result per item', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 20);
		const bulkId = await started(scenario, cancel);

		await Promise.all([
			scenario.queue.bulk.run(bulkId, { chunkSize: 3 }),
			withOptions(scenario, {}).bulk.run(bulkId, { chunkSize: 3 }),
		]);

		expect(await scenario.queue.bulk.progress(bulkId)).toMatchObject({ status: 'COMPLETED', doneCount: 20 });
		expect(await repliesOn(scenario)).toHaveLength(20);
	});

	it('works off every started bulk when none is named', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 2);
		const first = await started(scenario, cancel);
		const second = await started(scenario, cancel);

		await scenario.queue.bulk.run();

		expect(await scenario.queue.bulk.progress(first)).toMatchObject({ status: 'COMPLETED', doneCount: 2 });
		expect(await scenario.queue.bulk.progress(second)).toMatchObject({ status: 'COMPLETED', skippedCount: 2 });
	});
});
