/** O6 to O9: answers that come twice, late or together. */
import { describe, expect, it } from 'vitest';
import { createReplyRouter } from '../src/index.ts';
import { replyTo, unknownId } from './answers.ts';
import { interferingOnce } from './faulty-backends.ts';
import { Trip } from './trip.ts';
import { domain, openIdleWorld, openWorld, queue } from './world.ts';

describe('answers that come twice, late or together', () => {
	it('O6 a duplicate reply is ignored and leaves a line in the trail', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const reply = await replyTo(world, processId);

		await world.subject.putMessage(queue, reply);
		await world.subject.putMessage(queue, reply);
		await world.settle();

		const { process, steps } = await world.load(processId);
		expect(process.currentStep).toBe('BOOK_FLIGHT');
		expect(steps).toHaveLength(2);
		const ignored = (await world.manager.history(processId)).filter(({ type }) => type === 'REPLY_IGNORED');
		expect(ignored).toMatchObject([
			{ step: 'BOOK_HOTEL', details: { reason: 'already-answered', outcome: 'SUCCESS' } },
		]);
		expect(world.eventsOf('reply-ignored')).toHaveLength(1);
		expect(await world.waiting()).toBe(0);
	});

	it('O7 a reply to a command that is not awaited is recorded and moves nothing', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.subject.putMessage(queue, await replyTo(world, processId, { command_id: unknownId }));
		await world.settle();

		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({ status: 'WAITING_FOR_REPLY', currentStep: 'BOOK_HOTEL' });
		expect(steps).toMatchObject([{ status: 'OPEN' }]);
		expect((await world.manager.history(processId)).at(-1)).toMatchObject({
			type: 'REPLY_IGNORED',
			commandId: unknownId,
			details: { reason: 'unknown-command' },
		});
	});

	it('O7 a reply of an earlier generation is recorded and moves nothing', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work({ BookHotel: { parks: 'BROKEN' } });
		await world.operate(processId, 'BOOK_HOTEL', { action: 'retry' });

		await world.subject.putMessage(queue, await replyTo(world, processId, { generation: 1 }));
		await world.settle();

		expect((await world.load(processId)).process).toMatchObject({
			status: 'WAITING_FOR_REPLY',
			currentStep: 'BOOK_HOTEL',
		});
		expect((await world.manager.history(processId)).at(-1)).toMatchObject({
			details: { reason: 'earlier-generation' },
		});
	});

	it('O8 two routers on one queue send each command once', async () => {
		const world = await openIdleWorld();
		const second = createReplyRouter({
			backend: world.backend,
			domain,
			definitions: [Trip],
			concurrency: 3,
			batchSize: 1,
		});
		const processId = await world.start();
		const reply = await replyTo(world, processId);
		for (let copy = 0; copy < 10; copy++) await world.subject.putMessage(queue, reply);

		await Promise.all([world.router.start(), second.start()]);
		await world.settle();
		await world.elapseSeconds(31);

		const { steps } = await world.load(processId);
		expect(steps.map(({ step }) => step)).toEqual(['BOOK_HOTEL', 'BOOK_FLIGHT']);
		expect((await world.eventTypes(processId)).filter((type) => type === 'REPLY_IGNORED')).toHaveLength(9);
		expect(await world.waiting()).toBe(0);
		await second.stop();
	});

	it('O8 several answers of one process in one set are handled in their order', async () => {
		const world = await openIdleWorld();
		const processId = await world.start();
		await world.work({ BookHotel: { parks: 'BROKEN' } });
		await world.operate(processId, 'BOOK_HOTEL', { action: 'retry' });
		await world.work();

		expect(await world.waiting()).toBe(3);
		await world.router.start();
		await world.settle();

		expect(await world.eventTypes(processId)).toEqual([
			'STARTED',
			'STEP_SENT',
			'STEP_PARKED',
			'STEP_RESUMED',
			'STEP_ANSWERED',
			'STEP_SENT',
		]);
	});

	it('O8 an answer decided against a version that is gone is decided anew', async () => {
		const world = await openIdleWorld();
		const processId = await world.start();
		const interfering = interferingOnce(world.backend, async () => {
			await world.subject.putMessage(queue, await replyTo(world, processId, { command_id: unknownId }));
			await other.start();
			await world.settle();
		});
		const other = createReplyRouter({ backend: world.backend, domain, definitions: [Trip] });
		const router = createReplyRouter({ backend: interfering, domain, definitions: [Trip] });
		await world.work();

		await router.start();
		for (let round = 0; round < 5; round++) await world.settle();

		const { process, steps } = await world.load(processId);
		expect(process.currentStep).toBe('BOOK_FLIGHT');
		expect(steps).toHaveLength(2);
		await Promise.all([router.stop(), other.stop()]);
	});

	it('O9 a reply after the end changes no status and is in the trail', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const late = await replyTo(world, processId);
		await world.manager.cancel(processId, { operator: { id: 'olga' }, reason: 'not wanted any more' });

		await world.subject.putMessage(queue, late);
		await world.settle();

		expect((await world.load(processId)).process.status).toBe('CANCELED');
		expect((await world.manager.history(processId)).at(-1)).toMatchObject({
			type: 'REPLY_IGNORED',
			details: { reason: 'process-ended' },
		});
		expect(await world.waiting()).toBe(0);
	});
});
