/**
 * Guarantee: a send is stored as a whole and once. Row, message and SENT come together, with the caller's transaction or not at all, and the
 * second send of an address changes nothing.
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../model/new-id.ts';
import { domainQueues } from '../model/ids.ts';
import { aCommand, aReceive, commands, completed, domain, otherDomain, replyQueue } from './builders.ts';
import {
	eventOf,
	historyOf,
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
import type { OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function commandAcceptSuite(name: string, open: OpenSubject): void {
	describe(`${name}: accepting commands`, () => {
		it('A1 stores row, message and SENT', async () => {
			const subject = await openWith(open);

			const command = await send(subject);

			const record = await recordOf(subject, command);
			expect(record).toMatchObject({
				domain,
				commandId: command.commandId,
				commandType: 'Charge',
				status: 'PENDING',
				attempts: 0,
				maxAttempts: null,
				generation: 1,
				result: null,
				lastError: null,
				batchId: null,
				completedAt: null,
			});
			const message = only(await subject.messages(queue));
			expect(message.messageId).toBe(record.messageId);
			expect(message.body).toMatchObject({ command_id: command.commandId, command_type: 'Charge', domain });
			expect(message.body).toHaveProperty('data', command.data);
			expect(await trailOf(subject, command)).toEqual(['SENT']);
			expect(only(await historyOf(subject, command))).toMatchObject({ domain, generation: 1, attempt: 0 });
		});

		it('A2 A4 A5 gives row, message, SENT, receipt and reply the same correlation id and reply queue', async () => {
			const subject = await openWith(open);
			const causationId = newId();

			const command = await send(subject, { causationId });
			const received = await receiveOne(subject);
			await settle(subject, received, completed());

			const { correlationId } = command;
			expect(await recordOf(subject, command)).toMatchObject({ correlationId, causationId, replyTo: replyQueue });
			expect(received).toMatchObject({ correlationId, causationId, replyTo: replyQueue });
			expect((await eventOf(subject, command, 'SENT')).details).toMatchObject({ correlationId, replyTo: replyQueue });
			expect(only(await repliesOf(subject, command))).toMatchObject({ correlation_id: correlationId });
		});

		it('A2 A3 puts correlation_id, causation_id and reply_to into the message only where they were given', async () => {
			const subject = await openWith(open);

			const full = await send(subject, { causationId: newId() });
			const bare = await send(subject, { replyTo: undefined });

			const [fullMessage, bareMessage] = await subject.messages(queue);
			expect(fullMessage?.body).toMatchObject({
				correlation_id: full.correlationId,
				causation_id: full.causationId,
				reply_to: replyQueue,
			});
			expect(bareMessage?.body).toMatchObject({ correlation_id: bare.correlationId });
			expect(bareMessage?.body).not.toHaveProperty('reply_to');
			expect(bareMessage?.body).not.toHaveProperty('causation_id');
			for (const received of await receiveAll(subject)) await settle(subject, received, completed());
			expect(await repliesOf(subject, full)).toHaveLength(1);
			expect(await repliesOf(subject, bare)).toEqual([]);
		});

		it('hands the payload, headers and retry policy of the sender to the worker unchanged', async () => {
			const subject = await openWith(open);
			const data = { nested: [{ empty: {}, list: [] }, null, 'ü€😀', 1.5e-7, 9007199254740991, false, ''] };
			const backoff = { kind: 'fixed', delaysSeconds: [1, 2, 3] } as const;

			const command = await send(subject, { data, headers: { traceparent: '00-1-2-01' }, maxAttempts: 5, backoff });

			expect(await receiveOne(subject)).toMatchObject({
				domain,
				commandId: command.commandId,
				data,
				headers: { traceparent: '00-1-2-01' },
				maxAttempts: 5,
				backoff,
				generation: 1,
				deferrals: 0,
				batchId: null,
			});
			expect(await recordOf(subject, command)).toMatchObject({ maxAttempts: 5 });
		});

		it('A6 A17 refuses an unknown domain and an unknown reply queue, and stores nothing of either', async () => {
			const subject = await openWith(open);
			const astray = aCommand({ domain: 'nowhere' });
			const unanswerable = aCommand({ replyTo: 'nowhere__replies' });
			const fine = aCommand();

			const outcomes = await subject.backend.commands.accept([astray, unanswerable, fine]);

			expect(outcomes).toEqual([
				{ kind: 'domain-not-found' },
				{ kind: 'reply-queue-not-found', replyTo: 'nowhere__replies' },
				{ kind: 'accepted' },
			]);
			expect(await subject.backend.queries.getMany([astray, unanswerable])).toEqual([undefined, undefined]);
			expect(await historyOf(subject, unanswerable)).toEqual([]);
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('A7 refuses a second send of the same id and stores nothing', async () => {
			const subject = await openWith(open);
			const command = await send(subject);

			const outcomes = await subject.backend.commands.accept([
				{ ...command, data: 'other', correlationId: newId() },
				aCommand(),
			]);

			const { commandId, correlationId } = command;
			const existing = { domain, commandId, correlationId };
			expect(outcomes).toMatchObject([{ kind: 'duplicate', existing }, { kind: 'accepted' }]);
			expect(await trailOf(subject, command)).toEqual(['SENT']);
			expect(await subject.messages(queue)).toHaveLength(2);
		});

		it('A7 refuses the second of two commands with one id in one call', async () => {
			const subject = await openWith(open);
			const command = aCommand();

			const outcomes = await subject.backend.commands.accept([command, { ...command, data: 'other' }]);

			expect(outcomes.map((outcome) => outcome.kind)).toEqual(['accepted', 'duplicate']);
			expect(only(await subject.messages(queue)).body).toHaveProperty('data', command.data);
		});

		it('A8 accepts the same id in another domain', async () => {
			const subject = await openWith(open, otherDomain);
			const command = await send(subject);

			await send(subject, { commandId: command.commandId, domain: otherDomain });

			expect(await subject.messages(domainQueues(otherDomain).commands)).toHaveLength(1);
		});

		it('A9 knows the id of a completed command', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed({ paid: true }));

			const outcomes = await subject.backend.commands.accept([aCommand({ commandId: done.commandId })]);

			const { commandId, correlationId } = done;
			expect(outcomes).toMatchObject([{ kind: 'duplicate', existing: { domain, commandId, correlationId } }]);
			expect(await recordOf(subject, done)).toMatchObject({ status: 'COMPLETED', result: { paid: true } });
			expect(await subject.messages(queue)).toEqual([]);
		});

		it('A10 accepts exactly one of many concurrent sends of one id', async () => {
			const subject = await openWith(open);
			const command = aCommand();

			const outcomes = await Promise.all(
				Array.from({ length: 8 }, async () => only(await subject.backend.commands.accept([command]))),
			);

			expect(outcomes.filter((outcome) => outcome.kind === 'accepted')).toHaveLength(1);
			expect(outcomes.filter((outcome) => outcome.kind === 'duplicate')).toHaveLength(7);
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('A10 lets a send wait for the transaction that sends the same id, and then calls it a duplicate', async () => {
			const subject = await openWith(open);
			const command = aCommand();

			let outside: Promise<unknown> | undefined;
			const inside = await subject.transaction(async (tx) => {
				const outcomes = await subject.backend.commands.accept([command], tx);
				outside = subject.backend.commands.accept([command]);
				return outcomes;
			});

			expect(inside).toEqual([{ kind: 'accepted' }]);
			expect(await outside).toMatchObject([{ kind: 'duplicate' }]);
		});
	});

	describe(`${name}: accepting in the caller's transaction`, () => {
		it('A11 stores nothing when the transaction rolls back', async () => {
			const subject = await openWith(open);
			const command = aCommand();

			const rollback = subject.transaction(async (tx) => {
				expect(await subject.backend.commands.accept([command], tx)).toEqual([{ kind: 'accepted' }]);
				throw new RangeError('the caller changed its mind');
			});

			await expect(rollback).rejects.toThrow('the caller changed its mind');
			expect(await subject.backend.queries.getMany([command])).toEqual([undefined]);
			expect(await historyOf(subject, command)).toEqual([]);
			expect(await subject.messages(queue)).toEqual([]);
			await send(subject, { commandId: command.commandId });
		});

		it('A12 lets a worker see the command only after the commit', async () => {
			const subject = await openWith(open);
			const command = aCommand();

			const seenInside = await subject.transaction(async (tx) => {
				await subject.backend.commands.accept([command], tx);
				const { commands } = await subject.backend.commands.receive(aReceive());
				return [...commands, ...(await subject.backend.queries.getMany([command]))];
			});

			expect(seenInside).toEqual([undefined]);
			expect((await receiveOne(subject)).commandId).toBe(command.commandId);
		});

		it('keeps the transaction usable after a refusal', async () => {
			const subject = await openWith(open);
			const existing = await send(subject);
			const command = aCommand();

			const outcomes = await subject.transaction(async (tx) => [
				...(await subject.backend.commands.accept([existing, aCommand({ domain: 'nowhere' })], tx)),
				...(await subject.backend.commands.acceptAll([aCommand(), existing], tx)),
				...(await subject.backend.commands.accept([command], tx)),
			]);

			expect(outcomes.map((outcome) => outcome.kind)).toEqual([
				'duplicate',
				'domain-not-found',
				'not-stored',
				'duplicate',
				'accepted',
			]);
			const received = await receiveAll(subject);
			expect(received.map(({ commandId }) => commandId)).toEqual([existing.commandId, command.commandId]);
		});
	});

	describe(`${name}: accepting all or nothing`, () => {
		it('A14 stores commands of several domains in one step, with outcomes in the order of the request', async () => {
			const subject = await openWith(open, otherDomain);
			const mixed = [aCommand(), aCommand({ domain: otherDomain }), aCommand(), aCommand({ domain: otherDomain })];

			const outcomes = await subject.backend.commands.acceptAll(mixed);

			expect(outcomes).toEqual(mixed.map(() => ({ kind: 'accepted' })));
			const records = await subject.backend.queries.getMany(mixed);
			expect(records.map((record) => record?.commandId)).toEqual(mixed.map(({ commandId }) => commandId));
			expect((await receiveAll(subject)).map(({ commandId }) => commandId)).toEqual([
				mixed[0]?.commandId,
				mixed[2]?.commandId,
			]);
		});

		it('A15 stores nothing when one is refused, and says which one', async () => {
			const subject = await openWith(open);
			const existing = await send(subject);
			const [before, twice] = [aCommand(), aCommand()];
			const refused = [before, existing, twice, twice, aCommand({ replyTo: 'nowhere' })];

			const outcomes = await subject.backend.commands.acceptAll(refused);

			expect(outcomes.map((outcome) => outcome.kind)).toEqual([
				'not-stored',
				'duplicate',
				'not-stored',
				'duplicate',
				'reply-queue-not-found',
			]);
			expect(await subject.backend.queries.getMany([before, twice])).toEqual([undefined, undefined]);
			expect(await historyOf(subject, before)).toEqual([]);
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('A18 takes a duplicate that may be one for no refusal, and returns the existing command', async () => {
			const subject = await openWith(open);
			const existing = await send(subject);
			const fresh = aCommand();

			const outcomes = await subject.backend.commands.acceptAll([
				{ ...existing, onDuplicate: 'return-existing' },
				fresh,
			]);

			const { commandId, correlationId } = existing;
			expect(outcomes).toMatchObject([
				{ kind: 'duplicate', existing: { domain, commandId, correlationId } },
				{ kind: 'accepted' },
			]);
			expect(await trailOf(subject, existing)).toEqual(['SENT']);
			expect(await recordOf(subject, fresh)).toMatchObject({ status: 'PENDING' });
		});

		it('A14 takes 1,000 commands in one step, in order', async () => {
			const subject = await openWith(open);
			const many = commands(1_000);

			const outcomes = await subject.backend.commands.acceptAll(many);

			expect(outcomes.every((outcome) => outcome.kind === 'accepted')).toBe(true);
			const received = await receiveAll(subject, { limit: 250 });
			expect(received.map(({ commandId }) => commandId)).toEqual(many.map(({ commandId }) => commandId));
		});
	});

	describe(`${name}: accepting for later`, () => {
		it('A19 hands out a delayed command no earlier, and does not let it hold up others', async () => {
			const subject = await openWith(open);
			const delayed = await send(subject, { delaySeconds: 60 });
			const { createdAt } = await recordOf(subject, delayed);
			const due = await send(subject, { dueAt: new Date(createdAt.getTime() + 120_000) });
			const prompt = await send(subject);

			const atOnce = await receiveAll(subject);
			await subject.elapse(50_000);
			const tooEarly = await receiveAll(subject);
			await subject.elapse(20_000);
			const afterDelay = await receiveAll(subject);
			await subject.elapse(60_000);
			const afterDue = (await receiveAll(subject)).filter(({ commandId }) => commandId === due.commandId);

			expect(only(atOnce).commandId).toBe(prompt.commandId);
			expect(tooEarly.filter(({ commandId }) => commandId !== prompt.commandId)).toEqual([]);
			expect(afterDelay.map(({ commandId }) => commandId)).toContain(delayed.commandId);
			expect(afterDelay.map(({ commandId }) => commandId)).not.toContain(due.commandId);
			expect(only(afterDue)).toMatchObject({ lease: { attempt: 1 } });
		});
	});
}
