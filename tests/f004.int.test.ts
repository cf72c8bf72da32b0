/** The seven feature-level criteria of F004, each by name: a real worker parks the commands, operators act, replies lie on the reply queue. */
import { createTroubleshootingQueue } from '@cb/ops';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { beforeEach, expect, it } from 'vitest';
import { openPayments, park } from './src/payments.ts';
import type { Payments } from './src/payments.ts';
import { openScene, queuedCount, repliesIn } from './src/scene.ts';

const scene = await openScene(await freshDatabase());
const { backend, bus } = scene;
const tsq = createTroubleshootingQueue(backend);
const operator = { id: 'ada@example.com', kind: 'human' } as const;
let payments: Payments;

beforeEach(async () => {
	payments = await openPayments(scene);
});

it('F004: Commands with status IN_TROUBLESHOOTING_QUEUE are queryable', async () => {
	const parked = await park(scene, payments);
	payments.mend();
	const done = await bus.send(payments.Debit, { order: 'o-18', cents: 1 });
	await bus.waitFor(done);

	const { items } = await tsq.list({ domain: payments.domain });
	const byStatus = await bus.list({ domain: payments.domain, status: 'IN_TROUBLESHOOTING_QUEUE' });

	expect(items).toMatchObject([
		{
			...parked,
			commandType: 'Debit',
			attempts: 1,
			lastErrorType: 'PERMANENT',
			lastErrorCode: 'GATEWAY_DOWN',
			lastErrorMessage: 'No gateway for order o-17.',
			lastErrorDetails: { tried: 1 },
			payload: { order: 'o-17', cents: 500 },
			replyTo: payments.replyQueue,
		},
	]);
	expect(byStatus.items.map(({ commandId }) => commandId)).toEqual([parked.commandId]);
	expect(await tsq.count({ domain: payments.domain })).toBe(1);
});

it('F004: Operator can list by domain, command type, date range', async () => {
	const elsewhere = await openPayments(scene);
	await park(scene, elsewhere, elsewhere.Refund);
	await park(scene, payments, payments.Debit);
	const refund = await park(scene, payments, payments.Refund);
	const { item } = await tsq.get(refund);
	const parkedAt = item?.parkedAt ?? expect.fail('it was parked');
	const { domain } = payments;
	const before = new Date(parkedAt.getTime() - 1);

	const idsOf = async (filter: Parameters<typeof tsq.list>[0]): Promise<readonly string[]> =>
		(await tsq.list(filter)).items.map(({ commandId }) => commandId);

	expect(await idsOf({ domain })).toHaveLength(2);
	expect(await idsOf({ domain, commandType: 'Refund' })).toEqual([refund.commandId]);
	expect(await idsOf({ domain, commandType: 'Refund', parkedFrom: parkedAt, parkedTo: parkedAt })).toEqual([
		refund.commandId,
	]);
	expect(await idsOf({ domain, commandType: 'Refund', parkedTo: before })).toEqual([]);
	expect(await idsOf({ domain, commandType: 'Refund', createdFrom: parkedAt })).toEqual([]);
});

it('F004: Operator retry reinserts payload to queue (new msg_id)', async () => {
	const parked = await park(scene, payments);
	const before = await bus.get(parked);
	payments.mend();

	const { messageId, generation } = await tsq.retry({ ...parked, operator });
	const { status, result, record } = await bus.waitFor(parked);

	expect(messageId).not.toBeNull();
	expect(messageId).not.toBe(before?.messageId);
	expect({ status, result }).toEqual({ status: 'COMPLETED', result: { paid: 500 } });
	expect(record).toMatchObject({ messageId, generation, attempts: 1, lastError: null });
	expect(await repliesIn(scene, payments.domain)).toMatchObject([
		{ command_id: parked.commandId, generation: 2, outcome: 'SUCCESS', data: { paid: 500 } },
	]);
	expect(await tsq.count({ domain: payments.domain })).toBe(0);
	expect(await queuedCount(scene, parked)).toBe(0);
});

it('F004: Operator cancel marks as CANCELED and sends reply', async () => {
	const parked = await park(scene, payments);
	const correlationId = (await bus.get(parked))?.correlationId;
	payments.mend();

	await tsq.cancel({ ...parked, operator, reason: 'ordered twice' });

	expect(await bus.get(parked)).toMatchObject({ status: 'CANCELED', attempts: 1 });
	expect(await repliesIn(scene, payments.domain)).toMatchObject([
		{
			command_id: parked.commandId,
			correlation_id: correlationId,
			outcome: 'CANCELED',
			data: null,
			error: { code: 'CANCELED', message: 'ordered twice' },
		},
	]);
	expect(await queuedCount(scene, parked)).toBe(0);
});

it('F004: Operator complete marks as COMPLETED and sends reply', async () => {
	const parked = await park(scene, payments);

	await tsq.complete({ ...parked, operator, result: { paid: 500, by: 'hand' } });

	expect(await bus.waitFor(parked)).toMatchObject({ status: 'COMPLETED', result: { paid: 500, by: 'hand' } });
	expect(await repliesIn(scene, payments.domain)).toMatchObject([
		{ command_id: parked.commandId, outcome: 'SUCCESS', data: { paid: 500, by: 'hand' }, error: null },
	]);
	expect(await queuedCount(scene, parked)).toBe(0);
});

it('F004: All operator actions are audited with operator identity', async () => {
	const retried = await park(scene, payments);
	const canceled = await park(scene, payments);
	const completed = await park(scene, payments);
	const robot = { id: 'night-shift', kind: 'service' } as const;

	await tsq.retry({ ...retried, operator, reason: 'gateway is back' });
	await bus.waitFor(retried, { until: 'settled' });
	await tsq.cancel({ ...canceled, operator: robot, reason: 'too old' });
	await tsq.complete({ ...completed, operator });

	const trailOf = async (address: typeof retried): Promise<readonly string[]> =>
		(await bus.history(address)).map(({ type }) => type);
	const actOn = async (address: typeof retried): Promise<unknown> =>
		(await bus.history(address)).find(({ type }) => type.startsWith('OPERATOR_'));
	const parking = ['SENT', 'RECEIVED', 'FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE'];
	expect(await trailOf(retried)).toEqual([...parking, 'OPERATOR_RETRY', ...parking.slice(1)]);
	expect(await trailOf(canceled)).toEqual([...parking, 'OPERATOR_CANCEL']);
	expect(await trailOf(completed)).toEqual([...parking, 'OPERATOR_COMPLETE']);
	expect(await actOn(retried)).toMatchObject({ details: { operator, reason: 'gateway is back' } });
	expect(await actOn(canceled)).toMatchObject({ details: { operator: robot, reason: 'too old' } });
	expect(await actOn(completed)).toMatchObject({ details: { operator } });
});

it('F004: Archived payload is retrievable for inspection', async () => {
	const parked = await park(scene, payments);
	await tsq.amendAndRetry({ ...parked, operator, reason: 'wrong amount', data: { order: 'o-17', cents: 501 } });
	await bus.waitFor(parked, { until: 'settled' });

	const { item, generations } = await tsq.get(parked);

	expect(item).toMatchObject({ generation: 2, payload: { order: 'o-17', cents: 501 }, isPayloadMissing: false });
	expect(generations.map(({ generation, data }) => ({ generation, data }))).toEqual([
		{ generation: 2, data: { order: 'o-17', cents: 501 } },
		{ generation: 1, data: { order: 'o-17', cents: 500 } },
	]);
	for (const { archivedAt } of generations) expect(archivedAt).toBeInstanceOf(Date);
});
