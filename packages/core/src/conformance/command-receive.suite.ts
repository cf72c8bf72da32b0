/**
 * Guarantee: a due command is leased to one receiver at a time, its receipt is on record from that moment, an unanswered one comes back until its
 * attempts are used up, and nothing that lies on the queue can block what lies behind it.
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../model/new-id.ts';
import type { NewCommand } from '../model/command-record.ts';
import type { CommandAddress } from '../model/ids.ts';
import { domainQueues } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import { isCommandBusError } from '../errors.ts';
import {
	aReceive,
	cancelOf,
	commands,
	completed,
	domain,
	failed,
	longMs,
	otherDomain,
	replyQueue,
} from './builders.ts';
import {
	elapseAll,
	eventOf,
	everythingOf,
	failureOf,
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
	sendAndSettle,
	trailOf,
} from './scenario.ts';
import type { Everything } from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function commandReceiveSuite(name: string, open: OpenSubject): void {
	describe(`${name}: receiving commands`, () => {
		it('C1 leases a pending command: attempt 1, in progress, invisible, with its receipt on record at once', async () => {
			const subject = await openWith(open);
			const command = await send(subject);

			const received = await receiveOne(subject, { workerId: 'worker-7', leaseSeconds: 30 });

			expect(received).toMatchObject({ commandId: command.commandId, isRedelivered: false });
			expect(received.lease).toMatchObject({ commandId: command.commandId, attempt: 1 });
			expect(await recordOf(subject, command)).toMatchObject({ status: 'IN_PROGRESS', attempts: 1 });
			const history = await historyOf(subject, command);
			expect(history.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED']);
			const details = { workerId: 'worker-7', isRedelivered: false };
			expect(history[1]).toMatchObject({ sequence: '', generation: 1, attempt: 1, details });
			await subject.elapse(25_000);
			expect(await receiveAll(subject)).toEqual([]);
		});

		it('C2 returns nothing from an empty queue', async () => {
			const subject = await openWith(open);

			const result = await subject.backend.commands.receive(aReceive());

			expect(result).toEqual({ commands: [], parked: [], rejected: [] });
		});

		it('refuses to receive from an unknown domain by name', async () => {
			const subject = await openWith(open);

			const error = await failureOf(subject.backend.commands.receive(aReceive({ domain: 'nowhere' })));

			expect(isCommandBusError(error, 'domain-not-found')).toBe(true);
		});

		it('C3 hands out a command again, with the next attempt, when its lease ran out without an answer', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			await receiveOne(subject, { workerId: 'worker-1' });

			await subject.elapse(31_000);
			const whileNobodyTookIt = await recordOf(subject, command);
			const again = await receiveOne(subject, { workerId: 'worker-2' });

			expect(whileNobodyTookIt).toMatchObject({ status: 'IN_PROGRESS', attempts: 1 });
			expect(again).toMatchObject({ commandId: command.commandId, isRedelivered: true, lease: { attempt: 2 } });
			const [, first, second] = await historyOf(subject, command);
			expect(first).toMatchObject({ type: 'RECEIVED', attempt: 1, details: { workerId: 'worker-1' } });
			expect(first?.sequence).not.toBe('');
			expect(second).toMatchObject({
				sequence: '',
				attempt: 2,
				details: { workerId: 'worker-2', isRedelivered: true },
			});
			expect(await trailOf(subject, command)).toEqual(['SENT', 'RECEIVED', 'RECEIVED']);
		});

		it('hands out the oldest first, as many as asked for', async () => {
			const subject = await openWith(open);
			const sent: NewCommand[] = [];
			for (let index = 0; index < 5; index++) sent.push(await send(subject));

			const first = await subject.backend.commands.receive(aReceive({ limit: 2 }));
			const rest = await subject.backend.commands.receive(aReceive({ limit: 10 }));

			const order = [...first.commands, ...rest.commands].map(({ commandId }) => commandId);
			expect(first.commands).toHaveLength(2);
			expect(order).toEqual(sent.map(({ commandId }) => commandId));
		});

		it('hands out first what has been due longest, also when it was sent later', async () => {
			const subject = await openWith(open);
			const delayed = await send(subject, { delaySeconds: 100 });
			const sent = await send(subject);
			await subject.elapse(100_000);
			const last = await send(subject);

			const order: string[] = [];
			for (let turn = 0; turn < 3; turn++) {
				const { commands } = await subject.backend.commands.receive(aReceive({ limit: 1 }));
				order.push(...commands.map(({ commandId }) => commandId));
			}

			expect(order).toEqual([sent, delayed, last].map(({ commandId }) => commandId));
		});

		it('receives from its own domain only', async () => {
			const subject = await openWith(open, otherDomain);
			await send(subject, { domain: otherDomain });

			expect(await receiveAll(subject)).toEqual([]);
			expect(await receiveAll(subject, { domain: otherDomain })).toHaveLength(1);
		});

		it('C14 never leases a command to two of 16 concurrent receivers', async () => {
			const subject = await openWith(open);
			await subject.backend.commands.acceptAll(commands(240));

			const shares = await Promise.all(
				Array.from({ length: 16 }, (_, worker) =>
					receiveAll(subject, { workerId: `worker-${String(worker)}`, limit: 7 }),
				),
			);

			const leased = [...shares.flat(), ...(await receiveAll(subject))].map(({ commandId }) => commandId);
			expect(leased).toHaveLength(240);
			expect(new Set(leased).size).toBe(240);
		});
	});

	describe(`${name}: messages that must not run`, () => {
		it('C4 C5 C6 K6 archives a stray message of a command that has ended or is parked, and changes nothing', async () => {
			const subject = await openWith(open);
			const canceled = await park(subject);
			await subject.backend.troubleshooting.act(cancelOf(canceled));
			const ended = [await sendAndSettle(subject, completed()), await sendAndSettle(subject, failed()), canceled];
			const parked = await park(subject);
			const all = [...ended, parked];
			const before = await Promise.all(all.map((command) => ownStateOf(subject, command)));

			const strays = await Promise.all(all.map((command) => subject.putMessage(queue, envelope(command))));
			const result = await subject.backend.commands.receive(aReceive());

			expect(result.commands).toEqual([]);
			expect(result.rejected.map(({ messageId }) => messageId).sort()).toEqual([...strays].sort());
			expect(await subject.messages(queue)).toEqual([]);
			const archivedIds = (await subject.archived(queue)).map(({ messageId }) => messageId);
			expect(archivedIds).toEqual(expect.arrayContaining(strays));
			expect(await Promise.all(all.map((command) => ownStateOf(subject, command)))).toEqual(before);
		});

		it('archives a second message of a live command and hands the command out once', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			const stray = await subject.putMessage(queue, envelope(command));

			const received = await receiveAll(subject);

			expect(only(received).commandId).toBe(command.commandId);
			expect(only(await subject.archived(queue)).messageId).toBe(stray);
		});

		it('C7 C8 C9 C11 archives what is malformed, unknown or foreign, and hands out what lies behind it', async () => {
			const subject = await openWith(open);
			const real = await send(subject, { delaySeconds: 5 });
			const bodies = [
				'just text',
				17,
				null,
				[],
				{},
				{ command_id: 17 },
				{ command_id: 'not-a-uuid', domain },
				{ ...envelope({ ...real, commandId: newId() }) },
				{ ...envelope(real), domain: otherDomain },
				{ command_id: real.commandId },
			];
			const strays: string[] = [];
			for (const body of bodies) strays.push(await subject.putMessage(queue, body));
			const behind = await send(subject);

			const received = await receiveAll(subject, { limit: 3 });

			expect(only(received).commandId).toBe(behind.commandId);
			expect((await subject.archived(queue)).map(({ messageId }) => messageId)).toEqual(strays);
			expect(await recordOf(subject, real)).toMatchObject({ status: 'PENDING', attempts: 0 });
		});

		it('C8 names each rejected message with a reason', async () => {
			const subject = await openWith(open);
			const messageId = await subject.putMessage(queue, { hello: 'world' });

			const { rejected } = await subject.backend.commands.receive(aReceive());

			expect(only(rejected)).toEqual({ messageId, reason: expect.stringMatching(/\S/) as string });
		});
	});

	describe(`${name}: attempts that end without an answer`, () => {
		it('C10 parks a command that takes its worker down every time, without handing it out again', async () => {
			const subject = await openWith(open);
			const command = await send(subject, { wantsNotices: true });
			for (let attempt = 1; attempt <= 3; attempt++) {
				expect((await receiveOne(subject)).lease.attempt).toBe(attempt);
				await elapseAll(subject);
			}

			const result = await subject.backend.commands.receive(aReceive());

			const { commandId, commandType, correlationId } = command;
			expect(result.commands).toEqual([]);
			expect(result.parked).toEqual([{ domain, commandId, commandType, correlationId, attempt: 3 }]);
			expect(await subject.backend.commands.receive(aReceive())).toEqual({ commands: [], parked: [], rejected: [] });
			expect(await trailOf(subject, command)).toEqual([
				'SENT',
				'RECEIVED',
				'RECEIVED',
				'RECEIVED',
				'MOVED_TO_TROUBLESHOOTING_QUEUE',
			]);
			const moved = await eventOf(subject, command, 'MOVED_TO_TROUBLESHOOTING_QUEUE');
			expect(moved.details).toMatchObject({ reason: 'EXHAUSTED_BY_REDELIVERY' });
			const item = { attempts: 3, maxAttempts: 3, lastErrorCode: 'EXHAUSTED_BY_REDELIVERY', payload: command.data };
			expect(await itemOf(subject, command)).toMatchObject(item);
			expect(only(await subject.archived(queue)).messageId).toBe((await recordOf(subject, command)).messageId);
			expect(await repliesOf(subject, command)).toEqual([]);
			expect(only(await noticesOf(subject, command))).toMatchObject({ kind: 'parked', generation: 1 });
		});

		it('E7 C10 takes the maximum said at send first, then that of the type, then the default', async () => {
			const subject = await openWith(open);
			await send(subject, { commandType: 'SaidAtSend', maxAttempts: 1 });
			await send(subject, { commandType: 'ByType' });
			// A name that every object has.
			await send(subject, { commandType: 'constructor' });
			const maximums = { maxAttemptsByType: { SaidAtSend: 9, ByType: 2 }, defaultMaxAttempts: 3 };

			const rounds: string[][] = [];
			for (let round = 1; round <= 4; round++) {
				rounds.push((await receiveAll(subject, maximums)).map(({ commandType }) => commandType));
				await elapseAll(subject);
			}

			expect(rounds).toEqual([['SaidAtSend', 'ByType', 'constructor'], ['ByType', 'constructor'], ['constructor'], []]);
			expect(await subject.backend.troubleshooting.count({ domain })).toBe(3);
		});

		it('C10 parks the exhausted and hands out the others in the same call', async () => {
			const subject = await openWith(open);
			const exhausted = await send(subject, { maxAttempts: 1 });
			await receiveOne(subject);
			await subject.elapse(longMs);
			const fresh = await send(subject);

			const result = await subject.backend.commands.receive(aReceive());

			expect(only(result.parked).commandId).toBe(exhausted.commandId);
			expect(only(result.commands).commandId).toBe(fresh.commandId);
		});
	});
}

/** A well-formed message of a command, as a stranger would put it on the queue a second time. */
function envelope(command: Pick<NewCommand, 'domain' | 'commandId' | 'commandType' | 'correlationId'>): JsonObject {
	return {
		command_id: command.commandId,
		command_type: command.commandType,
		domain: command.domain,
		correlation_id: command.correlationId,
		reply_to: replyQueue,
		created_at: '2026-01-01T00:00:00.000Z',
		data: { stray: true },
	};
}

/** What must not change by messages of strangers. */
async function ownStateOf(subject: BackendSubject, command: CommandAddress): Promise<Partial<Everything>> {
	const { record, history, item, answers } = await everythingOf(subject, command);
	return { record, history, item, answers };
}
