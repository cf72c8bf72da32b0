/** Q: batches of processes. */
import { describe, expect, it } from 'vitest';
import { commandRequest, createCommandBus } from '@cb/core';
import { SendMail, Trip } from './trip.ts';
import { domain, openWorld } from './world.ts';
import type { WorkPlan, World } from './world.ts';

/** One traveller per outcome; the plan tells them apart by the payload. */
async function startBatch(world: World, travellers: readonly string[]): Promise<string> {
	const { batchId } = await world.manager.startMany(
		Trip,
		travellers.map((traveller) => ({ traveller })),
		{ batch: { name: 'summer' } },
	);
	return batchId;
}

const mixed: WorkPlan = {
	SendMail: ({ data }) => {
		const to = JSON.stringify(data);
		if (to.includes('fails')) return { fails: 'NO_ADDRESS' };
		return to.includes('parks') ? { parks: 'BROKEN' } : { completes: null };
	},
};

describe('a batch of processes', () => {
	it('Q1 links every process to a batch with their total', async () => {
		const world = await openWorld();

		const { batchId, processIds } = await world.manager.startMany(Trip, [{ traveller: 'a' }, { traveller: 'b' }], {
			batch: { name: 'summer' },
		});

		expect(await world.manager.getBatch(batchId)).toMatchObject({
			batchId,
			name: 'summer',
			totalCount: 2,
			completedAt: null,
		});
		const members = await world.manager.list({ batchId });
		expect(members.items.map(({ processId }) => processId).toSorted()).toEqual(processIds.toSorted());
		expect(await world.work()).toHaveLength(2);
	});

	it('Q1 takes an id of the caller’s, once', async () => {
		const world = await openWorld();
		const batch = { batchId: '01990000-0000-7000-8000-00000000ba7c' };

		await world.manager.startMany(Trip, [{ traveller: 'a' }], { batch });

		const again = world.manager.startMany(Trip, [{ traveller: 'b' }], { batch });
		await expect(again).rejects.toMatchObject({ code: 'duplicate-batch' });
		expect(await world.manager.count({ batchId: batch.batchId })).toBe(1);
	});

	it('Q1 joins the caller’s transaction', async () => {
		const world = await openWorld();

		const transaction = world.subject.transaction(async (tx) => {
			await world.manager.startMany(Trip, [{ traveller: 'a' }], { tx });
			throw new RangeError('changed its mind');
		});

		await expect(transaction).rejects.toThrow(RangeError);
		expect(await world.manager.count()).toBe(0);
		expect((await world.manager.listBatches()).items).toEqual([]);
	});

	it('Q2 counts each end by itself, and COMPENSATED is no success', async () => {
		const world = await openWorld();
		const batchId = await startBatch(world, ['well', 'fails', 'parks', 'parks too', 'goes on']);
		await world.run({
			...mixed,
			BookHotel: ({ data }) =>
				JSON.stringify(data).includes('goes on') ? 'leaves it' : { completes: { reference: 'H' } },
		});
		const parked = (await world.manager.list({ batchId, statuses: ['WAITING_FOR_TSQ'] })).items;
		expect(parked).toHaveLength(2);

		await world.operate(parked[0]?.processId ?? '', 'MAIL', { action: 'cancel', reason: 'given up' });
		await world.run();

		expect(await world.manager.getBatch(batchId)).toMatchObject({
			totalCount: 5,
			completedCount: 1,
			failedCount: 1,
			compensatedCount: 1,
			canceledCount: 0,
			blockedCount: 1,
			completedAt: null,
		});
	});

	it('Q3 follows a blocked process that is resolved', async () => {
		const world = await openWorld();
		const batchId = await startBatch(world, ['well', 'parks']);
		await world.run(mixed);
		expect(await world.manager.getBatch(batchId)).toMatchObject({
			completedCount: 1,
			blockedCount: 1,
			completedAt: null,
		});
		const [blocked] = (await world.manager.list({ batchId, statuses: ['WAITING_FOR_TSQ'] })).items;

		await world.operate(blocked?.processId ?? '', 'MAIL', { action: 'complete', result: null });

		const batch = await world.manager.getBatch(batchId);
		expect(batch).toMatchObject({ completedCount: 2, blockedCount: 0 });
		expect(batch?.completedAt).toBeInstanceOf(Date);
	});

	it('Q3 counts a process that an operator canceled', async () => {
		const world = await openWorld();
		const batchId = await startBatch(world, ['a']);
		const [member] = (await world.manager.list({ batchId })).items;

		await world.manager.cancel(member?.processId ?? '', { operator: { id: 'olga' }, reason: 'not wanted' });

		expect(await world.manager.getBatch(batchId)).toMatchObject({ canceledCount: 1, completedCount: 0 });
	});

	it('Q4 stores neither batch nor processes when one of the inputs is wrong', async () => {
		const world = await openWorld();

		const starting = world.manager.startMany(Trip, [{ traveller: 'a' }, { traveller: 'b', cents: 0.5 }]);

		await expect(starting).rejects.toMatchObject({ code: 'payload-invalid' });
		expect(await world.manager.count()).toBe(0);
		expect((await world.manager.listBatches()).items).toEqual([]);
	});

	it('Q4 stores neither when the store refuses one of the first commands', async () => {
		const world = await openWorld();
		await world.subject.dropQueue('trips__process_replies');

		await expect(startBatch(world, ['a', 'b'])).rejects.toMatchObject({ code: 'reply-queue-not-found' });
		expect(await world.manager.count()).toBe(0);
		expect((await world.manager.listBatches()).items).toEqual([]);
	});

	it('Q4 refuses an empty batch and one that is too large', async () => {
		const world = await openWorld();
		const inputs = Array.from({ length: 10_001 }, () => ({ traveller: 'a' }));

		await expect(world.manager.startMany(Trip, [])).rejects.toMatchObject({ code: 'invalid-argument' });
		await expect(world.manager.startMany(Trip, inputs)).rejects.toMatchObject({ code: 'invalid-argument' });
	});

	it('Q5 command batches and process batches never mix', async () => {
		const world = await openWorld();
		const bus = createCommandBus(world.backend);
		const commands = await bus.createBatch({ commands: [commandRequest(SendMail, { to: 'Ada' })] });
		const batchId = await startBatch(world, ['a', 'b']);

		expect((await bus.listBatches()).items.map((batch) => batch.batchId)).toEqual([commands.batchId]);
		expect((await world.manager.listBatches()).items.map((batch) => batch.batchId)).toEqual([batchId]);
		expect(await bus.getBatch({ domain, batchId })).toBeUndefined();
		expect(await world.manager.getBatch(commands.batchId)).toBeUndefined();
		await bus.close();
	});
});
