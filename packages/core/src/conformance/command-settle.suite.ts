/**
 * Guarantee: the outcome of an attempt is stored as a whole and once: status, message, audit, reply and notice together, or nothing where it cannot
 * be told to whoever waits for it. One command's trouble never touches the others of the same call.
 */
import { describe, expect, it } from 'vitest';
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import {
	anError,
	commands,
	completed,
	domain,
	failed,
	parkedWith,
	processQueue,
	replyQueue,
	retriedLater,
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
	receiveAll,
	receiveOne,
	recordOf,
	repliesOf,
	send,
	sendAndSettle,
	settle,
	trailOf,
} from './scenario.ts';
import type { Everything } from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function commandSettleSuite(name: string, open: OpenSubject): void {
	describe(`${name}: completing commands`, () => {
		it('D1 removes the message, completes the row, writes COMPLETED and replies SUCCESS with the result', async () => {
			const subject = await openWith(open);

			const command = await sendAndSettle(subject, completed({ receipt: 'R-1' }));

			const record = { status: 'COMPLETED', attempts: 1, result: { receipt: 'R-1' }, lastError: null };
			expect(await recordOf(subject, command)).toMatchObject(record);
			expect((await recordOf(subject, command)).completedAt).toBeInstanceOf(Date);
			expect(await subject.messages(queue)).toEqual([]);
			expect(await trailOf(subject, command)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
			expect(only(await repliesOf(subject, command))).toMatchObject({
				kind: 'reply',
				command_type: 'Charge',
				correlation_id: command.correlationId,
				generation: 1,
				outcome: 'SUCCESS',
				data: { receipt: 'R-1' },
				error: null,
			});
		});

		it('D2 carries any result unchanged into row and reply', async () => {
			const subject = await openWith(open);
			const results: readonly JsonValue[] = [
				null,
				false,
				0,
				'',
				[],
				{},
				[null, { deep: [[-1.25, 1e21, 'Zoë 😀 "\\']] }],
			];

			for (const result of results) {
				const command = await sendAndSettle(subject, completed(result));

				expect((await recordOf(subject, command)).result).toEqual(result);
				expect(only(await repliesOf(subject, command)).data).toEqual(result);
			}
		});

		it('D7 clears the current error on success, and the history keeps it', async () => {
			const subject = await openWith(open);
			const command = await sendAndSettle(subject, retriedLater(10, anError({ code: 'BUSY' })));
			expect((await recordOf(subject, command)).lastError).toMatchObject({ code: 'BUSY' });
			await elapseAll(subject);

			await settle(subject, await receiveOne(subject), completed());

			expect((await recordOf(subject, command)).lastError).toBeNull();
			expect((await eventOf(subject, command, 'FAILED')).details).toMatchObject({ error: { code: 'BUSY' } });
		});

		it('D8 replies once per resolution, with an id to dedupe on', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed());
			const refused = await sendAndSettle(subject, failed());
			const canceled = await send(subject);
			await subject.backend.commands.cancel(canceled, 'no longer needed');

			const replies = [
				only(await repliesOf(subject, done)),
				only(await repliesOf(subject, refused)),
				only(await repliesOf(subject, canceled)),
			];

			expect(replies.map(({ outcome }) => outcome)).toEqual(['SUCCESS', 'FAILED', 'CANCELED']);
			expect(new Set(replies.map((reply) => reply.reply_id)).size).toBe(3);
		});

		it('settles many at once, each with its own outcome, in the order of the request', async () => {
			const subject = await openWith(open);
			await subject.backend.commands.acceptAll(commands(200));
			const received = await receiveAll(subject, { limit: 200 });
			const outcomes = [completed(), retriedLater(), parkedWith(), failed()];

			const settled = await subject.backend.commands.settle(
				domain,
				received.map(({ lease }, index) => ({ ...(outcomes[index % 4] ?? completed()), lease })),
			);

			expect(settled).toEqual(received.map(() => ({ kind: 'settled' })));
			const statuses = (await subject.backend.queries.getMany(received)).map((record) => record?.status);
			const expected = ['COMPLETED', 'PENDING', 'IN_TROUBLESHOOTING_QUEUE', 'FAILED'];
			expect(statuses).toEqual(received.map((_, index) => expected[index % 4]));
			expect(await subject.messages(replyQueue)).toHaveLength(100);
		});
	});

	describe(`${name}: settling when the reply queue is gone`, () => {
		it('D3 commits nothing of that command, names the queue, and settles the others of the call', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const [unanswerable, fine] = [await send(subject, { replyTo: 'gone_replies' }), await send(subject)];
			const received = await receiveAll(subject);
			await subject.dropQueue('gone_replies');
			const before = await recordAndTrail(subject, unanswerable);

			const settlements = received.map(({ lease }) => ({ ...completed(), lease }));
			const outcomes = await subject.backend.commands.settle(domain, settlements);

			expect(outcomes).toEqual([{ kind: 'reply-queue-not-found', replyTo: 'gone_replies' }, { kind: 'settled' }]);
			expect(await recordAndTrail(subject, unanswerable)).toEqual(before);
			expect(await recordOf(subject, fine)).toMatchObject({ status: 'COMPLETED' });
		});

		it('D3 D10 keeps the lease, so that the same outcome is stored once the queue is there', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const command = await send(subject, { replyTo: 'gone_replies' });
			const received = await receiveOne(subject);
			await subject.dropQueue('gone_replies');
			for (const outcome of [completed(), failed()]) {
				expect(await settle(subject, received, outcome)).toMatchObject({ kind: 'reply-queue-not-found' });
			}

			await subject.backend.domains.createReplyQueue('gone_replies');
			const outcome = await settle(subject, received, completed());

			expect(outcome).toEqual({ kind: 'settled' });
			expect(await trailOf(subject, command)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
			expect(await repliesOf(subject, command, 'gone_replies')).toHaveLength(1);
		});

		it('D3 lets a transient failure and a parking through, which answer nobody', async () => {
			const subject = await openWith(open);
			await subject.backend.domains.createReplyQueue('gone_replies');
			await send(subject, { replyTo: 'gone_replies' });
			await send(subject, { replyTo: 'gone_replies' });
			const received = await receiveAll(subject);
			await subject.dropQueue('gone_replies');

			const outcomes = [retriedLater(), parkedWith()];
			const settlements = received.map(({ lease }, index) => ({ ...(outcomes[index] ?? completed()), lease }));

			const settled = [{ kind: 'settled' }, { kind: 'settled' }];
			expect(await subject.backend.commands.settle(domain, settlements)).toEqual(settled);
		});
	});

	describe(`${name}: failing attempts`, () => {
		it('E1 H2 keeps the message, stores the error, tells nobody, and waits as long as asked', async () => {
			const subject = await openWith(open);
			const error = anError();

			const command = await sendAndSettle(subject, retriedLater(60, error));

			const record = { status: 'PENDING', attempts: 1, lastError: error, completedAt: null };
			expect(await recordOf(subject, command)).toMatchObject(record);
			const failedEvent = await eventOf(subject, command, 'FAILED');
			expect(failedEvent).toMatchObject({ attempt: 1, details: { error, delaySeconds: 60 } });
			expect(await repliesOf(subject, command)).toEqual([]);
			expect(only(await subject.messages(queue)).messageId).toBe(command.lease.messageId);
			await subject.elapse(50_000);
			expect(await receiveAll(subject)).toEqual([]);
			await subject.elapse(11_000);
			expect(await receiveOne(subject)).toMatchObject({ isRedelivered: false, lease: { attempt: 2 } });
		});

		it('E5 H1 shows two failures and a success in exactly the order in which they happened', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			for (let attempt = 1; attempt <= 2; attempt++) {
				await settle(subject, await receiveOne(subject), retriedLater(10));
				await elapseAll(subject);
			}

			await settle(subject, await receiveOne(subject), completed());

			const history = await historyOf(subject, command);
			expect(history.map(({ type, attempt }) => `${type} ${String(attempt)}`)).toEqual([
				'SENT 0',
				'RECEIVED 1',
				'FAILED 1',
				'RECEIVED 2',
				'FAILED 2',
				'RECEIVED 3',
				'COMPLETED 3',
			]);
			const sequences = history.map(({ sequence }) => BigInt(sequence));
			expect(sequences).toEqual([...sequences].sort((a, b) => (a < b ? -1 : 1)));
		});

		it('E6 E8 E10 parks an exhausted command: archived, with the reason, without a reply', async () => {
			const subject = await openWith(open);
			const error = anError();

			const command = await sendAndSettle(subject, parkedWith(error, { reason: 'EXHAUSTED', maxAttempts: 1 }));

			const record = await recordOf(subject, command);
			expect(record).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', lastError: error, completedAt: null });
			expect(await subject.messages(queue)).toEqual([]);
			expect(only(await subject.archived(queue)).messageId).toBe(record.messageId);
			expect(await trailOf(subject, command)).toEqual(['SENT', 'RECEIVED', 'FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE']);
			const moved = await eventOf(subject, command, 'MOVED_TO_TROUBLESHOOTING_QUEUE');
			expect(moved).toMatchObject({ attempt: 1, details: { reason: 'EXHAUSTED', error } });
			expect(await itemOf(subject, command)).toMatchObject({ attempts: 1, maxAttempts: 1 });
			expect(await repliesOf(subject, command)).toEqual([]);
			expect(await noticesOf(subject, command)).toEqual([]);
		});

		it('E9 parks a permanent failure at once and keeps its code, message and details', async () => {
			const subject = await openWith(open);
			const error = anError({ type: 'PERMANENT', code: 'NO_SUCH_ACCOUNT', details: { account: 17 } });

			const command = await sendAndSettle(subject, parkedWith(error));

			expect(await itemOf(subject, command)).toMatchObject({
				attempts: 1,
				lastErrorType: 'PERMANENT',
				lastErrorCode: 'NO_SUCH_ACCOUNT',
				lastErrorMessage: error.message,
				lastErrorDetails: { account: 17 },
			});
			expect((await eventOf(subject, command, 'FAILED')).details).toMatchObject({ error });
			const moved = await eventOf(subject, command, 'MOVED_TO_TROUBLESHOOTING_QUEUE');
			expect(moved.details).toMatchObject({ reason: 'PERMANENT' });
		});

		it('P2 tells a sender that asked for notices that its command is parked, with the error', async () => {
			const subject = await openWith(open);
			const error = anError({ type: 'PERMANENT', code: 'NO_SUCH_ACCOUNT' });

			const overrides = { wantsNotices: true, replyTo: processQueue };
			const command = await sendAndSettle(subject, parkedWith(error), overrides);

			expect(only(await noticesOf(subject, command, processQueue))).toMatchObject({
				kind: 'parked',
				command_type: 'Charge',
				correlation_id: command.correlationId,
				generation: 1,
				error: { code: 'NO_SUCH_ACCOUNT' },
			});
			expect(await repliesOf(subject, command, processQueue)).toEqual([]);
		});

		it('E11 fails a command by business rule: archived, not parked, with a FAILED reply', async () => {
			const subject = await openWith(open);
			const error = anError({ type: 'BUSINESS_RULE', code: 'INSUFFICIENT_FUNDS', details: { missing: 3 } });

			const command = await sendAndSettle(subject, failed(error));

			const record = await recordOf(subject, command);
			expect(record).toMatchObject({ status: 'FAILED', lastError: error, result: null });
			expect(record.completedAt).toBeInstanceOf(Date);
			expect(only(await subject.archived(queue)).messageId).toBe(record.messageId);
			expect(await trailOf(subject, command)).toEqual(['SENT', 'RECEIVED', 'BUSINESS_RULE_FAILED']);
			expect((await eventOf(subject, command, 'BUSINESS_RULE_FAILED')).details).toMatchObject({ error });
			const { type, code, message, details } = error;
			expect(only(await repliesOf(subject, command))).toMatchObject({
				outcome: 'FAILED',
				data: null,
				error: { type, code, message, details },
			});
			expect(await subject.backend.troubleshooting.count({ domain })).toBe(0);
		});

		it('E12 fails a command that wants no reply without one', async () => {
			const subject = await openWith(open);

			const command = await sendAndSettle(subject, failed(), { replyTo: undefined });

			expect(await recordOf(subject, command)).toMatchObject({ status: 'FAILED' });
			expect(await subject.messages(replyQueue)).toEqual([]);
		});

		it('writes the receipt of a lease that ran out once, before what follows', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			await receiveOne(subject);
			await elapseAll(subject);

			await settle(subject, await receiveOne(subject), retriedLater(10));

			const trail = (await historyOf(subject, command)).map(({ type, attempt }) => `${type} ${String(attempt)}`);
			expect(trail).toEqual(['SENT 0', 'RECEIVED 1', 'RECEIVED 2', 'FAILED 2']);
		});
	});
}

async function recordAndTrail(subject: BackendSubject, command: CommandAddress): Promise<Partial<Everything>> {
	const { record, history } = await everythingOf(subject, command);
	return { record, history };
}
