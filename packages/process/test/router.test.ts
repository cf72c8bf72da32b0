/** O10, O11: the life of a router. */
import { describe, expect, it } from 'vitest';
import { createHandlers, createWorker } from '@cb/core';
import { createReplyRouter } from '../src/index.ts';
import { unknownId } from './answers.ts';
import { countingCalls, holding } from './faulty-backends.ts';
import { Trip, defineTrip } from './trip.ts';
import { domain, openIdleWorld, openWorld, queue } from './world.ts';

/** To a command that no process waits for. */
const strayReply = {
	kind: 'reply',
	reply_id: unknownId,
	command_id: unknownId,
	command_type: 'Stray',
	domain,
	correlation_id: unknownId,
	generation: 1,
	outcome: 'SUCCESS',
	data: null,
	error: null,
	completed_at: new Date(0).toISOString(),
};

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

	it.each([
		['two calls of the store at a time by default', {}, 2],
		['one call of the store at a time where it is told so', { concurrency: 1 }, 1],
	])('O11 makes %s', async (_, options, most) => {
		const world = await openIdleWorld();
		const counting = countingCalls(world.backend);
		const router = createReplyRouter({
			backend: counting.backend,
			domain,
			definitions: [Trip],
			batchSize: 7,
			...options,
		});
		for (let count = 0; count < 20; count++) await world.start();
		await world.work();
		for (let count = 0; count < 20; count++) await world.subject.putMessage(queue, strayReply);

		await router.start();
		await world.settle();
		await router.stop();

		expect(await world.manager.count({ statuses: ['WAITING_FOR_REPLY'] })).toBe(20);
		expect(counting.most()).toBe(most);
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
