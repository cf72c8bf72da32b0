/** Guarantee: an operator's act happens as a whole, with its author on record, and does to a parked command what its name says. */
import { describe, expect, it } from 'vitest';
import { domainQueues } from '../model/ids.ts';
import {
	aCommand,
	anError,
	cancelOf,
	completeOf,
	completed,
	domain,
	operator,
	parkedWith,
	processQueue,
	replyQueue,
	retriedLater,
	retryOf,
} from './builders.ts';
import {
	elapseAll,
	eventOf,
	everythingOf,
	historyOf,
	itemOf,
	noticesOf,
	only,
	openWith,
	park,
	receiveAll,
	receiveOne,
	recordOf,
	repliesOf,
	send,
	settle,
	trailOf,
} from './scenario.ts';
import type { OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function troubleshootingActSuite(name: string, open: OpenSubject): void {
	describe(`${name}: retrying parked commands`, () => {
		it('J1 sends the identical envelope as a new message, attempts 0, with the operator on record', async () => {
			const subject = await openWith(open);
			const command = await park(subject, { headers: { traceparent: '00-1-2-01' } });
			const { body: parkedBody } = only(await subject.archived(queue));

			const outcome = await subject.backend.troubleshooting.act({ ...retryOf(command), reason: 'reopened' });

			const message = only(await subject.messages(queue));
			const record = await recordOf(subject, command);
			expect(outcome).toEqual({
				kind: 'done',
				status: 'PENDING',
				version: record.version,
				generation: 2,
				messageId: message.messageId,
				batchId: null,
				isRepeated: false,
			});
			expect(message.body).toEqual(parkedBody);
			expect(message.messageId).not.toBe(command.lease.messageId);
			const { messageId } = message;
			expect(record).toMatchObject({ status: 'PENDING', attempts: 0, generation: 2, lastError: null, messageId });
			expect(await eventOf(subject, command, 'OPERATOR_RETRY')).toMatchObject({
				generation: 2,
				details: { operator, reason: 'reopened', previousMessageId: command.lease.messageId, messageId },
			});
			expect(await repliesOf(subject, command)).toEqual([]);
			expect(await receiveOne(subject)).toMatchObject({
				commandId: command.commandId,
				data: { amount: 4200, currency: 'EUR' },
				headers: { traceparent: '00-1-2-01' },
				generation: 2,
				isRedelivered: false,
				lease: { attempt: 1 },
			});
		});

		it('J2 leaves the list, is worked off to COMPLETED and answered once, in its generation', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			await subject.backend.troubleshooting.act(retryOf(command));
			expect(await subject.backend.troubleshooting.list({}, {})).toEqual({ items: [] });

			await settle(subject, await receiveOne(subject), completed());

			expect(only(await repliesOf(subject, command))).toMatchObject({ outcome: 'SUCCESS', generation: 2 });
			expect(await trailOf(subject, command)).toEqual([
				'SENT',
				'RECEIVED',
				'FAILED',
				'MOVED_TO_TROUBLESHOOTING_QUEUE',
				'OPERATOR_RETRY',
				'RECEIVED',
				'COMPLETED',
			]);
		});

		it('J3 is parked again when it fails again, with all its attempts at its disposal', async () => {
			const subject = await openWith(open);
			const command = await park(subject, { maxAttempts: 2 }, parkedWith(anError(), { reason: 'EXHAUSTED' }));
			await subject.backend.troubleshooting.act(retryOf(command));

			await settle(subject, await receiveOne(subject), retriedLater(1));
			await elapseAll(subject);
			await settle(subject, await receiveOne(subject), parkedWith());

			expect(await itemOf(subject, command)).toMatchObject({ generation: 2, attempts: 2 });
			expect(await subject.backend.troubleshooting.count({ domain })).toBe(1);
		});

		it('J1 goes on counting when the attempts are kept', async () => {
			const subject = await openWith(open);
			const command = await park(subject);

			await subject.backend.troubleshooting.act({ ...retryOf(command), keepAttempts: true });

			expect(await recordOf(subject, command)).toMatchObject({ status: 'PENDING', attempts: 1 });
			expect(await receiveOne(subject)).toMatchObject({ isRedelivered: false, lease: { attempt: 2 } });
		});

		it('J1 leaves an attempt to make when all were used and are kept', async () => {
			const subject = await openWith(open);
			const command = await park(subject, { maxAttempts: 1 }, parkedWith(anError(), { maxAttempts: 1 }));

			await subject.backend.troubleshooting.act({ ...retryOf(command), keepAttempts: true });

			expect(await recordOf(subject, command)).toMatchObject({ status: 'PENDING', attempts: 0 });
			expect(await receiveOne(subject)).toMatchObject({ lease: { attempt: 1 } });
		});

		it('E7 leaves the maximum to the worker again that has it next, where the sender did not say', async () => {
			const subject = await openWith(open);
			const command = await park(subject, {}, parkedWith(anError(), { maxAttempts: 1 }));
			const parked = await recordOf(subject, command);

			await subject.backend.troubleshooting.act(retryOf(command));

			expect(parked.maxAttempts).toBe(1);
			expect((await recordOf(subject, command)).maxAttempts).toBeNull();
			expect(await receiveOne(subject)).toMatchObject({ maxAttempts: null, lease: { attempt: 1 } });
			await elapseAll(subject);
			expect(await receiveOne(subject)).toMatchObject({ lease: { attempt: 2 } });
		});

		it('J6 refuses a command whose message is gone, and changes nothing', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			await subject.dropArchived(queue, command.lease.messageId);
			const before = await everythingOf(subject, command);

			const outcome = await subject.backend.troubleshooting.act(retryOf(command));

			expect(outcome).toEqual({ kind: 'payload-missing' });
			expect(await everythingOf(subject, command)).toEqual(before);
			expect(await subject.backend.troubleshooting.act(cancelOf(command))).toMatchObject({ kind: 'done' });
		});

		it('J7 sends nothing when the transaction it is a part of fails', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const before = await everythingOf(subject, command);

			const rollback = subject.transaction(async (tx) => {
				expect(await subject.backend.troubleshooting.act(retryOf(command), tx)).toMatchObject({ kind: 'done' });
				throw new RangeError('the audit failed');
			});

			await expect(rollback).rejects.toThrow(RangeError);
			expect(await everythingOf(subject, command)).toEqual(before);
		});

		it('J10 processes an amended payload, keeps the original, and records the difference, author and reason', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const diff = [{ op: 'replace', path: '/currency', value: 'CHF' }];
			const amendment = { data: { amount: 4200, currency: 'CHF' }, diff };

			const reason = 'wrong currency';
			await subject.backend.troubleshooting.act({ ...retryOf(command), amendment, reason });

			expect(await receiveOne(subject)).toMatchObject({ commandId: command.commandId, data: amendment.data });
			const details = { operator, reason, amendment: { diff } };
			expect((await eventOf(subject, command, 'OPERATOR_RETRY')).details).toMatchObject(details);
			const generations = await subject.backend.troubleshooting.generations(command);
			expect(generations).toMatchObject([
				{ generation: 2, data: amendment.data, archivedAt: null },
				{ generation: 1, data: command.data, messageId: command.lease.messageId },
			]);
			expect(generations[1]?.archivedAt).toBeInstanceOf(Date);
		});

		it('P3 tells a sender that asked for notices that its command is on its way again, in its new generation', async () => {
			const subject = await openWith(open);
			const command = await park(subject, { wantsNotices: true, replyTo: processQueue });

			await subject.backend.troubleshooting.act(retryOf(command));

			const [, resumed, ...others] = await noticesOf(subject, command, processQueue);
			expect(resumed).toMatchObject({ kind: 'resumed', generation: 2, correlation_id: command.correlationId });
			expect(others).toEqual([]);
		});
	});

	describe(`${name}: canceling parked commands`, () => {
		it('K1 cancels with one CANCELED reply that carries the reason, and the operator on record', async () => {
			const subject = await openWith(open);
			const command = await park(subject);

			const outcome = await subject.backend.troubleshooting.act(cancelOf(command));

			const record = await recordOf(subject, command);
			expect(outcome).toMatchObject({ kind: 'done', status: 'CANCELED', version: record.version, messageId: null });
			expect(record).toMatchObject({ status: 'CANCELED', generation: 1, attempts: 1 });
			expect(record.completedAt).toBeInstanceOf(Date);
			expect(only(await repliesOf(subject, command))).toMatchObject({
				outcome: 'CANCELED',
				correlation_id: command.correlationId,
				generation: 1,
				data: null,
				error: { code: 'CANCELED', message: 'The customer called.' },
			});
			const { details } = await eventOf(subject, command, 'OPERATOR_CANCEL');
			expect(details).toMatchObject({ operator, reason: 'The customer called.' });
			expect(await trailOf(subject, command)).toHaveLength(5);
			expect(only(await subject.archived(queue)).messageId).toBe(command.lease.messageId);
		});

		it('K2 L2 resolves a command that wants no reply without one, and completes with null where that is the result', async () => {
			const subject = await openWith(open);
			const canceled = await park(subject, { replyTo: undefined });
			const completedByHand = await park(subject);

			await subject.backend.troubleshooting.act(cancelOf(canceled));
			await subject.backend.troubleshooting.act({ ...completeOf(completedByHand), result: null });

			expect(await repliesOf(subject, canceled)).toEqual([]);
			expect(only(await repliesOf(subject, completedByHand))).toMatchObject({ outcome: 'SUCCESS', data: null });
			expect(await subject.messages(replyQueue)).toHaveLength(1);
		});

		it('J5 K4 K5 L3 refuses a command that is unknown or was resolved, naming the status and who did it', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			await subject.backend.troubleshooting.act(cancelOf(command));
			const before = await everythingOf(subject, command);

			for (const act of [retryOf, cancelOf, completeOf]) {
				expect(await subject.backend.troubleshooting.act(act(aCommand()))).toEqual({ kind: 'not-found' });
				const outcome = await subject.backend.troubleshooting.act(act(command));
				const lastAct = { action: 'cancel', operator, reason: 'The customer called.' };
				expect(outcome).toMatchObject({ kind: 'not-parked', status: 'CANCELED', lastAct });
				expect(outcome).toHaveProperty('lastAct.at', expect.any(Date));
			}

			expect(await everythingOf(subject, command)).toEqual(before);
		});
	});

	describe(`${name}: completing parked commands`, () => {
		it('L1 H1 completes with a SUCCESS reply that carries the result, and the operator on record', async () => {
			const subject = await openWith(open);
			const command = await park(subject);

			const outcome = await subject.backend.troubleshooting.act({ ...completeOf(command), reason: 'paid in cash' });

			const result = { paidByHand: true };
			expect(outcome).toMatchObject({ kind: 'done', status: 'COMPLETED', generation: 1, messageId: null });
			expect(await recordOf(subject, command)).toMatchObject({ status: 'COMPLETED', result, lastError: null });
			expect(only(await repliesOf(subject, command))).toMatchObject({
				outcome: 'SUCCESS',
				correlation_id: command.correlationId,
				data: result,
				error: null,
			});
			const { details } = await eventOf(subject, command, 'OPERATOR_COMPLETE');
			expect(details).toMatchObject({ operator, reason: 'paid in cash', result });
			expect(await trailOf(subject, command)).toEqual([
				'SENT',
				'RECEIVED',
				'FAILED',
				'MOVED_TO_TROUBLESHOOTING_QUEUE',
				'OPERATOR_COMPLETE',
			]);
			expect(await receiveAll(subject)).toEqual([]);
		});

		it('H1 never changes what the audit said before, whatever becomes of the command', async () => {
			const subject = await openWith(open);
			const { troubleshooting } = subject.backend;
			const command = await send(subject, { replyTo: replyQueue, headers: { traceparent: '00-1-2-01' } });
			let written = await historyOf(subject, command);
			const moves: readonly (() => Promise<unknown>)[] = [
				async () => settle(subject, await receiveOne(subject), retriedLater(1)),
				async () => {
					await elapseAll(subject);
					await settle(subject, await receiveOne(subject), parkedWith());
				},
				async () => troubleshooting.act({ ...retryOf(command), amendment: { data: { amount: 1 }, diff: [] } }),
				async () => settle(subject, await receiveOne(subject), parkedWith()),
				async () => troubleshooting.act(completeOf(command)),
			];
			for (const move of moves) {
				await move();
				const now = await historyOf(subject, command);
				expect(now.slice(0, written.length)).toEqual(written);
				expect(now.length).toBeGreaterThan(written.length);
				written = now;
			}
			expect(new Set(written.map(({ sequence }) => sequence)).size).toBe(written.length);
		});
	});
}
