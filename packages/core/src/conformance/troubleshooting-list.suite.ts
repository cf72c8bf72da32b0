/**
 * Guarantee: the Troubleshooting Queue shows exactly the commands that are parked now, each once, with what an operator needs, in pages that hold
 * still while commands are parked and resolved.
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../model/new-id.ts';
import { domainQueues } from '../model/ids.ts';
import { errorFingerprint } from '../model/error-fingerprint.ts';
import type { NewCommand, ReceivedCommand } from '../model/command-record.ts';
import type { ErrorRecord } from '../model/error-record.ts';
import type { TroubleshootingFilter } from '../model/troubleshooting-item.ts';
import {
	aBatch,
	aCommand,
	aProcess,
	anError,
	cancelOf,
	commands,
	completeOf,
	completed,
	domain,
	failed,
	otherDomain,
	parkedWith,
	processQueue,
	replyQueue,
	retryOf,
} from './builders.ts';
import { everyPage, expectPageRules } from './paging.ts';
import {
	itemOf,
	only,
	openWith,
	park,
	receiveAll,
	receiveOne,
	recordOf,
	send,
	sendAndSettle,
	settle,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

export function troubleshootingListSuite(name: string, open: OpenSubject): void {
	describe(`${name}: parked commands`, () => {
		it('I4 shows the payload, the error, the attempts, the addresses and the times of a parked command', async () => {
			const subject = await openWith(open);
			const error = anError({ type: 'PERMANENT', code: 'NO_SUCH_ACCOUNT', details: { account: 17 } });
			const data = { amount: 4200, lines: [{ text: 'rent' }] };

			const command = await park(subject, { data }, parkedWith(error, { maxAttempts: 7 }));

			const { createdAt, version } = await recordOf(subject, command);
			const item = await itemOf(subject, command);
			expect(item).toMatchObject({
				domain,
				commandId: command.commandId,
				commandType: 'Charge',
				attempts: 1,
				maxAttempts: 7,
				lastErrorType: 'PERMANENT',
				lastErrorCode: 'NO_SUCH_ACCOUNT',
				lastErrorMessage: error.message,
				lastErrorDetails: { account: 17 },
				payload: data,
				isPayloadMissing: false,
				correlationId: command.correlationId,
				replyTo: replyQueue,
				batchId: null,
				processId: null,
				generation: 1,
				version,
				fingerprint: errorFingerprint(error),
				createdAt,
			});
			expect(item.parkedAt).toBeInstanceOf(Date);
			expect(item.parkedAt.getTime()).toBeGreaterThanOrEqual(createdAt.getTime());
			expect(only((await subject.backend.troubleshooting.list({}, {})).items)).toEqual(item);
		});

		it('I4 names the batch and the process of a parked command, and finds it by them', async () => {
			const subject = await openWith(open);
			const { troubleshooting } = subject.backend;
			const batch = aBatch();
			await subject.backend.batches.open(batch, [commands(1)]);
			const process = aProcess();
			await subject.backend.processes.start([process]);
			const [member, step] = await receiveAll(subject);
			for (const command of [member, step]) if (command !== undefined) await settle(subject, command, parkedWith());

			const byBatch = await troubleshooting.list({ text: batch.batchId }, {});
			const byProcess = await troubleshooting.list({ text: process.processId }, {});

			expect(only(byBatch.items)).toMatchObject({ batchId: batch.batchId, processId: null });
			const { commandId } = process.first.command;
			expect(only(byProcess.items)).toMatchObject({ commandId, processId: process.processId, replyTo: processQueue });
		});

		it('I4 names no process where a sender that is none asked for notices', async () => {
			const subject = await openWith(open);

			const command = await park(subject, { wantsNotices: true });

			expect(await itemOf(subject, command)).toMatchObject({ processId: null });
		});

		it('I5 shows a command whose archived message is gone, without payload', async () => {
			const subject = await openWith(open);
			const command = await park(subject);

			await subject.dropArchived(domainQueues(domain).commands, command.lease.messageId);

			expect(await itemOf(subject, command)).toMatchObject({ payload: null, isPayloadMissing: true });
			expect((await subject.backend.troubleshooting.list({}, {})).items).toHaveLength(1);
		});

		it('I5 tells a payload of null from a missing one', async () => {
			const subject = await openWith(open);

			const command = await park(subject, { data: null });

			expect(await itemOf(subject, command)).toMatchObject({ payload: null, isPayloadMissing: false });
		});

		it('I6 lists a command that was retried and parked again once, with its newest payload and error', async () => {
			const subject = await openWith(open);
			const command = await park(subject);
			const amendment = { data: { amount: 1 }, diff: [{ op: 'replace', path: '/amount', value: 1 }] };
			await subject.backend.troubleshooting.act({ ...retryOf(command), amendment });

			await settle(subject, await receiveOne(subject), parkedWith(anError({ code: 'STILL_CLOSED' })));

			const item = only((await subject.backend.troubleshooting.list({ domain }, {})).items);
			expect(item).toMatchObject({ payload: { amount: 1 }, lastErrorCode: 'STILL_CLOSED', generation: 2, attempts: 1 });
		});

		it('I7 I11 lists nothing that is not parked', async () => {
			const subject = await openWith(open);
			const { troubleshooting } = subject.backend;
			expect(await troubleshooting.list({}, {})).toEqual({ items: [] });
			const resolved = [await park(subject), await park(subject)];
			for (const command of resolved.slice(0, 1)) await troubleshooting.act(cancelOf(command));
			for (const command of resolved.slice(1)) await troubleshooting.act(completeOf(command));
			await sendAndSettle(subject, completed());
			await sendAndSettle(subject, failed());
			await send(subject);
			await receiveOne(subject);
			await send(subject);

			expect(await troubleshooting.list({}, {})).toEqual({ items: [] });
			expect(await troubleshooting.count({})).toBe(0);
			expect(await troubleshooting.groups({})).toEqual([]);
			expect(await troubleshooting.domains()).toEqual([]);
			expect(await troubleshooting.get(await send(subject))).toBeUndefined();
			expect(await troubleshooting.get(aCommand())).toBeUndefined();
		});

		it('I12 lists nothing of a domain that does not exist', async () => {
			const subject = await openWith(open);
			await park(subject);

			expect(await subject.backend.troubleshooting.list({ domain: 'nowhere' }, {})).toEqual({ items: [] });
			expect(await subject.backend.troubleshooting.count({ domain: 'nowhere' })).toBe(0);
		});
	});

	describe(`${name}: finding parked commands`, () => {
		it('I1 I2 I10 finds by domain, type, error code, fingerprint and ids, and counts what it lists', async () => {
			const subject = await openWith(open, otherDomain);
			const { troubleshooting } = subject.backend;
			const closed = await parkMany(subject, 5);
			const busy = anError({ code: 'BUSY', message: 'Host 7 is busy.' });
			const refunds = await parkMany(subject, 2, { commandType: 'Refund', error: busy });
			const reports = await parkMany(subject, 3, { domain: otherDomain });
			const one = only(closed.slice(0, 1));

			const expected: readonly (readonly [TroubleshootingFilter, readonly ReceivedCommand[]])[] = [
				[{}, [...closed, ...refunds, ...reports]],
				[{ domain }, [...closed, ...refunds]],
				[{ domain: otherDomain }, reports],
				[{ commandType: 'Refund' }, refunds],
				[{ errorCode: 'BUSY' }, refunds],
				[{ fingerprint: errorFingerprint(busy) }, refunds],
				[{ text: one.commandId }, [one]],
				[{ text: one.correlationId }, [one]],
				[{ text: newId() }, []],
				[{ domain: otherDomain, commandType: 'Refund' }, []],
			];

			for (const [filter, parked] of expected) {
				const { items } = await troubleshooting.list(filter, {});
				const ids = parked.map(({ commandId }) => commandId).sort();
				expect(items.map(({ commandId }) => commandId).sort(), JSON.stringify(filter)).toEqual(ids);
				expect(await troubleshooting.count(filter), JSON.stringify(filter)).toBe(parked.length);
			}
			expect(await troubleshooting.domains()).toEqual([domain, otherDomain]);
		});

		it('I8 finds by the times of parking and of sending, bounds included', async () => {
			const subject = await openWith(open);
			const { troubleshooting } = subject.backend;
			const { parkedAt, createdAt } = await itemOf(subject, await park(subject));
			const shifted = (at: Date, milliseconds: number): Date => new Date(at.getTime() + milliseconds);

			const counts = await Promise.all([
				troubleshooting.count({ parkedFrom: parkedAt, parkedTo: parkedAt }),
				troubleshooting.count({ createdFrom: createdAt, createdTo: createdAt }),
				troubleshooting.count({ parkedFrom: shifted(parkedAt, 1) }),
				troubleshooting.count({ parkedTo: shifted(parkedAt, -1) }),
				troubleshooting.count({ createdFrom: shifted(createdAt, 1) }),
				troubleshooting.count({ createdTo: shifted(createdAt, -1) }),
			]);

			expect(counts).toEqual([1, 1, 0, 0, 0, 0]);
		});

		it('groups what fails alike, newest first, with a sample and a count', async () => {
			const subject = await openWith(open, otherDomain);
			const like = (account: number): ErrorRecord =>
				anError({ type: 'PERMANENT', code: 'CLOSED', message: `Account ${String(account)}.` });
			const first = await park(subject, {}, parkedWith(like(17)));
			await park(subject, {}, parkedWith(like(18)));
			await park(subject, { domain: otherDomain }, parkedWith(like(19)));
			const last = await park(subject, { commandType: 'Refund' }, parkedWith(like(20)));

			const groups = await subject.backend.troubleshooting.groups({});

			const [charges] = groups.filter((group) => group.domain === domain && group.commandType === 'Charge');
			expect(charges).toMatchObject({ fingerprint: errorFingerprint(like(0)), errorCode: 'CLOSED', count: 2 });
			expect(charges?.sampleMessage).toMatch(/^Account 1[78]\.$/u);
			expect(charges?.firstParkedAt).toEqual((await itemOf(subject, first)).parkedAt);
			expect(groups.map(({ count }) => count).sort()).toEqual([1, 1, 2]);
			const times = groups.map(({ lastParkedAt }) => lastParkedAt.getTime());
			expect(times).toEqual([...times].sort((a, b) => b - a));
			const refunds = only(await subject.backend.troubleshooting.groups({ commandType: 'Refund' }));
			expect(refunds).toMatchObject({ count: 1, lastParkedAt: (await itemOf(subject, last)).parkedAt });
		});

		it('groups all, one domain, or what another filter leaves, in the same way', async () => {
			const subject = await openWith(open, otherDomain);
			const { troubleshooting } = subject.backend;
			for (const code of ['CLOSED', 'EXPIRED', 'CLOSED']) {
				const parked = parkedWith(anError({ type: 'PERMANENT', code, message: code }));
				await park(subject, {}, parked);
				await park(subject, { domain: otherDomain }, parked);
			}
			const everything = { createdFrom: new Date(0) };

			const all = await troubleshooting.groups({});

			expect(all).toHaveLength(4);
			expect(await troubleshooting.groups(everything)).toEqual(all);
			for (const one of [domain, otherDomain]) {
				const groups = await troubleshooting.groups({ domain: one });
				expect(groups).toEqual(all.filter((group) => group.domain === one));
				expect(await troubleshooting.groups({ ...everything, domain: one })).toEqual(groups);
			}
			expect(await troubleshooting.groups({ domain: 'nobody' })).toEqual([]);
		});
	});

	describe(`${name}: paging through parked commands`, () => {
		it('I3 I9 pages over all domains, newest first, without overlap or gap, also where times are equal', async () => {
			const subject = await openWith(open, otherDomain);
			const { troubleshooting } = subject.backend;
			await parkMany(subject, 60);
			await subject.elapse(1_000);
			await parkMany(subject, 50, { domain: otherDomain });
			await subject.elapse(1_000);
			await parkMany(subject, 40);
			const { items: all } = await troubleshooting.list({}, { limit: 1_000 });

			const pages = await Promise.all(
				[0, 50, 100, 150].map((offset) => troubleshooting.list({}, { limit: 50, offset })),
			);
			const byCursor = await everyPage((cursor) => troubleshooting.list({}, { limit: 50, cursor }));

			const times = all.map(({ parkedAt }) => parkedAt.getTime());
			expect(times).toEqual([...times].sort((a, b) => b - a));
			expect(new Set(all.map(({ commandId }) => commandId)).size).toBe(150);
			expect(pages.flatMap(({ items }) => items)).toEqual(all);
			expect(byCursor).toEqual(all);
			expect(await troubleshooting.count({})).toBe(150);
		});

		it('I13 neither misses nor repeats what stays parked while others are parked and resolved', async () => {
			const subject = await openWith(open);
			const { troubleshooting } = subject.backend;
			const parked = await parkMany(subject, 12);
			const resolved = [parked[1], parked[5], parked[9]].flatMap((command) => command ?? []);
			const rest = [...resolved];

			const items = await everyPage(async (cursor) => {
				const page = await troubleshooting.list({ domain }, { limit: 3, cursor });
				await park(subject);
				const next = rest.pop();
				if (next !== undefined) await troubleshooting.act(cancelOf(next));
				return page;
			});

			const seen = items.map(({ commandId }) => commandId);
			const resolvedIds = new Set(resolved.map(({ commandId }) => commandId));
			const stayed = parked.map(({ commandId }) => commandId).filter((commandId) => !resolvedIds.has(commandId));
			expect(new Set(seen).size).toBe(seen.length);
			expect(seen).toEqual(expect.arrayContaining(stayed));
		});

		it('refuses a page that cannot be meant, naming the field', async () => {
			const subject = await openWith(open);
			await parkMany(subject, 3);

			await expectPageRules((page) => subject.backend.troubleshooting.list({ domain }, page), 3);
		});
	});
}

interface ParkOptions extends Partial<NewCommand> {
	readonly error?: ErrorRecord;
}

/** Parks several commands in one step: they share their time. */
async function parkMany(
	subject: BackendSubject,
	count: number,
	{ error = anError({ type: 'PERMANENT', code: 'ACCOUNT_CLOSED' }), ...overrides }: ParkOptions = {},
): Promise<readonly ReceivedCommand[]> {
	await subject.backend.commands.acceptAll(commands(count, overrides));
	const received = await receiveAll(subject, { domain: overrides.domain ?? domain });
	const settlements = received.map(({ lease }) => ({ ...parkedWith(error), lease }));
	await subject.backend.commands.settle(overrides.domain ?? domain, settlements);
	return received;
}
