/** N: starting processes and running them to their end. */
import { describe, expect, it } from 'vitest';
import { isCommandBusError } from '@cb/core';
import { Trip, defineTrip } from './trip.ts';
import { domain, openWorld, queue, required } from './world.ts';

describe('start', () => {
	it('N1 stores the process, its first command, the step record and the trail', async () => {
		const world = await openWorld();

		const { processId, isExisting } = await world.manager.start(Trip, { traveller: 'Ada' });

		const { process, steps } = await world.load(processId);
		expect(isExisting).toBe(false);
		expect(process).toMatchObject({
			processType: 'Trip',
			domain,
			status: 'WAITING_FOR_REPLY',
			currentStep: 'BOOK_HOTEL',
			state: { traveller: 'Ada', cents: 100, hotel: null, flight: null, charge: null },
			completedAt: null,
		});
		expect(steps).toMatchObject([
			{ position: 1, step: 'BOOK_HOTEL', kind: 'forward', commandType: 'BookHotel', status: 'OPEN', generation: 1 },
		]);
		expect(await world.commandOf(processId, 'BOOK_HOTEL')).toMatchObject({
			status: 'PENDING',
			correlationId: processId,
			replyTo: queue,
		});
		expect(await world.eventTypes(processId)).toEqual(['STARTED', 'STEP_SENT']);
	});

	it('N1 carries headers with the first command', async () => {
		const world = await openWorld();

		await world.manager.start(Trip, { traveller: 'Ada' }, { headers: { traceparent: '00-1-2-01' } });

		const [command] = await world.work();
		expect(command?.headers).toMatchObject({ traceparent: '00-1-2-01' });
	});

	it('N1 refuses input that does not match its schema, with paths, and stores nothing', async () => {
		const world = await openWorld();

		// @ts-expect-error: what the compiler catches may still come from JavaScript.
		const starting = world.manager.start(Trip, { traveller: 7 });

		await expect(starting).rejects.toMatchObject({ code: 'payload-invalid', issues: [{ path: '$.traveller' }] });
		expect(await world.manager.count()).toBe(0);
	});

	it('N1 refuses a definition that the manager does not know', async () => {
		const world = await openWorld();

		const starting = world.manager.start(defineTrip({ type: 'Other' }), { traveller: 'Ada' });

		await expect(starting).rejects.toMatchObject({ code: 'invalid-argument' });
	});

	it('N1 names the domain that does not exist', async () => {
		const world = await openWorld();
		await world.subject.dropQueue(queue);

		const starting = world.manager.start(Trip, { traveller: 'Ada' });

		await expect(starting).rejects.toMatchObject({ code: 'reply-queue-not-found', replyTo: queue });
		expect(await world.manager.count()).toBe(0);
	});

	it('N2 leaves nothing when the transaction it joined rolls back', async () => {
		const world = await openWorld();
		let processId = '';

		const transaction = world.subject.transaction(async (tx) => {
			({ processId } = await world.manager.start(Trip, { traveller: 'Ada' }, { tx }));
			throw new RangeError('the caller changed its mind');
		});

		await expect(transaction).rejects.toThrow(RangeError);
		expect(await world.manager.get(processId)).toBeUndefined();
		expect(await world.manager.history(processId)).toEqual([]);
		expect(await world.work()).toEqual([]);
	});

	it('N2 holds once the transaction it joined commits', async () => {
		const world = await openWorld();

		const { processId } = await world.subject.transaction((tx) =>
			world.manager.start(Trip, { traveller: 'Ada' }, { tx }),
		);
		await world.run();

		expect((await world.load(processId)).process.status).toBe('COMPLETED');
	});

	it('N3 returns the first process for a repeated business key', async () => {
		const world = await openWorld();
		const first = await world.manager.start(Trip, { traveller: 'Ada' }, { businessKey: 'order-1' });

		const second = await world.manager.start(Trip, { traveller: 'Bob' }, { businessKey: 'order-1' });

		expect(second).toEqual({ processId: first.processId, isExisting: true });
		expect(await world.manager.count()).toBe(1);
		expect(await world.work()).toHaveLength(1);
	});

	it('N3 returns the first process for a repeated process id, and refuses the id of another type', async () => {
		const Other = defineTrip({ type: 'Other' });
		const world = await openWorld({ definitions: [Trip, Other] });
		const processId = await world.start();

		expect(await world.manager.start(Trip, { traveller: 'Ada' }, { processId })).toEqual({
			processId,
			isExisting: true,
		});
		await expect(world.manager.start(Other, { traveller: 'Ada' }, { processId })).rejects.toMatchObject({
			code: 'conflict',
		});
	});
});

describe('replies', () => {
	it('N4 a SUCCESS updates the state, answers the step and sends the next command', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.work({ BookHotel: { completes: { reference: 'H-7' } } });

		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({
			status: 'WAITING_FOR_REPLY',
			currentStep: 'BOOK_FLIGHT',
			state: { hotel: 'H-7', flight: null },
		});
		expect(steps).toMatchObject([
			{ step: 'BOOK_HOTEL', status: 'SUCCEEDED', reply: { reference: 'H-7' } },
			{ step: 'BOOK_FLIGHT', status: 'OPEN', reply: null },
		]);
		const [command] = await world.work({ BookFlight: 'leaves it' });
		expect(command).toMatchObject({
			data: { hotel: 'H-7' },
			correlationId: processId,
			causationId: steps[0]?.commandId,
			replyTo: queue,
		});
	});

	it('N5 a SUCCESS for the last step completes the process and sends nothing', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.run();

		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({ status: 'COMPLETED', currentStep: null, error: null });
		expect(process.completedAt).toBeInstanceOf(Date);
		expect(steps.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
		expect(world.executed).toEqual(['BookHotel', 'BookFlight', 'ChargeCard', 'SendMail']);
		expect(await world.waiting()).toBe(0);
	});

	it('N6 the trail is in order of sending, with a duration for every step', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.elapseSeconds(2);
		await world.run();

		const { steps } = await world.load(processId);
		const events = await world.manager.history(processId);
		expect(steps.map(({ step }) => step)).toEqual(['BOOK_HOTEL', 'BOOK_FLIGHT', 'CHARGE', 'MAIL']);
		expect(steps.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
		const first = required(steps[0], 'first step');
		expect(required(first.answeredAt, 'answer').getTime() - first.sentAt.getTime()).toBe(2_000);
		expect(events.map(({ type }) => type)).toEqual([
			'STARTED',
			...['STEP_SENT', 'STEP_ANSWERED', 'STEP_SENT', 'STEP_ANSWERED', 'STEP_SENT', 'STEP_ANSWERED', 'STEP_SENT'],
			...['STEP_ANSWERED', 'COMPLETED'],
		]);
		const sequences = events.map(({ sequence }) => Number(sequence));
		expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
	});

	it('N7 a state without a JSON form is refused at start, and a reply that would make one leaves the process alone', async () => {
		const world = await openWorld();

		const refused = world.manager.start(Trip, { traveller: 'a\u0000b' });

		await expect(refused).rejects.toSatisfy((error) => isCommandBusError(error, 'payload-invalid'));
	});

	it('N7 the state comes back as it was stored', async () => {
		const world = await openWorld();
		const traveller = 'Ada "Countess" Lovelace – ⚙️ \\ /\n';
		const processId = await world.start({ traveller });
		await world.run();

		const { process } = await world.load(processId);
		expect(process.state).toEqual({
			traveller,
			cents: 100,
			hotel: 'BookHotel-1',
			flight: 'BookFlight-1',
			charge: 'ChargeCard-1',
		});
	});
});

describe('looking', () => {
	it('N8 finds exactly the processes with the statuses asked for', async () => {
		const world = await openWorld();
		const done = await world.start();
		await world.run();
		const waiting = await world.start({ traveller: 'Bob' });

		const found = await world.manager.list({ statuses: ['WAITING_FOR_REPLY', 'WAITING_FOR_TSQ'] });

		expect(found.items.map(({ processId }) => processId)).toEqual([waiting]);
		expect(await world.manager.count({ statuses: ['COMPLETED'] })).toBe(1);
		expect((await world.manager.list({ text: done })).items).toHaveLength(1);
		expect(await world.manager.count({ processType: 'Other' })).toBe(0);
		expect(await world.manager.count({ createdFrom: new Date(Date.UTC(2027, 0)) })).toBe(0);
	});

	it('N8 pages by cursor, newest first', async () => {
		const world = await openWorld();
		const ids: string[] = [];
		for (const traveller of ['a', 'b', 'c', 'd', 'e']) {
			ids.unshift(await world.start({ traveller }));
			await world.elapseSeconds(1);
		}

		const first = await world.manager.list({}, { limit: 2 });
		const second = await world.manager.list({}, { limit: 2, cursor: first.nextCursor });
		const third = await world.manager.list({}, { limit: 2, cursor: second.nextCursor });

		const pages = [first, second, third].map(({ items }) => items.map(({ processId }) => processId));
		expect(pages.flat()).toEqual(ids);
		expect(third.nextCursor).toBeUndefined();
	});

	it('N8 names an id that cannot be one, and finds nothing for one that is unknown', async () => {
		const { manager } = await openWorld();
		const unknown = '01990000-0000-7000-8000-000000000000';

		await expect(manager.get('7')).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(await manager.get(unknown)).toBeUndefined();
		expect(await manager.history(unknown)).toEqual([]);
		expect(await manager.getBatch(unknown)).toBeUndefined();
	});

	it('N8 names an unknown filter field', async () => {
		const world = await openWorld();

		// @ts-expect-error: what the compiler catches may still come from JavaScript.
		await expect(world.manager.list({ state: 'COMPLETED' })).rejects.toMatchObject({ code: 'invalid-argument' });
	});
});
