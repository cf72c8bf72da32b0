/** S7, O11: a store that fails, and a router that dies. */
import { describe, expect, it } from 'vitest';
import { createReplyRouter } from '../src/index.ts';
import { untilSetAside } from './answers.ts';
import { failing, holding, losingAnswers, refusingProcess } from './faulty-backends.ts';
import { Trip } from './trip.ts';
import { containing, domain, openIdleWorld } from './world.ts';

describe('a store that fails', () => {
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
		expect(await world.unhandled()).toMatchObject([{ reason: containing('cannot be stored') }]);
	});

	it('S7 a crash before the advance is stored leaves the process where it was, and the answer comes again', async () => {
		const world = await openIdleWorld();
		const never = new Promise<undefined>(() => undefined);
		// With room for a second set it would go on polling, and take the answer itself when it comes again.
		const dying = createReplyRouter({
			backend: holding(world.backend, never),
			domain,
			definitions: [Trip],
			concurrency: 1,
		});
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
});
