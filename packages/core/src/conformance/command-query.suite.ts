/**
 * Guarantee: what was written can be read, told apart by domain, in a stable order. A page read by cursor neither misses nor repeats what
 * stays, whatever comes and goes meanwhile.
 */
import { describe, expect, it } from 'vitest';
import type { CommandRecord } from '../model/command-record.ts';
import type { CommandFilter } from '../ports/command-query.ts';
import { aBulk, aCommand, commands, completed, domain, otherDomain, parkedWith } from './builders.ts';
import { isCommandBusError } from '../errors.ts';
import { everyPage, expectPageRules } from './paging.ts';
import {
	failureOf,
	historyOf,
	openWith,
	park,
	receiveOne,
	recordOf,
	send,
	sendAndSettle,
	settle,
	trailOf,
} from './scenario.ts';
import type { BackendSubject, OpenSubject } from './subject.ts';

export function commandQuerySuite(name: string, open: OpenSubject): void {
	describe(`${name}: reading commands`, () => {
		it('returns records in the order asked for, with a gap where there is none', async () => {
			const subject = await openWith(open, otherDomain);
			const [one, two] = [await send(subject), await send(subject)];
			const elsewhere = { domain: otherDomain, commandId: one.commandId };

			const records = await subject.backend.queries.getMany([two, aCommand(), one, elsewhere, two]);

			const { commandId: first } = one;
			const { commandId: second } = two;
			expect(records.map((record) => record?.commandId)).toEqual([second, undefined, first, undefined, second]);
			expect(await subject.backend.queries.getMany([])).toEqual([]);
		});

		it('H3 shows an empty trail of an unknown command', async () => {
			const subject = await openWith(open);

			expect(await historyOf(subject, aCommand())).toEqual([]);
			expect(await historyOf(subject, aCommand({ domain: 'nowhere' }))).toEqual([]);
		});

		it('H5 tells the trails of one id in two domains apart', async () => {
			const subject = await openWith(open, otherDomain);
			const here = await sendAndSettle(subject, completed());

			const there = await send(subject, { domain: otherDomain, commandId: here.commandId });

			expect(await trailOf(subject, here)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
			expect(await trailOf(subject, there)).toEqual(['SENT']);
			expect((await historyOf(subject, there)).map((event) => event.domain)).toEqual([otherDomain]);
		});

		it('grows the version with every settled change', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			const versions = [(await recordOf(subject, command)).version];

			await settle(subject, await receiveOne(subject), parkedWith());
			versions.push((await recordOf(subject, command)).version);
			await subject.backend.troubleshooting.act({
				domain,
				commandId: command.commandId,
				operator: { id: 'ada' },
				action: 'retry',
			});
			versions.push((await recordOf(subject, command)).version);

			expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
		});
	});

	describe(`${name}: listing commands`, () => {
		it('H4 lists only what matches, by each filter and by all together', async () => {
			const subject = await openWith(open, otherDomain);
			const done = await sendAndSettle(subject, completed(), { commandType: 'Refund' });
			const parked = await park(subject);
			const elsewhere = await send(subject, { domain: otherDomain });
			const leased = await send(subject);
			await receiveOne(subject);
			const pending = await send(subject);
			const ids = async (filter: CommandFilter): Promise<readonly string[]> =>
				(await list(subject, filter)).map(({ commandId }) => commandId).sort();
			const idsOf = (...expected: readonly { readonly commandId: string }[]): readonly string[] =>
				expected.map(({ commandId }) => commandId).sort();

			expect(await ids({})).toEqual(idsOf(done, parked, elsewhere, leased, pending));
			expect(await ids({ domain })).toEqual(idsOf(done, parked, leased, pending));
			expect(await ids({ status: 'PENDING' })).toEqual(idsOf(elsewhere, pending));
			expect(await ids({ status: 'IN_PROGRESS' })).toEqual(idsOf(leased));
			expect(await ids({ status: 'COMPLETED' })).toEqual(idsOf(done));
			expect(await ids({ status: 'IN_TROUBLESHOOTING_QUEUE' })).toEqual(idsOf(parked));
			expect(await ids({ status: 'FAILED' })).toEqual([]);
			expect(await ids({ commandType: 'Refund' })).toEqual(idsOf(done));
			expect(await ids({ correlationId: pending.correlationId })).toEqual(idsOf(pending));
			expect(await ids({ domain, status: 'PENDING', commandType: 'Charge' })).toEqual(idsOf(pending));
			expect(await ids({ domain: 'nowhere' })).toEqual([]);
		});

		it('H4 takes the bounds of a range as inclusive, to the time a record shows', async () => {
			const subject = await openWith(open);
			const command = await send(subject);
			const { createdAt } = await recordOf(subject, command);
			const [justBefore, justAfter] = [new Date(createdAt.getTime() - 1), new Date(createdAt.getTime() + 1)];

			expect(await list(subject, { createdFrom: createdAt, createdTo: createdAt })).toHaveLength(1);
			expect(await list(subject, { createdFrom: justAfter })).toEqual([]);
			expect(await list(subject, { createdTo: justBefore })).toEqual([]);
		});

		it('H4 lists the newest first and pages by offset without overlap or gap', async () => {
			const subject = await openWith(open);
			for (const chunk of [commands(3), commands(3), commands(3)]) {
				await subject.backend.commands.acceptAll(chunk);
				await subject.elapse(1_000);
			}
			const all = await list(subject, { domain });

			const pages = await Promise.all(
				[0, 4, 8, 12].map((offset) => subject.backend.queries.list({ domain }, { limit: 4, offset })),
			);

			const times = all.map(({ createdAt }) => createdAt.getTime());
			expect(times).toEqual([...times].sort((a, b) => b - a));
			expect(pages.map(({ items }) => items.length)).toEqual([4, 4, 1, 0]);
			expect(pages.flatMap(({ items }) => items)).toEqual(all);
		});

		it('H4 pages by cursor without overlap or gap while commands come and change', async () => {
			const subject = await openWith(open);
			await subject.backend.commands.acceptAll(commands(6));
			await subject.backend.commands.acceptAll(commands(5));
			const before = (await list(subject, { domain })).map(({ commandId }) => commandId);

			const items = await everyPage(async (cursor) => {
				const page = await subject.backend.queries.list({ domain }, { limit: 3, cursor });
				await send(subject);
				await settle(subject, await receiveOne(subject, { limit: 1 }), completed());
				return page;
			});

			expect(items.map(({ commandId }) => commandId)).toEqual(before);
		});

		it('refuses the cursor of another list, naming the field', async () => {
			const subject = await openWith(open);
			for (let count = 0; count < 2; count++) await park(subject);
			const { troubleshooting, queries } = subject.backend;
			const { bulkId } = await troubleshooting.freezeBulk(aBulk());
			const { nextCursor: ofItems } = await troubleshooting.bulkItems(bulkId, undefined, { limit: 1 });
			const { nextCursor: ofParked } = await troubleshooting.list({}, { limit: 1 });

			const attempts = [
				troubleshooting.list({}, { cursor: ofItems }),
				queries.list({}, { cursor: ofItems }),
				troubleshooting.bulkItems(bulkId, undefined, { cursor: ofParked }),
			];

			for (const error of await Promise.all(attempts.map(failureOf))) {
				expect(isCommandBusError(error, 'invalid-argument')).toBe(true);
				expect(error).toHaveProperty('issues', [expect.objectContaining({ path: 'cursor' })]);
			}
		});

		it('refuses a page that cannot be meant, naming the field', async () => {
			const subject = await openWith(open);
			await subject.backend.commands.acceptAll(commands(3));

			await expectPageRules((page) => subject.backend.queries.list({ domain }, page), 3);
		});
	});
}

async function list(subject: BackendSubject, filter: CommandFilter): Promise<readonly CommandRecord[]> {
	return (await subject.backend.queries.list(filter, {})).items;
}
