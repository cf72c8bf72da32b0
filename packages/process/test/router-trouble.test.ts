/** O1 to O5: answers that a router cannot handle. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BusinessRuleError } from '@cb/core';
import { createReplyRouter, defineProcess } from '../src/index.ts';
import { replyTo, unknownId, untilSetAside, without } from './answers.ts';
import { BookHotel, Trip, defineTrip } from './trip.ts';
import { containing, domain, openIdleWorld, openWorld, queue, required } from './world.ts';

describe('answers that cannot be handled', () => {
	it('O1 an answer without correlation id that no process waits for is set aside, with a warning', async () => {
		const world = await openWorld();
		const processId = await world.start();
		const reply = await replyTo(world, processId, { command_id: unknownId });
		await world.subject.putMessage(queue, without(reply, 'correlation_id'));

		await untilSetAside(world);

		expect(await world.unhandled()).toMatchObject([{ queue, reason: containing('no-correlation') }]);
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

		expect(await world.unhandled()).toMatchObject([{ body: reply, reason: containing(unknownId) }]);
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

		expect(await world.unhandled()).toMatchObject([{ reason: containing('no definition of "Trip"') }]);
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
		expect(await world.unhandled()).toMatchObject([{ reason: containing('onReply is broken') }]);
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
		expect(await world.unhandled()).toMatchObject([{ reason: containing('malformed') }]);
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
		expect(await world.unhandled()).toMatchObject([{ reason: containing('domain-not-found') }]);
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
