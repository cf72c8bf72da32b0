/**
 * Guarantee: retention takes what has ended, with all that belongs to it, and nothing that something open still needs. An id that is gone is
 * still refused until its window ends.
 */
import { describe, expect, it } from 'vitest';
import { domainQueues } from '../model/ids.ts';
import { openBatch, settleEach } from './batch-scenario.ts';
import { aCommand, cancelOf, commands, completed, domain, failed, otherDomain, retryOf } from './builders.ts';
import { moveProcess, pruneAll, startProcess } from './retention-scenario.ts';
import {
	historyOf,
	openWith,
	park,
	receiveAll,
	receiveOne,
	recordOf,
	send,
	sendAndSettle,
	settle,
	trailOf,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

const queue = domainQueues(domain).commands;

async function exists(subject: BackendSubject, address: { domain: string; commandId: string }): Promise<boolean> {
	const [record] = await subject.backend.queries.getMany([address]);
	return record !== undefined;
}

export function retentionCommandsSuite(name: string, open: OpenSubject): void {
	describe(`${name}: the retention of commands`, () => {
		it('removes ended commands with their messages and their audit', async () => {
			const subject = await openWith(open, otherDomain);
			const done = await sendAndSettle(subject, completed());
			const refused = await sendAndSettle(subject, failed(), { domain: otherDomain });

			const result = await pruneAll(subject, { kind: 'commands' });

			expect(result).toMatchObject({ pruned: 2, kept: 0 });
			expect(result.rows).toBeGreaterThan(2);
			for (const address of [done, refused]) {
				expect(await exists(subject, address)).toBe(false);
				expect(await trailOf(subject, address)).toEqual([]);
			}
			expect(await subject.archived(domainQueues(otherDomain).commands)).toEqual([]);
		});

		it('leaves commands that have not ended, however old', async () => {
			const subject = await openWith(open);
			const waiting = await send(subject, { delaySeconds: 600 });
			const parked = await park(subject);
			const held = await send(subject);
			await receiveOne(subject);

			expect(await pruneAll(subject, { kind: 'commands' })).toEqual({ pruned: 0, kept: 3, rows: 0 });

			for (const address of [waiting, parked, held]) expect(await exists(subject, address)).toBe(true);
			expect((await subject.backend.troubleshooting.get(parked))?.payload).toEqual(parked.data);
		});

		it('leaves commands that ended too short a time ago', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed());

			expect(await pruneAll(subject, { kind: 'commands', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });

			expect(await recordOf(subject, done)).toMatchObject({ status: 'COMPLETED' });
		});

		it('takes every generation of a command with it, and none before', async () => {
			const subject = await openWith(open);
			const parked = await park(subject);
			await subject.backend.troubleshooting.act(retryOf(parked));
			await settle(subject, await receiveOne(subject), completed());
			expect(await pruneAll(subject, { kind: 'messages' })).toMatchObject({ pruned: 0, kept: 1 });
			expect(await subject.backend.troubleshooting.generations(parked)).toHaveLength(1);

			await pruneAll(subject, { kind: 'commands' });

			expect(await subject.archived(queue)).toEqual([]);
		});

		it('works in chunks that go on where the last one ended, past what has to stay', async () => {
			const subject = await openWith(open);
			const waiting = await send(subject, { delaySeconds: 600 });
			for (let count = 0; count < 4; count++) await sendAndSettle(subject, completed());
			const { maintenance } = subject.backend;
			const request = { kind: 'commands', olderThanSeconds: 0, limit: 2 } as const;

			const first = await maintenance.prune(request);
			const second = await maintenance.prune({ ...request, after: first.next });
			const third = await maintenance.prune({ ...request, after: second.next });

			expect([first, second, third].map(({ pruned, kept }) => [pruned, kept])).toEqual([
				[1, 1],
				[2, 0],
				[1, 0],
			]);
			expect(third.next).toBeUndefined();
			expect(await exists(subject, waiting)).toBe(true);
		});

		it('says what would go, and removes nothing, in a dry run', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed());

			expect(await pruneAll(subject, { kind: 'commands', isDryRun: true })).toEqual({ pruned: 1, kept: 0, rows: 1 });

			expect(await exists(subject, done)).toBe(true);
		});

		it('leaves members of an open batch', async () => {
			const subject = await openWith(open);
			const batch = await openBatch(subject, commands(3));
			const received = await receiveAll(subject);
			await settleEach(subject, received.slice(1), completed());
			expect(await pruneAll(subject, { kind: 'commands' })).toMatchObject({ pruned: 0, kept: 3 });

			await settleEach(subject, received.slice(0, 1), completed());
			await subject.backend.batches.finish([batch]);

			expect(await pruneAll(subject, { kind: 'commands' })).toMatchObject({ pruned: 3 });
			expect(await subject.backend.batches.get(batch)).toMatchObject({ status: 'COMPLETED', completedCount: 3 });
		});

		it('leaves commands of an unfinished process', async () => {
			const subject = await openWith(open);
			const { processId, ...command } = await startProcess(subject);
			await settle(subject, await receiveOne(subject), completed());
			expect(await pruneAll(subject, { kind: 'commands' })).toMatchObject({ pruned: 0, kept: 1 });

			await moveProcess(subject, processId, 'COMPLETED');

			expect(await pruneAll(subject, { kind: 'commands' })).toMatchObject({ pruned: 1 });
			expect(await exists(subject, command)).toBe(false);
		});
	});

	describe(`${name}: ids that outlive their commands`, () => {
		it('refuses an id as a duplicate after its command is gone, until its window ends', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed());
			const { domain, commandId, correlationId } = done;
			await pruneAll(subject, { kind: 'commands', rememberSeconds: 600 });
			expect(await exists(subject, done)).toBe(false);

			const again = await subject.backend.commands.accept([aCommand({ commandId })]);

			expect(again).toEqual([{ kind: 'duplicate', existing: { domain, commandId, correlationId } }]);
			expect(await subject.messages(queue)).toEqual([]);
			expect(await pruneAll(subject, { kind: 'ids', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });
			expect(await pruneAll(subject, { kind: 'ids' })).toMatchObject({ pruned: 1 });
			expect(await subject.backend.commands.accept([aCommand({ commandId })])).toEqual([{ kind: 'accepted' }]);
		});

		it('stores nothing of a set or a batch with such an id, and the others of a mixed set', async () => {
			const subject = await openWith(open);
			const { commandId, correlationId } = await sendAndSettle(subject, completed());
			await pruneAll(subject, { kind: 'commands', rememberSeconds: 600 });
			const known = aCommand({ commandId });
			const duplicate = { kind: 'duplicate', existing: { domain, commandId, correlationId } };

			expect(await subject.backend.commands.acceptAll([aCommand(), known])).toEqual([
				{ kind: 'not-stored' },
				duplicate,
			]);
			expect(await subject.backend.commands.accept([aCommand(), known])).toEqual([{ kind: 'accepted' }, duplicate]);
			expect(await subject.backend.commands.accept([{ ...known, onDuplicate: 'return-existing' }])).toEqual([
				duplicate,
			]);
			expect(await subject.messages(queue)).toHaveLength(1);
		});

		it('remembers nothing whose window is over', async () => {
			const subject = await openWith(open);
			const { commandId } = await sendAndSettle(subject, completed());
			await pruneAll(subject, { kind: 'commands' });

			expect(await pruneAll(subject, { kind: 'ids' })).toMatchObject({ pruned: 0 });
			expect(await subject.backend.commands.accept([aCommand({ commandId })])).toEqual([{ kind: 'accepted' }]);
		});

		it('accepts the id of another domain', async () => {
			const subject = await openWith(open, otherDomain);
			const { commandId } = await sendAndSettle(subject, completed());
			await pruneAll(subject, { kind: 'commands', rememberSeconds: 600 });

			const namesake = aCommand({ commandId, domain: otherDomain });
			const outcome = await subject.backend.commands.accept([namesake]);

			expect(outcome).toEqual([{ kind: 'accepted' }]);
			expect(await exists(subject, namesake)).toBe(true);
			expect(await subject.messages(domainQueues(otherDomain).commands)).toHaveLength(1);
		});
	});

	describe(`${name}: audit that outlives its commands`, () => {
		it('stays readable, is shown for export in order, and goes with what was shown', async () => {
			const subject = await openWith(open);
			const { maintenance } = subject.backend;
			const one = await sendAndSettle(subject, completed());
			const two = await sendAndSettle(subject, failed());
			const written = await historyOf(subject, one);
			await pruneAll(subject, { kind: 'commands', keepsAudit: true });
			expect(await historyOf(subject, one)).toEqual(written);
			expect(written.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);

			const expired = await maintenance.expiredAudit({ olderThanSeconds: 0, limit: 1 });

			expect(expired.commands).toEqual([{ domain: one.domain, commandId: one.commandId }]);
			expect(expired.events).toEqual(await subject.backend.queries.history(one));
			const request = { kind: 'audit', olderThanSeconds: 0, limit: 100 } as const;
			await expect(maintenance.prune({ ...request, commands: expired.commands })).resolves.toMatchObject({
				pruned: 1,
				rows: 3,
			});
			expect(await trailOf(subject, one)).toEqual([]);
			expect(await trailOf(subject, two)).toEqual(['SENT', 'RECEIVED', 'BUSINESS_RULE_FAILED']);
			expect(await maintenance.prune(request)).toMatchObject({ pruned: 1, rows: 3 });
			expect(await trailOf(subject, two)).toEqual([]);
		});

		it('keeps the id refused while its audit is there', async () => {
			const subject = await openWith(open);
			const { commandId } = await sendAndSettle(subject, completed());
			await pruneAll(subject, { kind: 'commands', keepsAudit: true });
			expect(await pruneAll(subject, { kind: 'ids' })).toMatchObject({ pruned: 0, kept: 1 });
			expect(await subject.backend.commands.accept([aCommand({ commandId })])).toMatchObject([{ kind: 'duplicate' }]);

			await pruneAll(subject, { kind: 'audit' });

			expect(await pruneAll(subject, { kind: 'ids' })).toMatchObject({ pruned: 1 });
		});

		it('never shows or removes audit of a command that is there', async () => {
			const subject = await openWith(open);
			const done = await sendAndSettle(subject, completed());
			const { maintenance } = subject.backend;

			const expired = await maintenance.expiredAudit({ olderThanSeconds: 0, limit: 10 });
			const commands = [{ domain: done.domain, commandId: done.commandId }];
			await maintenance.prune({ kind: 'audit', olderThanSeconds: 0, limit: 10, commands });

			expect(expired).toEqual({ events: [], commands: [] });
			expect(await trailOf(subject, done)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		});

		it('stays while it is too young', async () => {
			const subject = await openWith(open);
			const parked = await park(subject);
			await subject.backend.troubleshooting.act(cancelOf(parked));
			await pruneAll(subject, { kind: 'commands', keepsAudit: true });

			expect(await pruneAll(subject, { kind: 'audit', olderThanSeconds: 600 })).toMatchObject({ pruned: 0 });

			expect(await trailOf(subject, parked)).toContain('OPERATOR_CANCEL');
		});
	});
}
