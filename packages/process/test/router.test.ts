/** O: the reply router, and what it does with answers it cannot handle. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BusinessRuleError, StoreError, createHandlers, createWorker } from '@cb/core';
import type { Backend, JsonObject, ProcessAdvance, StoreErrorReason } from '@cb/core';
import { createReplyRouter, defineProcess } from '../src/index.ts';
import { BookHotel, Trip, defineTrip } from './trip.ts';
import { domain, openIdleWorld, openWorld, queue, required } from './world.ts';
import type { World } from './world.ts';

const unknownId = '01990000-0000-7000-8000-000000000000';

/** A sound reply to the command that a process waits for, with some fields replaced. */
async function replyTo(world: World, processId: string, fields: JsonObject = {}): Promise<JsonObject> {
	const { steps } = await world.load(processId);
	const step = required(steps.at(-1), 'step');
	return {
		kind: 'reply',
		reply_id: unknownId,
		command_id: step.commandId,
		command_type: step.commandType,
		domain,
		correlation_id: processId,
		generation: 1,
		outcome: 'SUCCESS',
		data: { reference: 'X-1' },
		error: null,
		completed_at: new Date(0).toISOString(),
		...fields,
	};
}

function without(body: JsonObject, ...keys: readonly string[]): JsonObject {
	return Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
}

/** Long enough for every redelivery of an answer in trouble. */
async function untilSetAside(world: World): Promise<void> {
	for (let delivery = 0; delivery < 20; delivery++) await world.elapseSeconds(11);
}

describe('answers that cannot be handled', () => {
	it('O1 an answer without correlation id that no process waits for is set aside, with a warning', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const reply = await replyTo(world, processId, { command_id: unknownId });
		await world.subject.putMessage(queue, without(reply, 'correlation_id'));

		await untilSetAside(world);

		expect(await world.unhandled()).toMatchObject([{ queue, reason: expect.stringContaining('no-correlation') }]);
		expect(world.eventsOf('reply-unhandled').at(-1)).toMatchObject({ isFinal: true });
		expect(await world.waiting()).toBe(0);
	});

	it('O1 an answer without correlation id finds the process that waits for its command', async () => {
		const world = await openWorld();
		const processId = await world.start();

		await world.subject.putMessage(queue, without(await replyTo(world, processId), 'correlation_id'));
		await world.settle();

		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
	});

	it('O2 an answer for an unknown process is delivered again for the grace period, then set aside', async () => {
		const world = await openWorld({ router: { unknownProcessGraceSeconds: 60, retryDelaySeconds: 10 } });
		const processId = await world.start();
		const reply = await replyTo(world, processId, { command_id: unknownId, correlation_id: unknownId });
		await world.subject.putMessage(queue, reply);

		await world.elapseSeconds(59);
		expect(await world.unhandled()).toEqual([]);
		await world.elapseSeconds(30);

		expect(await world.unhandled()).toMatchObject([{ body: reply, reason: expect.stringContaining(unknownId) }]);
	});

	it('O2 an answer that comes before its process is committed is handled once it is', async () => {
		const world = await openWorld();
		const processId = '01990000-0000-7000-8000-00000000abcd';
		const other = await world.start();
		await world.subject.putMessage(
			queue,
			await replyTo(world, other, { command_id: unknownId, correlation_id: processId }),
		);
		await world.settle();

		await world.manager.start(Trip, { traveller: 'Ada' }, { processId });
		await untilSetAside(world);

		expect(await world.unhandled()).toEqual([]);
		expect(await world.eventTypes(processId)).toContain('REPLY_IGNORED');
	});

	it('O3 an answer for a process without definition is not lost', async () => {
		const Other = defineTrip({ type: 'Other' });
		const world = await openWorld({ definitions: [Trip, Other] });
		const forgetful = createReplyRouter({ backend: world.backend, domain, definitions: [Other] });
		await world.router.stop();
		await forgetful.start();
		const processId = await world.start();

		await world.work();
		await untilSetAside(world);
		await forgetful.stop();

		expect(await world.unhandled()).toMatchObject([{ reason: expect.stringContaining('no definition of "Trip"') }]);
		expect((await world.load(processId)).process).toMatchObject({ status: 'WAITING_FOR_REPLY', version: 1 });
	});

	it('O4 an answer whose definition throws changes nothing, is tried a bounded number of times and is set aside', async () => {
		let calls = 0;
		const Throwing = throwingProcess(() => {
			calls += 1;
			throw new BusinessRuleError('BUG', 'onReply is broken');
		});
		const world = await openWorld({ definitions: [Throwing], router: { maxReplyAttempts: 3 } });
		const { processId } = await world.manager.start(Throwing, {});

		await world.work();
		await untilSetAside(world);

		expect(calls).toBe(3);
		expect((await world.load(processId)).process).toMatchObject({ status: 'WAITING_FOR_REPLY', version: 1 });
		expect(await world.unhandled()).toMatchObject([{ reason: expect.stringContaining('onReply is broken') }]);
	});

	it('O4 a definition that was mended in time handles the answer', async () => {
		let isBroken = true;
		const Mended = throwingProcess(() => {
			if (isBroken) throw new BusinessRuleError('BUG', 'not yet');
			return { value: 2 };
		});
		const world = await openWorld({ definitions: [Mended] });
		const { processId } = await world.manager.start(Mended, {});
		await world.work();

		isBroken = false;
		await untilSetAside(world);

		expect((await world.load(processId)).process).toMatchObject({ status: 'COMPLETED', state: { value: 2 } });
		expect(await world.unhandled()).toEqual([]);
	});

	it.each([
		['text', 'not a reply'],
		['an empty object', {}],
		['null', null],
		['a foreign message', { kind: 'reply', command_id: 'x' }],
		['an outcome nobody knows', { outcome: 'MAYBE' }],
	])('O5 %s is set aside, and the router goes on', async (_, body) => {
		const world = await openWorld();
		const sound = await world.start();
		const isPatch = typeof body === 'object' && body !== null && 'outcome' in body;
		await world.subject.putMessage(queue, isPatch ? await replyTo(world, sound, body) : body);

		await world.run();
		await untilSetAside(world);

		expect((await world.load(sound)).process.status).toBe('COMPLETED');
		expect(await world.unhandled()).toMatchObject([{ reason: expect.stringContaining('malformed') }]);
	});

	it('O5 a bad answer in a set does not hold up the others of the set', async () => {
		const world = await openIdleWorld();
		const ids = [await world.start(), await world.start(), await world.start()];
		await world.work();
		await world.subject.putMessage(queue, { kind: 'nonsense' });
		await world.subject.putMessage(
			queue,
			await replyTo(world, required(ids[0], 'id'), { correlation_id: unknownId, command_id: unknownId }),
		);

		await world.router.start();
		await world.settle();

		for (const id of ids) expect((await world.load(id)).process.currentStep).toBe('BOOK_FLIGHT');
		expect(await world.waiting()).toBe(2);
	});

	it('O4 an answer whose next command is refused leaves the process alone and is seen by operators', async () => {
		const Stray = defineProcess({
			type: 'Stray',
			domain,
			input: z.object({}),
			state: z.object({}),
			initialState: () => ({}),
			first: 'A',
			steps: {
				A: { definition: BookHotel, command: () => ({ data: { traveller: 'Ada' } }), next: 'B' },
				B: {
					definition: { ...BookHotel, domain: 'nowhere' },
					command: () => ({ data: { traveller: 'Ada' } }),
					next: 'end',
				},
			},
		});
		const world = await openWorld({ definitions: [Stray] });
		const { processId } = await world.manager.start(Stray, {});

		await world.work();
		await untilSetAside(world);

		expect((await world.load(processId)).process).toMatchObject({ currentStep: 'A', version: 1 });
		expect(await world.unhandled()).toMatchObject([{ reason: expect.stringContaining('domain-not-found') }]);
	});

	it('O4 an answer whose next command is refused goes on once the domain exists', async () => {
		const Late = defineProcess({
			type: 'Late',
			domain,
			input: z.object({}),
			state: z.object({}),
			initialState: () => ({}),
			first: 'A',
			steps: {
				A: { definition: BookHotel, command: () => ({ data: { traveller: 'Ada' } }), next: 'B' },
				B: {
					definition: { ...BookHotel, domain: 'later' },
					command: () => ({ data: { traveller: 'Ada' } }),
					next: 'end',
				},
			},
		});
		const world = await openWorld({ definitions: [Late] });
		const { processId } = await world.manager.start(Late, {});
		await world.work();

		await world.backend.domains.create('later');
		await world.elapseSeconds(15);
		await world.work({}, 'later');

		expect((await world.load(processId)).process.status).toBe('COMPLETED');
	});
});

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

describe('the life of a router', () => {
	it('O10 stop lets the answers in flight finish and receives no more', async () => {
		const world = await openIdleWorld();
		const held = Promise.withResolvers<undefined>();
		const router = createReplyRouter({ backend: holding(world.backend, held.promise), domain, definitions: [Trip] });
		const processId = await world.start();
		await world.work();
		await router.start();
		await world.settle();
		expect(router.health()).toMatchObject({ state: 'healthy', inFlight: 1 });

		const stopped = router.stop();
		await world.settle();
		expect(router.health().state).toBe('stopping');
		held.resolve(undefined);
		await stopped;

		expect(router.health()).toMatchObject({ state: 'stopped', inFlight: 0, isReady: false, isLive: true });
		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
		await world.work();
		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
	});

	it('O10 stop returns after its time when the store does not answer, and the answer comes again', async () => {
		const world = await openIdleWorld();
		const never = new Promise<undefined>(() => undefined);
		const router = createReplyRouter({ backend: holding(world.backend, never), domain, definitions: [Trip] });
		const processId = await world.start();
		await world.work();
		await router.start();
		await world.settle();

		const stopped = router.stop({ timeoutMs: 1_000 });
		await world.elapseSeconds(2);
		await stopped;
		await world.router.start();
		await world.elapseSeconds(31);

		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
	});

	it('O10 a router that was stopped is not started again', async () => {
		const world = await openWorld();
		await world.router.stop();
		await world.router.stop();

		const router = createReplyRouter({ backend: world.backend, domain, definitions: [Trip] });
		await router.stop();

		await expect(router.start()).rejects.toMatchObject({ code: 'invalid-operation' });
	});

	it('O10 start names a domain that does not exist, or creates it', async () => {
		const world = await openIdleWorld();
		const options = { backend: world.backend, domain: 'elsewhere', definitions: [] };

		await expect(createReplyRouter(options).start()).rejects.toMatchObject({ code: 'domain-not-found' });

		const router = createReplyRouter({ ...options, createDomain: true });
		await router.start();
		expect(router.health()).toMatchObject({ domain: 'elsewhere', isReady: true, isListening: true });
		await router.stop();
	});

	it('O10 names options that cannot work', async () => {
		const { backend } = await openIdleWorld();

		expect(() => createReplyRouter({ backend, domain: 'No Domain', definitions: [] })).toThrow(/domain/);
		expect(() => createReplyRouter({ backend, domain, definitions: [], batchSize: 0 })).toThrow(/batchSize/);
		expect(() => createReplyRouter({ backend, domain, definitions: [Trip, defineTrip()] })).toThrow(/"Trip"/);
	});

	it('O11 without notifications polling finds the answers', async () => {
		const world = await openWorld({ router: { useWakeSignal: false, pollIntervalMs: 500 } });
		const processId = await world.start();
		await world.work();
		expect((await world.load(processId)).process.currentStep).toBe('BOOK_HOTEL');

		await world.elapseSeconds(1);

		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
	});

	it('O11 makes one call of the store at a time by default', async () => {
		const world = await openIdleWorld();
		const counting = countingCalls(world.backend);
		const router = createReplyRouter({ backend: counting.backend, domain, definitions: [Trip], batchSize: 2 });
		for (let count = 0; count < 20; count++) await world.start();
		await world.work();

		await router.start();
		await world.settle();
		await router.stop();

		expect(await world.manager.count({ statuses: ['WAITING_FOR_REPLY'] })).toBe(20);
		expect(counting.most()).toBe(1);
	});

	it('O11 reconnects for ever, tells its health meanwhile and loses nothing', async () => {
		const world = await openIdleWorld();
		const outage = failing(world.backend);
		const router = createReplyRouter({
			backend: outage.backend,
			domain,
			definitions: [Trip],
			unhealthyAfterMs: 30_000,
		});
		const processId = await world.start();
		await router.start();
		await world.settle();

		outage.begin('connection');
		await world.work();
		await world.elapseSeconds(90);
		expect(router.health()).toMatchObject({ state: 'unhealthy', isReady: false, isLive: true });
		outage.end();
		await world.elapseSeconds(40);

		expect(router.health()).toMatchObject({ state: 'healthy', consecutiveFailures: 0 });
		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
		expect(await world.unhandled()).toEqual([]);
		await router.stop();
	});

	it('O11 a set the store was away for is stored as soon as it is back, within the lease', async () => {
		const world = await openIdleWorld();
		const outage = failing(world.backend, 'advance');
		const router = createReplyRouter({ backend: outage.backend, domain, definitions: [Trip] });
		const processId = await world.start();
		await world.work();
		outage.begin('connection');
		await router.start();
		await world.elapseSeconds(5);

		outage.end();
		await world.elapseSeconds(6);

		expect((await world.load(processId)).process.currentStep).toBe('BOOK_FLIGHT');
		await router.stop();
	});

	it('O5 an advance that the store can never take does not hold up the others, and is set aside', async () => {
		const world = await openIdleWorld();
		const bad = await world.start();
		const good = await world.start();
		await world.work();
		const refusing = refusingProcess(world.backend, bad);
		const router = createReplyRouter({ backend: refusing, domain, definitions: [Trip] });

		await router.start();
		await untilSetAside(world);
		await router.stop();

		expect((await world.load(good)).process.currentStep).toBe('BOOK_FLIGHT');
		expect((await world.load(bad)).process.currentStep).toBe('BOOK_HOTEL');
		expect(await world.unhandled()).toMatchObject([{ reason: expect.stringContaining('cannot be stored') }]);
	});

	it('S7 a crash before the advance is stored leaves the process where it was, and the answer comes again', async () => {
		const world = await openIdleWorld();
		const never = new Promise<undefined>(() => undefined);
		const dying = createReplyRouter({ backend: holding(world.backend, never), domain, definitions: [Trip] });
		const processId = await world.start();
		await world.work();
		await dying.start();
		await world.settle();

		expect((await world.load(processId)).steps).toHaveLength(1);
		await world.router.start();
		await world.elapseSeconds(31);

		const { process, steps } = await world.load(processId);
		expect(process.currentStep).toBe('BOOK_FLIGHT');
		expect(steps).toHaveLength(2);
	});

	it('S7 a crash after the advance is stored and before the router knows does nothing twice', async () => {
		const world = await openIdleWorld();
		const outage = losingAnswers(world.backend);
		const router = createReplyRouter({ backend: outage, domain, definitions: [Trip] });
		const processId = await world.start();
		await world.work();

		await router.start();
		await world.elapseSeconds(5);
		await router.stop();

		expect((await world.load(processId)).steps).toHaveLength(2);
		expect(await world.eventTypes(processId)).toEqual(['STARTED', 'STEP_SENT', 'STEP_ANSWERED', 'STEP_SENT']);
	});

	it('O10 works with a real worker to the end', async () => {
		const world = await openWorld();
		const handlers = createHandlers();
		for (const step of Trip.steps) handlers.on(step.command, () => ({ reference: step.name }));
		const worker = createWorker({ backend: world.backend, domain, handlers });
		await worker.start();

		const ids = [await world.start(), await world.start()];
		for (let round = 0; round < 20; round++) await world.settle();
		const stopped = worker.stop();
		await world.elapseSeconds(60);
		await stopped;

		for (const id of ids) expect((await world.load(id)).process.status).toBe('COMPLETED');
	});
});

function throwingProcess(onReply: () => { value: number }) {
	return defineProcess({
		type: 'Throwing',
		domain,
		input: z.object({}),
		state: z.object({ value: z.number() }),
		initialState: () => ({ value: 1 }),
		first: 'ONLY',
		steps: { ONLY: { definition: BookHotel, command: () => ({ data: { traveller: 'Ada' } }), onReply, next: 'end' } },
	});
}

/** The same backend, whose advances are seen first by `before`. */
function advancing<Tx>(
	backend: Backend<Tx>,
	before: (advances: readonly ProcessAdvance[]) => Promise<unknown>,
): Backend<Tx> {
	const { processes } = backend;
	const advance: typeof processes.advance = async (advances) => {
		await before(advances);
		return processes.advance(advances);
	};
	return { ...backend, processes: { ...processes, advance } };
}

function holding<Tx>(backend: Backend<Tx>, until: Promise<undefined>): Backend<Tx> {
	return advancing(backend, () => until);
}

function interferingOnce<Tx>(backend: Backend<Tx>, interfere: () => Promise<void>): Backend<Tx> {
	let isDone = false;
	return advancing(backend, async () => {
		if (isDone) return;
		isDone = true;
		await interfere();
	});
}

function storeError(reason: StoreErrorReason, message: string): StoreError {
	return new StoreError(message, { reason, isRetryable: reason === 'connection' });
}

function refusingProcess<Tx>(backend: Backend<Tx>, processId: string): Backend<Tx> {
	return advancing(backend, (advances) =>
		advances.some((advance) => advance.processId === processId)
			? Promise.reject(storeError('unknown', 'cannot be stored'))
			: Promise.resolve(),
	);
}

/** The first advance is stored, but its caller hears of a lost connection. */
function losingAnswers<Tx>(backend: Backend<Tx>): Backend<Tx> {
	const { processes } = backend;
	let isLost = false;
	const advance: typeof processes.advance = async (advances) => {
		const outcomes = await processes.advance(advances);
		if (isLost) return outcomes;
		isLost = true;
		throw storeError('connection', 'the connection is gone');
	};
	return { ...backend, processes: { ...processes, advance } };
}

function failing<Tx>(backend: Backend<Tx>, only?: 'advance') {
	let reason: StoreErrorReason | undefined;
	const check = (): void => {
		if (reason !== undefined) throw storeError(reason, 'the store is away');
	};
	const advanced = advancing(backend, () => {
		check();
		return Promise.resolve();
	});
	const { replies } = backend;
	const receive: typeof replies.receive = async (...args) => {
		if (only === undefined) check();
		return replies.receive(...args);
	};
	return {
		backend: { ...advanced, replies: { ...replies, receive } },
		begin: (because: StoreErrorReason) => {
			reason = because;
		},
		end: () => {
			reason = undefined;
		},
	};
}

/** Counts the calls of the router's ports that are under way together. */
function countingCalls<Tx>(backend: Backend<Tx>) {
	let now = 0;
	let most = 0;
	const counted =
		<Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
		async (...args: Args): Promise<Result> => {
			now += 1;
			most = Math.max(most, now);
			try {
				return await call(...args);
			} finally {
				now -= 1;
			}
		};
	const { processes, replies } = backend;
	return {
		most: () => most,
		backend: {
			...backend,
			processes: {
				...processes,
				loadMany: counted(processes.loadMany),
				advance: counted(processes.advance),
				findByCommand: counted(processes.findByCommand),
			},
			replies: { ...replies, receive: counted(replies.receive), setAside: counted(replies.setAside) },
		},
	};
}
