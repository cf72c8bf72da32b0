/** The seven feature-level criteria of F004, each by name. */
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
	ada,
	addressOf,
	domain,
	lastEventOf,
	openQueue,
	park,
	parkMany,
	queuedIn,
	recordOf,
	repliesOn,
	replyQueue,
	statusOf,
} from './scenario.ts';

it('F004 Commands with status IN_TROUBLESHOOTING_QUEUE are queryable', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);

	expect((await scenario.queue.list()).items).toMatchObject([addressOf(command)]);
	expect(await statusOf(scenario, command)).toBe('IN_TROUBLESHOOTING_QUEUE');
});

it('F004 Operator can list by domain, command type, date range', async () => {
	const scenario = await openQueue();
	await park(scenario, { domain: 'reports', commandType: 'Refund' });
	await scenario.subject.elapse(60_000);
	const since = new Date(scenario.backend.clock.now());
	const [wanted] = await parkMany(scenario, 1, { commandType: 'Refund' });
	await park(scenario);

	const { items } = await scenario.queue.list({ domain, commandType: 'Refund', parkedFrom: since });

	expect(items.map(({ commandId }) => commandId)).toEqual([wanted?.commandId]);
});

it('F004 Operator retry reinserts payload to queue (new msg_id)', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);
	const { messageId } = await recordOf(scenario, command);

	const result = await scenario.queue.retry({ ...addressOf(command), operator: ada });

	expect(result.messageId).not.toBe(messageId);
	expect(await queuedIn(scenario)).toBe(1);
});

it('F004 Operator cancel marks as CANCELED and sends reply', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);

	await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'duplicate' });

	expect(await statusOf(scenario, command)).toBe('CANCELED');
	expect(await repliesOn(scenario)).toMatchObject([{ outcome: 'CANCELED' }]);
});

it('F004 Operator complete marks as COMPLETED and sends reply', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);

	await scenario.queue.complete({ ...addressOf(command), operator: ada, result: { done: 'by hand' } });

	expect(await statusOf(scenario, command)).toBe('COMPLETED');
	expect(await repliesOn(scenario)).toMatchObject([{ outcome: 'SUCCESS', data: { done: 'by hand' } }]);
});

it('F004 All operator actions are audited with operator identity', async () => {
	const scenario = await openQueue();
	const [first, second, third] = (await parkMany(scenario, 3)).map(addressOf);
	if (first === undefined || second === undefined || third === undefined) expect.fail('three were parked');

	await scenario.queue.retry({ ...first, operator: ada });
	await scenario.queue.cancel({ ...second, operator: ada, reason: 'x' });
	await scenario.queue.complete({ ...third, operator: ada });

	const events = await Promise.all([first, second, third].map((address) => lastEventOf(scenario, address)));
	expect(events.map(({ type }) => type)).toEqual(['OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE']);
	for (const event of events) expect(event.details).toMatchObject({ operator: ada });
});

it('F004 Archived payload is retrievable for inspection', async () => {
	const scenario = await openQueue();
	const command = await park(scenario, { data: { order: 17 } });

	const { item, generations } = await scenario.queue.get(addressOf(command));

	expect(item?.payload).toEqual({ order: 17 });
	expect(generations).toMatchObject([{ data: { order: 17 } }]);
	expect(generations[0]?.archivedAt).toBeInstanceOf(Date);
});

const Pay = defineCommand({ domain, type: 'Pay', data: z.object({ cents: z.int() }), retry: { maxAttempts: 1 } });

it('F004 lists what a worker parked, retries it, and the worker completes it', async () => {
	const scenario = await openQueue();
	const { backend, queue, subject } = scenario;
	const bus = createCommandBus(backend);
	let isBroken = true;
	const handlers = createHandlers().on(Pay, ({ data }) => {
		if (isBroken) throw new TypeError('gateway says no');
		return Promise.resolve({ paid: data.cents });
	});
	const worker = createWorker({ backend, domain, handlers });
	await worker.start();
	const receipt = await bus.send(Pay, { cents: 5 }, { replyTo: replyQueue });
	await subject.elapse(5_000);
	const { items } = await queue.list({ domain, commandType: 'Pay' });
	expect(items).toMatchObject([{ commandId: receipt.commandId, payload: { cents: 5 }, attempts: 1 }]);

	isBroken = false;
	await queue.retry({ domain, commandId: receipt.commandId, operator: ada });
	await subject.elapse(5_000);

	expect(await bus.get({ domain, commandId: receipt.commandId })).toMatchObject({ status: 'COMPLETED' });
	expect(await repliesOn(scenario)).toMatchObject([{ outcome: 'SUCCESS', data: { paid: 5 } }]);
	const stopped = worker.stop();
	await subject.elapse(60_000);
	await stopped;
	await bus.close();
});
