/** P10 to P13 and S062 AC7: an undo that cannot be done. */
import { describe, expect, it } from 'vitest';
import { canceledAtLast, compensating, undoRecords } from './trip-runs.ts';
import { defineTrip } from './trip.ts';

const Waiting = defineTrip({ onCompensationFailure: 'wait' });

describe('an undo that cannot be done', () => {
	it('P10 AC7 one that fails by business rule is recorded and logged, and the plan goes on', async () => {
		const { world, processId } = await compensating();

		await world.run({ CancelFlight: { fails: 'TOO_LATE' } });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATED',
			compensationErrors: 1,
			error: { message: 'no such traveller' },
		});
		expect(await undoRecords({ world, processId })).toEqual([
			{ step: 'REFUND', undoes: 'CHARGE', status: 'SUCCEEDED' },
			{ step: 'CANCEL_FLIGHT', undoes: 'BOOK_FLIGHT', status: 'FAILED' },
			{ step: 'CANCEL_HOTEL', undoes: 'BOOK_HOTEL', status: 'SUCCEEDED' },
		]);
		expect(await world.stepOf(processId, 'CANCEL_FLIGHT')).toMatchObject({ error: { code: 'TOO_LATE' } });
		expect(await world.eventTypes(processId)).toContain('COMPENSATION_FAILED');
		expect(world.eventsOf('compensation-failed')).toMatchObject([
			{ processId, step: 'CANCEL_FLIGHT', error: { code: 'TOO_LATE' } },
		]);
	});

	it('P11 one that is parked is recorded, and the plan goes on without waiting', async () => {
		const { world, processId } = await compensating();

		await world.run({ CancelFlight: { parks: 'BROKEN' } });

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 1 });
		expect(await world.stepOf(processId, 'CANCEL_FLIGHT')).toMatchObject({
			status: 'PARKED',
			error: { code: 'BROKEN' },
		});
		expect(await world.stepOf(processId, 'CANCEL_HOTEL')).toMatchObject({ status: 'SUCCEEDED' });
	});

	it('P11 completing it later corrects the record, also after the process has ended', async () => {
		const { world, processId } = await compensating();
		await world.run({ CancelFlight: { parks: 'BROKEN' } });
		const { completedAt } = (await world.load(processId)).process;

		await world.operate(processId, 'CANCEL_FLIGHT', { action: 'complete', result: null });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATED',
			compensationErrors: 0,
			completedAt,
		});
		expect(await world.stepOf(processId, 'CANCEL_FLIGHT')).toMatchObject({ status: 'SUCCEEDED', error: null });
		expect((await world.manager.history(processId)).at(-1)).toMatchObject({
			type: 'COMPENSATION_CORRECTED',
			details: { outcome: 'SUCCESS' },
		});
	});

	it('P11 retrying it later corrects the record once it is done', async () => {
		const { world, processId } = await compensating();
		await world.run({ CancelFlight: { parks: 'BROKEN' } });

		await world.operate(processId, 'CANCEL_FLIGHT', { action: 'retry' });
		expect((await world.load(processId)).process.compensationErrors).toBe(1);
		await world.run();

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 0 });
	});

	it('P10 canceling it later keeps the error, and starts nothing again', async () => {
		const { world, processId } = await compensating();
		await world.run({ CancelFlight: { parks: 'BROKEN' } });

		await world.operate(processId, 'CANCEL_FLIGHT', { action: 'cancel', reason: 'paid in cash' });
		await world.run();

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 1 });
		expect(await world.stepOf(processId, 'CANCEL_FLIGHT')).toMatchObject({ status: 'CANCELED' });
		expect((await world.load(processId)).steps).toHaveLength(7);
	});

	it('P11 a plan that goes on corrects the record of a parked undo while later undos are awaited', async () => {
		const { world, processId } = await compensating();
		await world.work({ RefundCard: { parks: 'BROKEN' } });
		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: 'CANCEL_FLIGHT',
			compensationErrors: 1,
		});

		await world.operate(processId, 'REFUND', { action: 'complete', result: null });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: 'CANCEL_FLIGHT',
			compensationErrors: 0,
		});
		await world.run();
		expect(world.executed.filter((type) => type === 'CancelFlight')).toHaveLength(1);
	});

	it('P11 with onCompensationFailure "wait" the plan waits, and complete continues it', async () => {
		const { world, processId } = await compensating(Waiting);

		await world.run({ CancelFlight: { parks: 'BROKEN' } });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'WAITING_FOR_TSQ',
			currentStep: 'CANCEL_FLIGHT',
			compensationErrors: 1,
			error: { message: 'no such traveller' },
		});
		expect(world.executed).not.toContain('CancelHotel');
		await world.operate(processId, 'CANCEL_FLIGHT', { action: 'complete', result: null });
		await world.run();
		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 0 });
	});

	it('P11 with onCompensationFailure "wait" retry continues it', async () => {
		const { world, processId } = await compensating(Waiting);
		await world.run({ CancelFlight: { parks: 'BROKEN' } });

		await world.operate(processId, 'CANCEL_FLIGHT', { action: 'retry' });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: 'CANCEL_FLIGHT',
		});
		await world.run();
		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 0 });
		expect(world.executed.slice(-2)).toEqual(['CancelFlight', 'CancelHotel']);
	});

	it('P11 with onCompensationFailure "wait" a failed undo waits for an override', async () => {
		const { world, processId } = await compensating(Waiting);

		await world.run({ RefundCard: { fails: 'TOO_LATE' } });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: null,
			compensationErrors: 1,
		});
		expect(world.executed).not.toContain('CancelFlight');
	});

	it('P12 replies to undo commands never reach onReply or next, and never complete the process', async () => {
		const calls: string[] = [];
		const { world, processId } = await canceledAtLast({ compensation: 'UNDO_SECOND', calls });
		const before = calls.length;

		await world.run();

		expect(calls).toHaveLength(before);
		expect((await world.load(processId)).process.status).toBe('COMPENSATED');
		expect(await world.eventTypes(processId)).not.toContain('COMPLETED');
	});

	it('P13 a canceled undo never sends any undo twice', async () => {
		const { world, processId } = await compensating(Waiting);
		await world.run({ CancelFlight: { parks: 'BROKEN' } });

		await world.operate(processId, 'CANCEL_FLIGHT', { action: 'cancel', reason: 'paid in cash' });
		await world.run();

		expect(world.executed.slice(4)).toEqual(['RefundCard', 'CancelFlight']);
		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATING', compensationErrors: 1 });
	});

	it('P13 a canceled undo under the default policy sends every other undo once', async () => {
		const { world, processId } = await compensating();
		await world.work({ RefundCard: { parks: 'BROKEN' } });

		await world.operate(processId, 'REFUND', { action: 'cancel', reason: 'paid in cash' });
		await world.run();

		expect(world.executed.slice(4)).toEqual(['RefundCard', 'CancelFlight', 'CancelHotel']);
		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 1 });
	});
});
