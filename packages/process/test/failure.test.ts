/** P and S062: failures, the Troubleshooting Queue and compensation, with real commands, real acts and a real router. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandLookup, createReplyRouter, defineProcess, resultSchemaLookup } from '../src/index.ts';
import type { ReplyRouter } from '../src/index.ts';
import { BookHotel, SendMail, Trip, defineTrip } from './trip.ts';
import { openWorld, required } from './world.ts';
import type { Work, World } from './world.ts';

const Compensating = defineTrip({ onFailed: 'compensate' });
const Waiting = defineTrip({ onCompensationFailure: 'wait' });

/** A process whose mail is parked: hotel, flight and card are done. */
async function parkedAtMail(definition = Trip): Promise<{ readonly world: World; readonly processId: string }> {
	const world = await openWorld({ definitions: [definition] });
	const { processId } = await world.manager.start(definition, { traveller: 'Ada' });
	await world.run({ SendMail: { parks: 'NO_ADDRESS' } });
	return { world, processId };
}

/** The same, canceled by the operator: the refund is on its way. */
async function compensating(definition = Trip): Promise<{ readonly world: World; readonly processId: string }> {
	const parked = await parkedAtMail(definition);
	await parked.world.operate(parked.processId, 'MAIL', { action: 'cancel', reason: 'no such traveller' });
	return parked;
}

async function undoRecords({ world, processId }: { readonly world: World; readonly processId: string }) {
	const { steps } = await world.load(processId);
	return steps.filter(({ kind }) => kind === 'undo').map(({ step, undoes, status }) => ({ step, undoes, status }));
}

describe('a FAILED reply', () => {
	it('P1 AC1 ends the process as FAILED with the code and message of the error', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.run({ BookFlight: { fails: 'NO_SEAT' } });

		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({
			status: 'FAILED',
			currentStep: null,
			error: { type: 'BUSINESS_RULE', code: 'NO_SEAT', message: 'It is NO_SEAT.' },
			compensationPlan: null,
		});
		expect(process.completedAt).toBeInstanceOf(Date);
		expect(steps.at(-1)).toMatchObject({ step: 'BOOK_FLIGHT', status: 'FAILED', error: { code: 'NO_SEAT' } });
		expect(world.executed).toEqual(['BookHotel', 'BookFlight']);
	});

	it('Verification: FAILED reply sets process to FAILED status', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.run({ BookHotel: { fails: 'FULL' } });

		expect((await world.load(processId)).process.status).toBe('FAILED');
	});

	it('P1 compensates where the definition says so: the error stays, the end is COMPENSATED', async () => {
		const world = await openWorld({ definitions: [Compensating] });
		const { processId } = await world.manager.start(Compensating, { traveller: 'Ada' });

		await world.run({ ChargeCard: { fails: 'NO_FUNDS' } });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATED',
			error: { code: 'NO_FUNDS' },
			compensationErrors: 0,
		});
		expect(world.executed).toEqual(['BookHotel', 'BookFlight', 'ChargeCard', 'CancelFlight', 'CancelHotel']);
	});
});

describe('a parked command', () => {
	it('P2 AC2 makes the process WAITING_FOR_TSQ, with the error of the command', async () => {
		const { world, processId } = await parkedAtMail();

		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({
			status: 'WAITING_FOR_TSQ',
			currentStep: 'MAIL',
			error: { code: 'NO_ADDRESS' },
			completedAt: null,
		});
		expect(steps.at(-1)).toMatchObject({ step: 'MAIL', status: 'PARKED', error: { code: 'NO_ADDRESS' } });
		expect((await world.manager.history(processId)).at(-1)).toMatchObject({ type: 'STEP_PARKED', step: 'MAIL' });
	});

	it('Verification: WAITING_FOR_TSQ status set when command goes to TSQ', async () => {
		const { world, processId } = await parkedAtMail();

		expect((await world.load(processId)).process.status).toBe('WAITING_FOR_TSQ');
		expect(await world.backend.troubleshooting.count({})).toBe(1);
	});

	it('P2 is told by a durable notice: a router that was away hears of it later', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.router.stop();
		await world.work({ BookHotel: { parks: 'BROKEN' } });

		const later = await restartedRouter(world);

		expect((await world.load(processId)).process.status).toBe('WAITING_FOR_TSQ');
		await later.stop();
	});

	it('P3 the operator’s retry makes it WAITING_FOR_REPLY again, and it goes on', async () => {
		const { world, processId } = await parkedAtMail();

		await world.operate(processId, 'MAIL', { action: 'retry' });

		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({ status: 'WAITING_FOR_REPLY', currentStep: 'MAIL', error: null });
		expect(steps.at(-1)).toMatchObject({ status: 'OPEN', generation: 2, error: null });
		await world.run();
		expect((await world.load(processId)).process.status).toBe('COMPLETED');
		expect(world.executed.filter((type) => type === 'SendMail')).toHaveLength(2);
	});

	it('P3 a command that is parked again after a retry waits again', async () => {
		const { world, processId } = await parkedAtMail();

		await world.operate(processId, 'MAIL', { action: 'retry' });
		await world.run({ SendMail: { parks: 'STILL_NO_ADDRESS' } });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'WAITING_FOR_TSQ',
			error: { code: 'STILL_NO_ADDRESS' },
		});
	});

	it('P4 AC3 an operator’s complete continues with the next step, and onReply sees the data', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.run({ BookFlight: { parks: 'TIMEOUT' } });

		await world.operate(processId, 'BOOK_FLIGHT', { action: 'complete', result: { reference: 'by-phone' } });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'WAITING_FOR_REPLY',
			currentStep: 'CHARGE',
			state: { flight: 'by-phone' },
			error: null,
		});
		await world.run();
		expect((await world.load(processId)).process.status).toBe('COMPLETED');
	});

	it('Verification: TSQ complete allows process to continue', async () => {
		const { world, processId } = await parkedAtMail();

		await world.operate(processId, 'MAIL', { action: 'complete', result: null });

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPLETED', error: null });
	});

	it('P5 AC4 an operator’s cancel compensates, and the reason stays on the process', async () => {
		const { world, processId } = await parkedAtMail();

		await world.operate(processId, 'MAIL', { action: 'cancel', reason: 'no such traveller' });

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: 'REFUND',
			compensationPlan: [
				{ undoes: 'BOOK_FLIGHT', step: 'CANCEL_FLIGHT' },
				{ undoes: 'BOOK_HOTEL', step: 'CANCEL_HOTEL' },
			],
			error: { type: 'CANCELED', code: 'CANCELED', message: 'no such traveller' },
		});
		await world.run();
		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATED',
			error: { message: 'no such traveller' },
		});
	});

	it('Verification: TSQ cancel triggers compensation', async () => {
		const { world, processId } = await compensating();

		await world.run();

		expect(await undoRecords({ world, processId })).toHaveLength(3);
	});

	it('P17 the result schema of a parked command is there for the operator’s tool', async () => {
		const find = resultSchemaLookup([Trip]);

		const schema = required(find('trips', 'BookFlight'), 'result schema');
		expect(await schema['~standard'].validate({ reference: 7 })).toMatchObject({ issues: [{ path: ['reference'] }] });
		expect(find('trips', 'SendMail')).toBeUndefined();
		expect(find('trips', 'Unknown')).toBeUndefined();
		expect(commandLookup([Trip])('trips', 'SendMail')?.type).toBe('SendMail');
	});
});

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

describe('a definition that throws', () => {
	it('P16 leaves the process unchanged, and operators see the reply and the error', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.work({ BookHotel: { completes: { reference: 7 } } });
		for (let delivery = 0; delivery < 10; delivery++) await world.elapseSeconds(11);

		expect((await world.load(processId)).process).toMatchObject({ status: 'WAITING_FOR_REPLY', version: 1 });
		expect(await world.unhandled()).toMatchObject([
			{ body: { command_type: 'BookHotel', data: { reference: 7 } }, reason: expect.stringContaining('$.hotel') },
		]);
	});
});

async function restartedRouter(world: World): Promise<ReplyRouter> {
	const router = createReplyRouter({ backend: world.backend, domain: 'trips', definitions: [Trip] });
	await router.start();
	await world.settle();
	return router;
}

/** First → second → last; the last one is parked and canceled. */
async function canceledAtLast({
	compensation,
	calls = [],
}: {
	readonly compensation: 'UNDO_SECOND' | ((state: { readonly count: number }) => 'UNDO_SECOND' | undefined) | undefined;
	readonly calls?: string[];
}) {
	const to = { to: 'Ada' };
	const isNamed = compensation !== undefined;
	const definition = defineProcess({
		type: 'Short',
		domain: 'trips',
		input: z.object({}),
		state: z.object({ count: z.number() }),
		initialState: () => ({ count: 0 }),
		first: 'FIRST',
		steps: {
			FIRST: {
				definition: SendMail,
				command: () => ({ data: to }),
				onReply: (state) => {
					calls.push('onReply');
					return { count: state.count + 1 };
				},
				next: () => {
					calls.push('next');
					return 'SECOND';
				},
				compensation: 'UNDO_FIRST',
			},
			SECOND: { definition: SendMail, command: () => ({ data: to }), next: 'LAST', compensation },
			LAST: { definition: BookHotel, command: () => ({ data: { traveller: 'Ada' } }), next: 'end' },
			UNDO_FIRST: { definition: SendMail, command: () => ({ data: to }) },
			...(isNamed ? { UNDO_SECOND: { definition: SendMail, command: () => ({ data: to }) } } : {}),
		},
	});
	const world = await openWorld({ definitions: [definition] });
	const { processId } = await world.manager.start(definition, {});
	const parks: Work = { parks: 'BROKEN' };
	await world.run({ BookHotel: parks });
	await world.operate(processId, 'LAST', { action: 'cancel', reason: 'given up' });
	return { definition, world, processId };
}
