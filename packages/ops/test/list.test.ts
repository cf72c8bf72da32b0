import { describe, expect, it } from 'vitest';
import type { CommandAddress } from '@cb/core';
import {
	accountClosed,
	ada,
	addressOf,
	domain,
	dropPayload,
	openQueue,
	park,
	parkDue,
	parkMany,
	receive,
	send,
	settle,
} from './scenario.ts';
import type { Scenario } from './scenario.ts';

const ids = (items: readonly CommandAddress[]): readonly string[] => items.map(({ commandId }) => commandId);

async function parkedTypes(scenario: Scenario): Promise<void> {
	await parkMany(scenario, 2, { commandType: 'Charge' });
	await parkMany(scenario, 3, { commandType: 'Refund' });
}

describe('list', () => {
	it('I1 lists the parked commands of one domain', async () => {
		const scenario = await openQueue();
		await parkMany(scenario, 5);
		await parkMany(scenario, 3, { domain: 'reports' });

		const { items } = await scenario.queue.list({ domain });

		expect(items).toHaveLength(5);
		expect(items.every((item) => item.domain === domain)).toBe(true);
	});

	it('I2 filters by type, and the count agrees', async () => {
		const scenario = await openQueue();
		await parkedTypes(scenario);

		const { items } = await scenario.queue.list({ commandType: 'Refund' });

		expect(items.map((item) => item.commandType)).toEqual(['Refund', 'Refund', 'Refund']);
		expect(await scenario.queue.count({ commandType: 'Refund' })).toBe(3);
	});

	it('I3 pages by limit and offset without overlap or gap, in a stable order with ties', async () => {
		const scenario = await openQueue();
		for (let index = 0; index < 150; index++) await park(scenario);

		const all = ids((await scenario.queue.list({ limit: 1_000 })).items);
		const page = ids((await scenario.queue.list({ limit: 50, offset: 50 })).items);

		expect(new Set(all).size).toBe(150);
		expect(page).toEqual(all.slice(50, 100));
	});

	it('I4 shows payload, attempts, error, reply queue, correlation and times', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);

		const { items } = await scenario.queue.list();

		expect(items).toMatchObject([
			{
				domain,
				commandId: command.commandId,
				commandType: 'Charge',
				payload: { amount: 4200, card: { number: '4111' } },
				isPayloadMissing: false,
				attempts: 1,
				maxAttempts: 3,
				lastErrorType: 'PERMANENT',
				lastErrorCode: 'ACCOUNT_CLOSED',
				lastErrorMessage: accountClosed.message,
				lastErrorDetails: accountClosed.details,
				correlationId: command.correlationId,
				replyTo: command.replyTo,
				generation: 1,
			},
		]);
		expect(items[0]?.parkedAt).toBeInstanceOf(Date);
		expect(items[0]?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
	});

	it('I5 lists a command whose archived payload is missing, with payload null', async () => {
		const scenario = await openQueue();
		await dropPayload(scenario, await park(scenario));

		const { items } = await scenario.queue.list();

		expect(items).toMatchObject([{ payload: null, isPayloadMissing: true }]);
	});

	it('I6 lists a command that was retried and parked again once, with its newest payload', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await scenario.queue.amendAndRetry({ ...addressOf(command), operator: ada, reason: 'wrong', data: { amount: 1 } });
		await parkDue(scenario);

		const { items } = await scenario.queue.list();

		expect(items).toMatchObject([{ commandId: command.commandId, generation: 2, payload: { amount: 1 } }]);
	});

	it('I7 is empty when nothing is parked', async () => {
		const { queue } = await openQueue();

		expect(await queue.list()).toEqual({ items: [] });
		expect(await queue.count()).toBe(0);
		expect(await queue.groups()).toEqual([]);
		expect(await queue.domains()).toEqual([]);
	});

	it('I8 filters by the time of parking and of sending, bounds included', async () => {
		const scenario = await openQueue();
		const [, second, third] = await parkMany(scenario, 4);
		const { items } = await scenario.queue.list();
		const at = (command: CommandAddress | undefined): Date | undefined =>
			items.find((item) => item.commandId === command?.commandId)?.parkedAt;
		const range = { parkedFrom: at(second), parkedTo: at(third) };

		expect(ids((await scenario.queue.list(range)).items)).toEqual([third?.commandId, second?.commandId]);
		expect(await scenario.queue.count({ createdFrom: range.parkedFrom, createdTo: range.parkedTo })).toBe(2);
	});

	it('I9 lists all domains together, newest first, with a consistent total', async () => {
		const scenario = await openQueue();
		const parked: string[] = [];
		for (const of of [domain, 'reports', domain, 'reports', domain]) {
			parked.unshift((await park(scenario, { domain: of })).commandId);
			await scenario.subject.elapse(1);
		}

		const first = await scenario.queue.list({ limit: 3 });
		const second = await scenario.queue.list({ limit: 3, cursor: first.nextCursor });

		expect([...ids(first.items), ...ids(second.items)]).toEqual(parked);
		expect(await scenario.queue.count()).toBe(5);
	});

	it('I10 names the domains with parked commands, sorted', async () => {
		const scenario = await openQueue();
		await park(scenario, { domain: 'reports' });
		expect(await scenario.queue.domains()).toEqual(['reports']);
		await park(scenario);

		expect(await scenario.queue.domains()).toEqual([domain, 'reports']);
	});

	it('I11 never lists a command that is not parked', async () => {
		const scenario = await openQueue();
		await send(scenario);
		await settle(scenario, await receive(scenario), { kind: 'complete', result: null });
		await send(scenario);
		await settle(scenario, await receive(scenario), { kind: 'fail', error: accountClosed });
		const canceled = await send(scenario);
		await scenario.backend.commands.cancel(canceled, undefined);
		await send(scenario);
		await receive(scenario);
		await send(scenario);

		expect(await scenario.queue.count()).toBe(0);
	});

	it('I12 lists nothing for a domain that does not exist', async () => {
		const { queue } = await openQueue();

		expect(await queue.list({ domain: 'nowhere' })).toEqual({ items: [] });
		expect(await queue.count({ domain: 'nowhere' })).toBe(0);
	});

	it('I13 neither misses nor repeats by cursor while commands are parked and resolved', async () => {
		const scenario = await openQueue();
		const stays = await parkMany(scenario, 9);
		const goes = stays[8];
		const first = await scenario.queue.list({ limit: 4 });
		await parkMany(scenario, 2);
		if (goes !== undefined) await scenario.queue.cancel({ ...addressOf(goes), operator: ada, reason: 'gone' });

		const second = await scenario.queue.list({ limit: 4, cursor: first.nextCursor });
		const third = await scenario.queue.list({ limit: 4, cursor: second.nextCursor });

		const seen = [first, second, third].flatMap(({ items }) => ids(items));
		expect(seen).toEqual(ids(stays).toReversed());
		expect(third.nextCursor).toBeUndefined();
	});

	it('filters by error code, fingerprint and id', async () => {
		const scenario = await openQueue();
		const command = await park(scenario);
		await park(scenario, {}, { ...accountClosed, code: 'OTHER', message: 'Something else.' });
		const [item] = (await scenario.queue.list({ errorCode: 'ACCOUNT_CLOSED' })).items;

		expect(item?.commandId).toBe(command.commandId);
		expect(await scenario.queue.count({ fingerprint: item?.fingerprint })).toBe(1);
		expect(await scenario.queue.count({ text: command.commandId })).toBe(1);
		expect(await scenario.queue.count({ text: command.correlationId.toUpperCase() })).toBe(1);
	});
});

describe('groups', () => {
	it('counts one problem per domain, type and fingerprint, the newest first', async () => {
		const scenario = await openQueue();
		await park(scenario, {}, { ...accountClosed, message: 'Account 1 is closed.' });
		await scenario.subject.elapse(1_000);
		await park(scenario, {}, { ...accountClosed, message: 'Account 2 is closed.' });
		await scenario.subject.elapse(1_000);
		await park(scenario, { commandType: 'Refund' });

		const groups = await scenario.queue.groups();

		expect(groups).toMatchObject([
			{ domain, commandType: 'Refund', count: 1, errorCode: 'ACCOUNT_CLOSED' },
			{ domain, commandType: 'Charge', count: 2, sampleMessage: 'Account 2 is closed.' },
		]);
		expect(groups[1]?.lastParkedAt.getTime()).toBe((groups[1]?.firstParkedAt.getTime() ?? 0) + 1_000);
	});
});

describe('get', () => {
	it('shows a parked command with its history and its payloads', async () => {
		const scenario = await openQueue();
		const { commandId } = await park(scenario);

		const details = await scenario.queue.get({ domain, commandId });

		expect(details.item?.commandId).toBe(commandId);
		expect(details.command.status).toBe('IN_TROUBLESHOOTING_QUEUE');
		expect(details.history.map(({ type }) => type)).toEqual([
			'SENT',
			'RECEIVED',
			'FAILED',
			'MOVED_TO_TROUBLESHOOTING_QUEUE',
		]);
		expect(details.generations).toMatchObject([{ generation: 1, data: { amount: 4200 } }]);
	});

	it('shows a command that is not parked any more, without an item', async () => {
		const scenario = await openQueue();
		const { commandId } = await park(scenario);
		await scenario.queue.cancel({ domain, commandId, operator: ada, reason: 'not needed' });

		const details = await scenario.queue.get({ domain, commandId });

		expect(details.item).toBeUndefined();
		expect(details.command.status).toBe('CANCELED');
	});
});
