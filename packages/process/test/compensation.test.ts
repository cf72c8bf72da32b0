/** P6 to P9, P14, P15 and S062: compensation. */
import { describe, expect, it } from 'vitest';
import { canceledAtLast, compensating, restartedRouter, undoRecords } from './trip-runs.ts';
import { openWorld } from './world.ts';

describe('compensation', () => {
	it('P6 AC5 undoes in reverse order, each undo only after the answer to the one before', async () => {
		const { world, processId } = await compensating();
		const sent = async (): Promise<readonly string[]> =>
			(await undoRecords({ world, processId })).map(({ step }) => step);

		expect(await sent()).toEqual(['REFUND']);
		await world.work();
		expect(await sent()).toEqual(['REFUND', 'CANCEL_FLIGHT']);
		await world.work();
		expect(await sent()).toEqual(['REFUND', 'CANCEL_FLIGHT', 'CANCEL_HOTEL']);
		await world.work();

		expect((await world.load(processId)).process.status).toBe('COMPENSATED');
		expect(world.executed.slice(-3)).toEqual(['RefundCard', 'CancelFlight', 'CancelHotel']);
	});

	it('Verification: Compensation runs in reverse order', async () => {
		const { world, processId } = await compensating();

		await world.run();

		expect(await undoRecords({ world, processId })).toEqual([
			{ step: 'REFUND', undoes: 'CHARGE', status: 'SUCCEEDED' },
			{ step: 'CANCEL_FLIGHT', undoes: 'BOOK_FLIGHT', status: 'SUCCEEDED' },
			{ step: 'CANCEL_HOTEL', undoes: 'BOOK_HOTEL', status: 'SUCCEEDED' },
		]);
	});

	it('P6 an undo gets the state that the completed steps made', async () => {
		const { world } = await compensating();

		const [refund] = await world.work();

		expect(refund?.data).toEqual({ reference: 'ChargeCard-1' });
	});

	it('P7 is COMPENSATED when the last undo is answered, and not earlier', async () => {
		const { world, processId } = await compensating();

		for (let undo = 0; undo < 3; undo++) {
			expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATING', completedAt: null });
			await world.work();
		}

		const { process } = await world.load(processId);
		expect(process).toMatchObject({ status: 'COMPENSATED', currentStep: null, compensationErrors: 0 });
		expect(process.completedAt).toBeInstanceOf(Date);
	});

	it('P8 AC6 a completed step without compensation is skipped', async () => {
		const { definition, world, processId } = await canceledAtLast({ compensation: undefined });

		expect(definition.steps.find(({ name }) => name === 'SECOND')?.compensation).toBeUndefined();
		await world.run();
		expect(await undoRecords({ world, processId })).toEqual([
			{ step: 'UNDO_FIRST', undoes: 'FIRST', status: 'SUCCEEDED' },
		]);
	});

	it('Verification: Missing compensations are skipped', async () => {
		const { world, processId } = await canceledAtLast({ compensation: () => undefined });

		await world.run();

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 0 });
		expect(await undoRecords({ world, processId })).toHaveLength(1);
	});

	it('P8 a function decides at the time of compensation', async () => {
		const { world, processId } = await canceledAtLast({
			compensation: ({ count }) => (count > 0 ? 'UNDO_SECOND' : undefined),
		});

		await world.run();

		expect((await undoRecords({ world, processId })).map(({ step }) => step)).toEqual(['UNDO_SECOND', 'UNDO_FIRST']);
	});

	it('P9 with no completed step it is COMPENSATED at once, without commands', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.run({ BookHotel: { parks: 'BROKEN' } });

		await world.operate(processId, 'BOOK_HOTEL', { action: 'cancel', reason: 'given up' });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATED',
			error: { message: 'given up' },
		});
		expect(world.executed).toEqual(['BookHotel']);
		expect(await world.eventTypes(processId)).toEqual([
			'STARTED',
			'STEP_SENT',
			'STEP_PARKED',
			'STEP_ANSWERED',
			'COMPENSATION_PLANNED',
			'COMPENSATED',
		]);
	});

	it('P14 a router that dies between two undo steps is followed by one that goes on at the right place', async () => {
		const { world, processId } = await compensating();
		await world.work();
		await world.router.stop();
		await world.work();

		const later = await restartedRouter(world);
		await world.run();
		await later.stop();

		expect((await world.load(processId)).process.status).toBe('COMPENSATED');
		expect(world.executed.slice(-3)).toEqual(['RefundCard', 'CancelFlight', 'CancelHotel']);
	});

	it('P15 undo steps can be told apart in records and trail, and do not count as completed steps', async () => {
		const { world, processId } = await compensating();
		await world.run();

		const { steps } = await world.load(processId);
		expect(steps.map(({ kind }) => kind)).toEqual([
			...Array<string>(4).fill('forward'),
			...Array<string>(3).fill('undo'),
		]);
		const sent = (await world.manager.history(processId)).filter(({ type }) => type === 'STEP_SENT');
		expect(sent.slice(4).map(({ details }) => details)).toEqual([
			{ kind: 'undo', undoes: 'CHARGE' },
			{ kind: 'undo', undoes: 'BOOK_FLIGHT' },
			{ kind: 'undo', undoes: 'BOOK_HOTEL' },
		]);
		const planned = (await world.manager.history(processId)).filter(({ type }) => type === 'COMPENSATION_PLANNED');
		expect(planned).toHaveLength(1);
	});
});
