/**
 * Guarantee: fencing. A lease is one attempt of one message and ends when it runs out, whether or not somebody else took the message. Its
 * former holder can change nothing: no status, no audit, no reply, no archive.
 */
import { describe, expect, it } from 'vitest';
import type { ReceivedCommand } from '../model/command-record.ts';
import {
	completeOf,
	completed,
	domain,
	failed,
	longMs,
	parkedWith,
	replyQueue,
	retriedLater,
	retryOf,
} from './builders.ts';
import type { Outcome } from './builders.ts';
import {
	elapseAll,
	everythingOf,
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
import type { BackendSubject, OpenSubject } from './subject.ts';

const everyOutcome: readonly Outcome[] = [completed(), retriedLater(), parkedWith(), failed()];

export function commandLeaseSuite(name: string, open: OpenSubject): void {
	describe(`${name}: lost leases`, () => {
		it('D4 lets a late worker change nothing after another one has completed the command', async () => {
			const subject = await openWith(open);
			const { late, other } = await redelivered(subject);
			await settle(subject, other, completed({ by: 'other' }));

			await expectPowerless(subject, late);

			expect(await recordOf(subject, late)).toMatchObject({
				status: 'COMPLETED',
				result: { by: 'other' },
				attempts: 2,
			});
			expect(await repliesOf(subject, late)).toHaveLength(1);
		});

		it('D5 lets a late worker change nothing after another one has parked the command', async () => {
			const subject = await openWith(open);
			const { late, other } = await redelivered(subject);
			await settle(subject, other, parkedWith());

			await expectPowerless(subject, late);

			expect(await recordOf(subject, late)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE' });
			expect(await repliesOf(subject, late)).toEqual([]);
		});

		it('D6 lets a late worker change nothing while another one holds the command, or after it was put off', async () => {
			const subject = await openWith(open);
			const { late, other } = await redelivered(subject);

			await expectPowerless(subject, late);
			await settle(subject, other, retriedLater(60));
			await expectPowerless(subject, late);
			await expectPowerless(subject, other);

			expect(await recordOf(subject, late)).toMatchObject({ status: 'PENDING', attempts: 2 });
		});

		it('S6 takes a lease that ran out for lost, also when nobody else took the command', async () => {
			const subject = await openWith(open);
			await send(subject);
			const late = await receiveOne(subject, { leaseSeconds: 30 });

			await subject.elapse(31_000);

			await expectPowerless(subject, late);
			expect(await receiveOne(subject)).toMatchObject({ commandId: late.commandId, lease: { attempt: 2 } });
		});

		it('L4 lets the holder of an old lease change nothing after an operator resolved or retried the command', async () => {
			const subject = await openWith(open);
			const resolved = await park(subject);
			await subject.backend.troubleshooting.act(completeOf(resolved));
			const retried = await park(subject);
			await subject.backend.troubleshooting.act(retryOf(retried));

			await expectPowerless(subject, resolved);
			await expectPowerless(subject, retried);
			const current = await receiveOne(subject);
			await expectPowerless(subject, retried);

			expect(current).toMatchObject({ commandId: retried.commandId, generation: 2, lease: { attempt: 1 } });
			expect(await repliesOf(subject, resolved)).toHaveLength(1);
		});

		it('settles a lease once: the second settlement of one call or of the next is refused', async () => {
			const subject = await openWith(open);
			await send(subject);
			const { lease, ...command } = await receiveOne(subject);

			const outcomes = await subject.backend.commands.settle(domain, [
				{ ...completed(), lease },
				{ ...failed(), lease },
			]);
			const later = await subject.backend.commands.settle(domain, [{ ...completed(), lease }]);

			expect(outcomes).toEqual([{ kind: 'settled' }, { kind: 'lease-lost' }]);
			expect(later).toEqual([{ kind: 'lease-lost' }]);
			expect(await repliesOf(subject, command)).toHaveLength(1);
		});
	});

	describe(`${name}: one lease, several answers`, () => {
		it('D8 lets exactly one of several concurrent settlements of a lease happen', async () => {
			const subject = await openWith(open);
			for (let round = 0; round < 3; round++) {
				await send(subject);
				const received = await receiveOne(subject);
				const before = (await subject.messages(replyQueue)).length;

				const outcomes = await Promise.all(
					[completed(), failed(), completed()].map((outcome) => settle(subject, received, outcome)),
				);

				expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['lease-lost', 'lease-lost', 'settled']);
				expect(await trailOf(subject, received)).toHaveLength(3);
				expect(await subject.messages(replyQueue)).toHaveLength(before + 1);
			}
		});
	});

	describe(`${name}: extending a lease`, () => {
		it('C12 keeps a command from being handed out again, counted from the moment of the extension', async () => {
			const subject = await openWith(open);
			await send(subject);
			const received = await receiveOne(subject, { leaseSeconds: 30 });

			await subject.elapse(20_000);
			const lost = await subject.backend.commands.extend(domain, [received.lease], 30);
			await subject.elapse(20_000);
			const meanwhile = await receiveAll(subject);
			const outcome = await settle(subject, received, completed());

			expect(lost).toEqual([]);
			expect(meanwhile).toEqual([]);
			expect(outcome).toEqual({ kind: 'settled' });
			expect(await trailOf(subject, received)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		});

		it('C12 ends when the extension ends', async () => {
			const subject = await openWith(open);
			await send(subject);
			const received = await receiveOne(subject, { leaseSeconds: 600 });

			await subject.backend.commands.extend(domain, [received.lease], 30);
			await subject.elapse(31_000);

			expect(await receiveOne(subject)).toMatchObject({ isRedelivered: true, lease: { attempt: 2 } });
		});

		it('C13 renews those that run and reports those that are lost', async () => {
			const subject = await openWith(open);
			const { late, other } = await redelivered(subject);
			await send(subject);
			const running = await receiveOne(subject);
			await settle(subject, other, completed());

			const lost = await subject.backend.commands.extend(domain, [late.lease, running.lease, other.lease], 30);

			expect(lost).toEqual([late.lease, other.lease]);
			await subject.elapse(longMs);
			expect(await subject.backend.commands.extend(domain, [running.lease], 30)).toEqual([running.lease]);
		});
	});

	describe(`${name}: giving a command back`, () => {
		it('F12 makes it due at once, counts no attempt and leaves no receipt', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			const { lease } = await receiveOne(subject);

			await subject.backend.commands.release(domain, [lease]);

			expect(await recordOf(subject, command)).toMatchObject({ status: 'PENDING', attempts: 0 });
			expect(await trailOf(subject, command)).toEqual(['SENT']);
			const again = { isRedelivered: false, deferrals: 0, lease: { attempt: 1 } };
			expect(await receiveOne(subject)).toMatchObject(again);
		});

		it('E13 counts a deferral when it is given back for later', async () => {
			const subject = await openWith(open);
			await send(subject);
			const { lease } = await receiveOne(subject);

			await subject.backend.commands.release(domain, [lease], 60);
			const atOnce = await receiveAll(subject);
			await subject.elapse(61_000);

			expect(atOnce).toEqual([]);
			expect(await receiveOne(subject)).toMatchObject({ deferrals: 1, lease: { attempt: 1 } });
		});

		it('C3 keeps the attempts that were used before, and says that one of them may have run', async () => {
			const subject = await openWith(open);
			const { late, other } = await redelivered(subject);

			await subject.backend.commands.release(domain, [late.lease, other.lease]);

			expect(await recordOf(subject, late)).toMatchObject({ status: 'PENDING', attempts: 1 });
			expect(await trailOf(subject, late)).toEqual(['SENT', 'RECEIVED']);
			const again = await receiveOne(subject);
			expect(again).toMatchObject({ isRedelivered: true, lease: { attempt: 2 } });
			await subject.backend.commands.release(domain, [again.lease]);
			expect(await receiveOne(subject)).toMatchObject({ isRedelivered: true, lease: { attempt: 2 } });
		});

		it('forgets a redelivery once an attempt was answered', async () => {
			const subject = await openWith(open);
			const { other } = await redelivered(subject);
			await subject.backend.commands.release(domain, [other.lease]);
			const { lease } = await receiveOne(subject);

			await subject.backend.commands.settle(domain, [{ ...retriedLater(), lease }]);
			await elapseAll(subject);

			expect(await receiveOne(subject)).toMatchObject({ isRedelivered: false, lease: { attempt: 3 } });
		});
	});
}

/** A command whose first lease ran out and that a second worker holds. */
async function redelivered(subject: BackendSubject): Promise<{ late: ReceivedCommand; other: ReceivedCommand }> {
	await send(subject);
	const late = await receiveOne(subject, { workerId: 'late' });
	await elapseAll(subject);
	const other = await receiveOne(subject, { workerId: 'other' });
	return { late, other };
}

/** Whatever the holder of this lease tries, everything stays as it is. */
async function expectPowerless(subject: BackendSubject, { domain, commandId, lease }: ReceivedCommand): Promise<void> {
	const { commands } = subject.backend;
	const before = await everythingOf(subject, { domain, commandId });

	const outcomes = await commands.settle(
		domain,
		everyOutcome.map((outcome) => ({ ...outcome, lease })),
	);
	const lost = await commands.extend(domain, [lease], 30);
	await commands.release(domain, [lease]);

	expect(outcomes).toEqual(everyOutcome.map(() => ({ kind: 'lease-lost' })));
	expect(lost).toEqual([lease]);
	expect(await everythingOf(subject, { domain, commandId })).toEqual(before);
}
