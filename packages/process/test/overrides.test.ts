/** What an operator may do to a process beyond its commands, and what is refused. */
import { describe, expect, it } from 'vitest';
import { createProcessManager, createReplyRouter } from '../src/index.ts';
import { Trip, defineTrip } from './trip.ts';
import { domain, openWorld, queue, required } from './world.ts';
import type { World } from './world.ts';

const Waiting = defineTrip({ onCompensationFailure: 'wait' });
const operator = { id: 'olga', kind: 'human' } as const;
const act = { operator, reason: 'asked by the customer' };

type OverrideName = 'retryStep' | 'retryReply' | 'compensate' | 'cancel';
const overrides: readonly OverrideName[] = ['retryStep', 'retryReply', 'compensate', 'cancel'];

/** A reply that is taken off the queue before a router sees it, as if it were lost. */
async function loseReplies(world: World): Promise<void> {
	const received = await world.backend.replies.receive(queue, 100, 30);
	await world.backend.replies.acknowledge(received.map(({ lease }) => lease));
}

/** A process whose first command ended as `work` says, without the process hearing of it. */
async function unheard(work: { readonly completes: { readonly reference: string } } | { readonly fails: string }) {
	const world = await openWorld();
	const processId = await world.start();
	await world.router.stop();
	await world.work({ BookHotel: work });
	await loseReplies(world);
	return { world, processId };
}

async function waitingAtFailedUndo(): Promise<{ readonly world: World; readonly processId: string }> {
	const world = await openWorld({ definitions: [Waiting] });
	const { processId } = await world.manager.start(Waiting, { traveller: 'Ada' });
	await world.run({ SendMail: { parks: 'NO_ADDRESS' } });
	await world.operate(processId, 'MAIL', { action: 'cancel', reason: 'given up' });
	await world.run({ RefundCard: { fails: 'TOO_LATE' } });
	return { world, processId };
}

describe('every override', () => {
	it.each(overrides)('%s needs an operator and a reason, both non-blank', async (name) => {
		const world = await openWorld();
		const processId = await world.start();

		await expect(world.manager[name](processId, { operator: { id: ' ' }, reason: 'why' })).rejects.toMatchObject({
			code: 'invalid-argument',
		});
		await expect(world.manager[name](processId, { operator, reason: '\t' })).rejects.toMatchObject({
			code: 'invalid-argument',
		});
	});

	it.each(overrides)('%s names an unknown process', async (name) => {
		const world = await openWorld();

		await expect(world.manager[name]('01990000-0000-7000-8000-000000000000', act)).rejects.toMatchObject({
			code: 'process-not-found',
		});
	});

	it.each(overrides)('%s refuses a process that has ended and changes nothing', async (name) => {
		const world = await openWorld();
		const processId = await world.start();
		await world.run();
		const before = await world.load(processId);

		await expect(world.manager[name](processId, act)).rejects.toMatchObject({
			code: 'invalid-operation',
			status: 'COMPLETED',
		});
		expect(await world.load(processId)).toEqual(before);
	});

	it.each(overrides)('%s refuses when the process is not at the version that was seen', async (name) => {
		const world = await openWorld();
		const processId = await world.start();

		await expect(world.manager[name](processId, { ...act, expectedVersion: 7 })).rejects.toMatchObject({
			code: 'conflict',
		});
	});

	it('is decided anew when an answer came in between, and gives up after its bound', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const { processes } = world.backend;
		let staleCount = 0;
		const advance: typeof processes.advance = (advances) => {
			staleCount += 1;
			return staleCount <= 2 ? Promise.resolve([{ kind: 'stale' }]) : processes.advance(advances);
		};

		const backend = { ...world.backend, processes: { ...processes, advance } };

		await createProcessManager(backend, [Trip]).cancel(processId, act);
		expect(staleCount).toBe(3);

		staleCount = 0;
		const impatient = createProcessManager(backend, [Trip], { maxStaleRetries: 1 });
		await expect(impatient.cancel(await world.start(), act)).rejects.toMatchObject({ code: 'stale-process' });
	});
});

describe('a manager without the definition', () => {
	it('cancels, and refuses what would ask the definition', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const manager = createProcessManager(world.backend, []);

		await expect(manager.compensate(processId, act)).rejects.toThrow(/no definition of "Trip"/);
		await expect(manager.retryStep(processId, act)).rejects.toThrow(/no definition of "Trip"/);
		expect(await manager.cancel(processId, act)).toMatchObject({ status: 'CANCELED' });
	});
});

describe('retryStep', () => {
	it('sends a lost command again, as a new command, with its line in the trail', async () => {
		const { world, processId } = await unheard({ fails: 'NO_ROOM' });
		const first = await world.stepOf(processId, 'BOOK_HOTEL');

		const receipt = await world.manager.retryStep(processId, act);

		expect(receipt).toEqual({ processId, status: 'WAITING_FOR_REPLY', version: 2 });
		const { process, steps } = await world.load(processId);
		expect(process).toMatchObject({ status: 'WAITING_FOR_REPLY', currentStep: 'BOOK_HOTEL', error: null });
		expect(steps).toMatchObject([
			{ step: 'BOOK_HOTEL', status: 'CANCELED', error: { code: 'STEP_RETRIED', message: act.reason } },
			{ step: 'BOOK_HOTEL', status: 'OPEN', position: 2 },
		]);
		expect(steps[1]?.commandId).not.toBe(first.commandId);
		const events = await world.manager.history(processId);
		expect(events.slice(-2)).toMatchObject([
			{
				type: 'OPERATOR_RETRY_STEP',
				step: 'BOOK_HOTEL',
				details: { operator, reason: act.reason, status: 'WAITING_FOR_REPLY' },
			},
			{ type: 'STEP_SENT', step: 'BOOK_HOTEL' },
		]);
	});

	it('sends an undo that failed again, where compensation waits for it', async () => {
		const { world, processId } = await waitingAtFailedUndo();

		await world.manager.retryStep(processId, act);

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: 'REFUND',
			compensationErrors: 0,
			error: { message: 'given up' },
		});
		await world.run();
		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 0 });
		expect(world.executed.slice(4)).toEqual(['RefundCard', 'RefundCard', 'CancelFlight', 'CancelHotel']);
	});

	it('counts an undo that fails again once', async () => {
		const { world, processId } = await waitingAtFailedUndo();

		await world.manager.retryStep(processId, act);
		await world.run({ RefundCard: { fails: 'STILL_TOO_LATE' } });

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATING', compensationErrors: 1 });
	});

	it('sends a command again that the store does not know any more', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const { queries } = world.backend;
		const getMany: typeof queries.getMany = (addresses) => Promise.resolve(addresses.map(() => undefined));

		const manager = createProcessManager({ ...world.backend, queries: { ...queries, getMany } }, [Trip]);

		await manager.retryStep(processId, act);

		expect((await world.load(processId)).steps).toHaveLength(2);
	});

	it('refuses while the command may still answer', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await expect(world.manager.retryStep(processId, act)).rejects.toThrow(/is PENDING and will answer/);
		await world.work({ BookHotel: 'leaves it' });
		await expect(world.manager.retryStep(processId, act)).rejects.toThrow(/is IN_PROGRESS and will answer/);
	});

	it('refuses a parked command and says where to go', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work({ BookHotel: { parks: 'BROKEN' } });

		await expect(world.manager.retryStep(processId, act)).rejects.toThrow(/Troubleshooting Queue/);
	});

	it('refuses a command that COMPLETED: its work would be done twice', async () => {
		const { world, processId } = await unheard({ completes: { reference: 'H-1' } });

		await expect(world.manager.retryStep(processId, act)).rejects.toThrow(/retryReply/);
		expect((await world.load(processId)).steps).toHaveLength(1);
	});
});

describe('retryReply', () => {
	it('applies the answer of a command that COMPLETED, and executes nothing again', async () => {
		const { world, processId } = await unheard({ completes: { reference: 'H-1' } });

		await world.manager.retryReply(processId, act);

		expect((await world.load(processId)).process).toMatchObject({
			currentStep: 'BOOK_FLIGHT',
			state: { hotel: 'H-1' },
		});
		expect(world.executed).toEqual(['BookHotel']);
		expect(await world.eventTypes(processId)).toEqual([
			'STARTED',
			'STEP_SENT',
			'OPERATOR_RETRY_REPLY',
			'STEP_ANSWERED',
			'STEP_SENT',
		]);
	});

	it('applies the error of a command that FAILED', async () => {
		const { world, processId } = await unheard({ fails: 'NO_ROOM' });

		await world.manager.retryReply(processId, act);

		expect((await world.load(processId)).process).toMatchObject({ status: 'FAILED', error: { code: 'NO_ROOM' } });
	});

	it('applies an operator’s complete whose reply was suppressed', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work({ BookHotel: { parks: 'BROKEN' } });
		await world.operate(processId, 'BOOK_HOTEL', {
			action: 'complete',
			result: { reference: 'by-phone' },
			suppressReply: true,
		});
		expect((await world.load(processId)).process.status).toBe('WAITING_FOR_TSQ');

		await world.manager.retryReply(processId, act);

		expect((await world.load(processId)).process).toMatchObject({
			status: 'WAITING_FOR_REPLY',
			state: { hotel: 'by-phone' },
		});
	});

	it('leaves the reply itself nothing to do when it comes after all', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.router.stop();
		await world.work();

		await world.manager.retryReply(processId, act);

		const router = createReplyRouter({ backend: world.backend, domain, definitions: [Trip] });
		await router.start();
		await world.settle();
		await router.stop();

		const { steps } = await world.load(processId);
		expect(steps).toHaveLength(2);
		expect((await world.eventTypes(processId)).at(-1)).toBe('REPLY_IGNORED');
	});

	it('refuses a command without an answer', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await expect(world.manager.retryReply(processId, act)).rejects.toThrow(/no answer yet/);
	});
});

describe('compensate', () => {
	it('starts compensation from WAITING_FOR_REPLY; the late reply of the open step is recorded as ignored', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work();

		await world.manager.compensate(processId, act);

		expect((await world.load(processId)).process).toMatchObject({
			status: 'COMPENSATING',
			currentStep: 'CANCEL_HOTEL',
			error: { type: 'CANCELED', code: 'OPERATOR_COMPENSATE', message: act.reason },
		});
		await world.run();
		expect((await world.load(processId)).process.status).toBe('COMPENSATED');
		const ignored = (await world.manager.history(processId)).filter(({ type }) => type === 'REPLY_IGNORED');
		expect(ignored).toMatchObject([
			{ step: 'BOOK_FLIGHT', details: { outcome: 'SUCCESS', reason: 'already-answered' } },
		]);
	});

	it('starts compensation from WAITING_FOR_TSQ', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.run({ BookFlight: { parks: 'BROKEN' } });

		const { status } = await world.manager.compensate(processId, act);
		await world.run();

		expect(status).toBe('COMPENSATING');
		expect((await world.load(processId)).process.status).toBe('COMPENSATED');
		expect(await world.eventTypes(processId)).toContain('OPERATOR_COMPENSATE');
	});

	it('goes on without an undo that compensation waits for', async () => {
		const { world, processId } = await waitingAtFailedUndo();

		await world.manager.compensate(processId, act);
		await world.run();

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPENSATED', compensationErrors: 1 });
		expect(world.executed.slice(4)).toEqual(['RefundCard', 'CancelFlight', 'CancelHotel']);
	});

	it('refuses while an undo is awaited: no undo is sent twice', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work();
		await world.manager.compensate(processId, act);

		await expect(world.manager.compensate(processId, act)).rejects.toThrow(/undo "CANCEL_HOTEL" is awaited/);
	});
});

describe('cancel', () => {
	it('ends the process where it is, undoes nothing and keeps the reason', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work();

		await world.manager.cancel(processId, act);
		await world.run();

		const { process } = await world.load(processId);
		expect(process).toMatchObject({
			status: 'CANCELED',
			currentStep: null,
			error: { code: 'OPERATOR_CANCEL', message: act.reason, details: { operatorId: 'olga' } },
		});
		expect(process.completedAt).toBeInstanceOf(Date);
		expect(world.executed).toEqual(['BookHotel', 'BookFlight']);
		expect((await world.eventTypes(processId)).slice(-3)).toEqual(['OPERATOR_CANCEL', 'CANCELED', 'REPLY_IGNORED']);
	});

	it('ends a compensation; what its open undo still answers corrects the record only', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.work();
		await world.manager.compensate(processId, act);

		await world.manager.cancel(processId, act);
		await world.run();

		const { process, steps } = await world.load(processId);
		expect(process.status).toBe('CANCELED');
		expect(required(steps.at(-1), 'undo')).toMatchObject({ step: 'CANCEL_HOTEL', status: 'SUCCEEDED' });
	});
});
