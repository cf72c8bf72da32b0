/**
 * Guarantee: of several acts at the same time exactly one happens, and the others learn who was faster; an act that was refused left nothing
 * behind, and one that was clicked twice happened once.
 */
import { describe, expect, it } from 'vitest';
import type { ReceivedCommand } from '../model/command-record.ts';
import { domainQueues } from '../model/ids.ts';
import type { ActOutcome, OperatorRequest } from '../ports/troubleshooting-store.ts';
import { cancelOf, completeOf, completed, domain, parkedWith, replyQueue, retryOf } from './builders.ts';
import {
	eventOf,
	everythingOf,
	itemOf,
	openWith,
	park,
	receiveAll,
	receiveOne,
	recordOf,
	repliesOf,
	settle,
	trailOf,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

export function troubleshootingConflictSuite(name: string, open: OpenSubject): void {
	describe(`${name}: acting at the same time, twice or too late`, () => {
		it('J8 lets exactly one of two concurrent retries happen and sends one message', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const act = actOn(subject);

			const outcomes = await Promise.all([act(retryOf(command)), act(retryOf(command))]);

			expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'not-parked']);
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('M1 lets exactly one of a concurrent retry, cancel and complete happen: one audit line, one reply at most', async () => {
			const subject = await openWith(open);

			for (let round = 0; round < 5; round++) {
				const command = await park(subject);
				const acts: readonly OperatorRequest[] = [retryOf(command), cancelOf(command), completeOf(command)];

				const outcomes = await Promise.all(acts.map((request) => subject.backend.troubleshooting.act(request)));

				expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'not-parked', 'not-parked']);
				const trail = await trailOf(subject, command);
				expect(trail.filter((type) => type.startsWith('OPERATOR_'))).toHaveLength(1);
				const { status } = await recordOf(subject, command);
				expect(await repliesOf(subject, command)).toHaveLength(status === 'PENDING' ? 0 : 1);
				for (const received of await receiveAll(subject)) await settle(subject, received, completed());
			}
		});

		it('M2 rolls everything back when the reply queue is missing, and can be repeated once it is there', async () => {
			const subject = await openWith(open);
			const command = await parkWithoutQueue(subject);
			const act = actOn(subject);
			const before = await everythingOf(subject, command);

			for (const request of [cancelOf(command), completeOf(command)]) {
				const outcome = await act({ ...request, requestId: 'click-1' });
				expect(outcome).toEqual({ kind: 'reply-queue-not-found', replyTo: 'gone_replies' });
			}
			const unchanged = await everythingOf(subject, command);
			await subject.backend.domains.createReplyQueue('gone_replies');
			const repeated = await act({ ...cancelOf(command), requestId: 'click-1' });

			expect(unchanged).toEqual(before);
			expect(repeated).toMatchObject({ kind: 'done', status: 'CANCELED', isRepeated: false });
			expect(await repliesOf(subject, command, 'gone_replies')).toHaveLength(1);
		});

		it('M2 may suppress the reply, and the audit says so', async () => {
			const subject = await openWith(open);
			const canceled = await parkWithoutQueue(subject);
			const [canceledQuietly, completedByHand] = [await park(subject), await park(subject)];
			const act = actOn(subject);

			const outcomes = [
				await act({ ...cancelOf(canceled), suppressReply: true }),
				await act({ ...cancelOf(canceledQuietly), suppressReply: true }),
				await act({ ...completeOf(completedByHand), suppressReply: true }),
			];

			expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
			const suppressed = { isReplySuppressed: true };
			expect((await eventOf(subject, canceled, 'OPERATOR_CANCEL')).details).toMatchObject(suppressed);
			expect((await eventOf(subject, completedByHand, 'OPERATOR_COMPLETE')).details).toMatchObject(suppressed);
			expect(await subject.messages(replyQueue)).toEqual([]);
		});

		it('M2 J1 lets a retry through, which answers nobody', async () => {
			const subject = await openWith(open);
			const command = await parkWithoutQueue(subject);

			expect(await subject.backend.troubleshooting.act(retryOf(command))).toMatchObject({ kind: 'done' });
		});

		it('M7 repeats the first result of a request id and changes nothing', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const other = await park(subject);
			const act = actOn(subject);
			const request = { ...retryOf(command), requestId: 'click-1' };
			const first = await act(request);
			const before = await everythingOf(subject, command);

			const [second, elsewhere] = [await act(request), await act({ ...retryOf(other), requestId: 'click-1' })];
			const others = await Promise.all([act(request), act(request)]);

			expect(second).toEqual({ ...first, isRepeated: true });
			expect(others).toEqual([second, second]);
			expect(elsewhere).toMatchObject({ kind: 'done', isRepeated: false });
			const { record, history } = await everythingOf(subject, command);
			expect({ record, history }).toEqual({ record: before.record, history: before.history });
			expect(await subject.messages(queue)).toHaveLength(2);
		});

		it('M7 acts once when two clicks of one request arrive together', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const request = { ...completeOf(command), requestId: 'click-1' };

			const outcomes = await Promise.all([1, 2, 3].map(() => subject.backend.troubleshooting.act(request)));

			expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
			expect(outcomes.filter((outcome) => outcome.kind === 'done' && !outcome.isRepeated)).toHaveLength(1);
			expect(await repliesOf(subject, command)).toHaveLength(1);
		});

		it('M8 refuses a version that has moved on, naming who acted and when', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const { version: seen } = await itemOf(subject, command);
			await subject.backend.troubleshooting.act({ ...retryOf(command), operator: { id: 'bob', kind: 'service' } });
			await settle(subject, await receiveOne(subject), parkedWith());
			const before = await everythingOf(subject, command);

			const stale = await subject.backend.troubleshooting.act({ ...cancelOf(command), expectedVersion: seen });
			const unchanged = await everythingOf(subject, command);
			const { version } = await itemOf(subject, command);
			const fresh = await subject.backend.troubleshooting.act({ ...cancelOf(command), expectedVersion: version });

			expect(stale).toMatchObject({
				kind: 'version-conflict',
				status: 'IN_TROUBLESHOOTING_QUEUE',
				version,
				lastAct: { action: 'retry', operator: { id: 'bob', kind: 'service' }, reason: null },
			});
			expect(stale).toHaveProperty('lastAct.at', expect.any(Date));
			expect(unchanged).toEqual(before);
			expect(fresh).toMatchObject({ kind: 'done', status: 'CANCELED' });
			const afterwards = await subject.backend.troubleshooting.act({ ...retryOf(command), expectedVersion: version });
			expect(afterwards).toMatchObject({ kind: 'version-conflict', status: 'CANCELED', lastAct: { action: 'cancel' } });
		});
	});
}

function actOn(subject: BackendSubject): (request: OperatorRequest) => Promise<ActOutcome> {
	return (request) => subject.backend.troubleshooting.act(request);
}

/** A parked command whose reply queue has been dropped since. */
async function parkWithoutQueue(subject: BackendSubject): Promise<ReceivedCommand> {
	await subject.backend.domains.createReplyQueue('gone_replies');
	const command = await park(subject, { replyTo: 'gone_replies' });
	await subject.dropQueue('gone_replies');
	return command;
}
