/** What an act means for the reply queue, the batch, a repeated click and a stale page. */
import { commandRequest, createCommandBus, defineCommand } from '@cb/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
	ada,
	addressOf,
	bob,
	domain,
	expectRefused,
	lastEventOf,
	openQueue,
	park,
	parkDue,
	recordOf,
	repliesOn,
	replyQueue,
	statusOf,
	textLike,
} from './scenario.ts';

const Charge = defineCommand({
	domain,
	type: 'Charge',
	data: z.unknown(),
	result: z.object({ receipt: z.string() }),
});

it('M2 rolls back without the reply queue, and can be repeated once it exists', async () => {
	const scenario = await openQueue();
	const address = addressOf(await park(scenario));
	await scenario.subject.dropQueue(replyQueue);
	const cancel = () => scenario.queue.cancel({ ...address, operator: ada, reason: 'x', requestId: 'click-1' });

	const error = await expectRefused(scenario, 'reply-queue-not-found', cancel);
	expect(error).toMatchObject({ replyTo: replyQueue });
	await scenario.backend.domains.createReplyQueue(replyQueue);

	expect(await cancel()).toMatchObject({ status: 'CANCELED', isRepeated: false });
});

it('M2 may resolve with the reply suppressed, and the audit says so', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);
	await scenario.subject.dropQueue(replyQueue);

	await scenario.queue.complete({ ...addressOf(command), operator: ada, suppressReply: true });

	expect(await lastEventOf(scenario, command)).toMatchObject({ details: { isReplySuppressed: true } });
});

it('M3 completes the batch whose last member an operator resolves, and its listener fires', async () => {
	const scenario = await openQueue();
	const bus = createCommandBus(scenario.backend);
	const { batchId } = await bus.createBatch({ commands: [commandRequest(Charge, {})] });
	await parkDue(scenario);
	const finished: string[] = [];
	bus.onBatchFinished({ domain, batchId }, (batch) => void finished.push(batch.status));
	const { items } = await scenario.queue.list();
	await scenario.subject.elapse(5_000);
	expect(finished).toEqual([]);

	for (const item of items) await scenario.queue.cancel({ ...addressOf(item), operator: ada, reason: 'x' });
	await scenario.subject.elapse(5_000);

	expect(finished).toEqual(['COMPLETED_WITH_FAILURES']);
	expect(await bus.getBatch({ domain, batchId })).toMatchObject({ canceledCount: 1, parkedCount: 0 });
	await bus.close();
});

it('M3 completes the batch when a bulk resolves its last members', async () => {
	const scenario = await openQueue();
	const bus = createCommandBus(scenario.backend);
	const { batchId } = await bus.createBatch({ commands: [commandRequest(Charge, {})] });
	await parkDue(scenario);
	const { bulkId, digest } = await scenario.queue.bulk.preview({
		filter: {},
		action: { action: 'complete', result: { receipt: 'by hand' } },
		operator: ada,
	});

	await scenario.queue.bulk.start(bulkId, digest);
	await scenario.queue.bulk.run(bulkId);

	expect(await bus.getBatch({ domain, batchId })).toMatchObject({ status: 'COMPLETED' });
	await bus.close();
});

it('M7 returns the first result to a repeated request and changes nothing', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);
	const request = { ...addressOf(command), operator: ada, reason: 'x', requestId: 'click-1' };
	const first = await scenario.queue.cancel(request);

	const second = await scenario.queue.cancel(request);

	expect(second).toEqual({ ...first, isRepeated: true });
	expect(await repliesOn(scenario)).toHaveLength(1);
	expect(scenario.events.filter(({ kind }) => kind === 'operator-acted')).toHaveLength(1);
});

it('M7 holds also where the act asks about the item first', async () => {
	const scenario = await openQueue({ authorize: () => true, definitions: [Charge] });
	const command = await park(scenario);
	const request = { ...addressOf(command), operator: ada, result: { receipt: 'r' }, requestId: 'click-1' };
	const first = await scenario.queue.complete(request);

	expect(await scenario.queue.complete(request)).toEqual({ ...first, isRepeated: true });
});

it('M8 refuses a stale version, naming who acted and when', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);
	const { version } = await recordOf(scenario, command);
	await scenario.queue.retry({ ...addressOf(command), operator: bob, reason: 'try again' });
	await parkDue(scenario);

	const error = await expectRefused(scenario, 'conflict', () =>
		scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'x', expectedVersion: version }),
	);

	expect(error).toMatchObject({
		status: 'IN_TROUBLESHOOTING_QUEUE',
		lastAct: { action: 'retry', operator: bob, reason: 'try again' },
		message: textLike('retried by bob@example.com at 2026-'),
	});
});

it('M8 refuses a stale version also where the act asks about the item first', async () => {
	const scenario = await openQueue({ authorize: () => true });
	const command = await park(scenario);
	const { version } = await recordOf(scenario, command);
	await scenario.queue.cancel({ ...addressOf(command), operator: bob, reason: 'mine' });

	const error = await expectRefused(scenario, 'conflict', () =>
		scenario.queue.retry({ ...addressOf(command), operator: ada, expectedVersion: version }),
	);

	expect(error).toMatchObject({ status: 'CANCELED', lastAct: { operator: bob } });
});

it('M8 lets the version that was shown through', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);
	const { version } = await recordOf(scenario, command);

	await scenario.queue.retry({ ...addressOf(command), operator: ada, expectedVersion: version });

	expect(await statusOf(scenario, command)).toBe('PENDING');
});

it('reports every act to telemetry, with ids alone', async () => {
	const scenario = await openQueue();
	const command = await park(scenario);

	await scenario.queue.cancel({ ...addressOf(command), operator: ada, reason: 'x' });

	expect(scenario.events).toEqual([
		{ kind: 'operator-acted', action: 'cancel', operatorId: ada.id, ...addressOf(command) },
	]);
});
