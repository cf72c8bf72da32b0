import type { BulkRecord, CommandAddress } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { cancel, previewed, resultsOf, started, statusesOf } from './bulk-scenario.ts';
import {
	ada,
	addressOf,
	bob,
	dropPayload,
	expectRefused,
	openQueue,
	park,
	parkDue,
	parkMany,
	statusOf,
} from './scenario.ts';
import type { Scenario } from './scenario.ts';

describe('pause, resume and cancel', () => {
	async function halfDone(scenario: Scenario): Promise<string> {
		await parkMany(scenario, 4);
		const bulkId = await started(scenario, cancel);
		await scenario.backend.troubleshooting.workBulk(2, bulkId);
		return bulkId;
	}

	it('M12 touches no further item while paused, and goes on once resumed', async () => {
		const scenario = await openQueue();
		const bulkId = await halfDone(scenario);

		await scenario.queue.bulk.pause(bulkId, { operator: ada });
		expect(await scenario.queue.bulk.run(bulkId)).toMatchObject({ status: 'PAUSED', doneCount: 2 });
		expect(await scenario.queue.bulk.run()).toBeUndefined();
		expect(await scenario.queue.count()).toBe(2);
		await scenario.queue.bulk.resume(bulkId, { operator: ada });

		expect(await scenario.queue.bulk.run(bulkId)).toMatchObject({ status: 'COMPLETED', doneCount: 4 });
	});

	it('M12 ends the rest as canceled, and keeps what is done', async () => {
		const scenario = await openQueue();
		const bulkId = await halfDone(scenario);

		const bulk = await scenario.queue.bulk.cancel(bulkId, { operator: ada });

		expect(bulk).toMatchObject({ status: 'CANCELED', doneCount: 2, canceledCount: 2 });
		expect(statusesOf(await resultsOf(scenario, bulkId))).toEqual(['DONE', 'DONE', 'CANCELED', 'CANCELED']);
		expect(await scenario.queue.bulk.run(bulkId)).toMatchObject({ status: 'CANCELED' });
		expect(await scenario.queue.count()).toBe(2);
	});

	it('refuses moves that the status does not allow, naming it', async () => {
		const scenario = await openQueue();
		await park(scenario);
		const { bulkId } = await previewed(scenario);
		const { bulk } = scenario.queue;

		for (const refused of [() => bulk.pause(bulkId), () => bulk.resume(bulkId)]) {
			expect(await expectRefused(scenario, 'invalid-operation', refused)).toMatchObject({ status: 'PREVIEWED' });
		}
		await bulk.cancel(bulkId);
		expect(await expectRefused(scenario, 'invalid-operation', () => bulk.cancel(bulkId))).toMatchObject({
			status: 'CANCELED',
		});
	});

	it('reports every move to telemetry, with who said so', async () => {
		const scenario = await openQueue();
		const bulkId = await halfDone(scenario);
		await scenario.queue.bulk.pause(bulkId, { operator: ada });
		await scenario.queue.bulk.resume(bulkId, { operator: bob });
		await scenario.queue.bulk.run(bulkId);

		expect(scenario.events).toEqual([
			{ kind: 'bulk-moved', bulkId, move: 'started' },
			{ kind: 'bulk-moved', bulkId, move: 'paused', operatorId: ada.id },
			{ kind: 'bulk-moved', bulkId, move: 'resumed', operatorId: bob.id },
			{ kind: 'bulk-moved', bulkId, move: 'completed' },
		]);
	});
});

describe('retryFailed', () => {
	it('previews the failed and skipped that are still parked, at their versions of now', async () => {
		const scenario = await openQueue();
		const [failing, resolved, changed, fine] = (await parkMany(scenario, 4)).map(addressOf);
		if (failing === undefined || resolved === undefined || changed === undefined) expect.fail('four were parked');
		const bulkId = await started(scenario);
		await dropPayload(scenario, failing);
		await scenario.queue.cancel({ ...resolved, operator: bob, reason: 'x' });
		await parkAgain(scenario, changed);
		await scenario.queue.bulk.run(bulkId);

		const again = await scenario.queue.bulk.retryFailed(bulkId, { operator: bob });

		expect(again.count).toBe(2);
		expect(again.bulkId).not.toBe(bulkId);
		await scenario.queue.bulk.start(again.bulkId, again.digest);
		expect(await scenario.queue.bulk.run(again.bulkId)).toMatchObject({ doneCount: 1, failedCount: 1, operator: bob });
		expect(await statusOf(scenario, changed)).toBe('PENDING');
		expect(fine).toBeDefined();
	});

	async function parkAgain(scenario: Scenario, address: CommandAddress): Promise<void> {
		await scenario.queue.retry({ ...address, operator: bob });
		await parkDue(scenario);
	}
});

describe('list and results', () => {
	it('lists bulks newest first, in pages', async () => {
		const scenario = await openQueue();
		const made: string[] = [];
		for (let index = 0; index < 3; index++) {
			made.unshift((await previewed(scenario)).bulkId);
			await scenario.subject.elapse(1);
		}

		const first = await scenario.queue.bulk.list({ limit: 2 });
		const second = await scenario.queue.bulk.list({ limit: 2, cursor: first.nextCursor });

		const shown: readonly BulkRecord[] = [...first.items, ...second.items];
		expect(shown.map(({ bulkId }) => bulkId)).toEqual(made);
	});

	it('R7 pages through the results of every item', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 5);
		const bulkId = await started(scenario);

		const first = await scenario.queue.bulk.results(bulkId, { limit: 3 });
		const second = await scenario.queue.bulk.results(bulkId, { limit: 3, cursor: first.nextCursor });

		expect([...first.items, ...second.items].map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
		expect(second.nextCursor).toBeUndefined();
	});
});
