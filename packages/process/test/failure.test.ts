/** P1 to P5, P16, P17 and S062: failures and the Troubleshooting Queue, with real commands, real acts and a real router. */
import { describe, expect, it } from 'vitest';
import { commandsOf, resultSchemaLookup } from '../src/index.ts';
import { compensating, parkedAtMail, restartedRouter, undoRecords } from './trip-runs.ts';
import { Trip, defineTrip } from './trip.ts';
import { containing, openWorld, required } from './world.ts';

const Compensating = defineTrip({ onFailed: 'compensate' });

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
		expect(commandsOf([Trip, defineTrip()]).map(({ type }) => type)).toHaveLength(7);
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
			{ body: { command_type: 'BookHotel', data: { reference: 7 } }, reason: containing('$.hotel') },
		]);
	});
});
