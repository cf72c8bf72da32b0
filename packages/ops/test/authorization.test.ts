import { describe, expect, it } from 'vitest';
import { operatorIntents, roleAuthorizer, rolePermissions, roles } from '../src/index.ts';
import type { AuthorizedItem, OperatorIntent } from '../src/index.ts';
import { ada, addressOf, bob, domain, expectRefused, openQueue, park, textLike, unknownId } from './scenario.ts';
import type { Scenario } from './scenario.ts';

describe('authorize', () => {
	it('M9 denies with NotAuthorizedError, changes nothing and reports the denial', async () => {
		const scenario = await openQueue({ authorize: ({ id }) => id === ada.id });
		const address = addressOf(await park(scenario));

		const error = await expectRefused(scenario, 'not-authorized', () =>
			scenario.queue.cancel({ ...address, operator: bob, reason: 'x' }),
		);

		expect(error).toMatchObject({ message: textLike(`"${bob.id}" may not cancel command ${address.commandId}`) });
		expect(scenario.events).toEqual([{ kind: 'operator-denied', action: 'cancel', operatorId: bob.id, ...address }]);
	});

	it('M9 may be asynchronous, sees the whole item, and lets through', async () => {
		const seen: AuthorizedItem[] = [];
		const scenario = await openQueue({
			authorize: async (_operator, _intent, item) => {
				await Promise.resolve();
				seen.push(item);
				return item.domain === domain;
			},
		});
		const address = addressOf(await park(scenario));

		await scenario.queue.retry({ ...address, operator: ada });

		expect(seen).toMatchObject([{ ...address, commandType: 'Charge', lastErrorCode: 'ACCOUNT_CLOSED' }]);
	});

	it('M9 changes nothing when the hook throws, and throws that on', async () => {
		const directoryDown = Object.assign(new Error('directory down'), { code: 'directory-down' });
		const scenario = await openQueue({ authorize: () => Promise.reject(directoryDown) });
		const address = addressOf(await park(scenario));

		await expectRefused(scenario, 'directory-down', () => scenario.queue.retry({ ...address, operator: ada }));
	});

	it('M9 asks before it tells whether a command exists or what became of it', async () => {
		const scenario = await openQueue({ authorize: () => false });
		const unknown = { domain, commandId: unknownId };

		await expectRefused(scenario, 'not-authorized', () => scenario.queue.get(unknown, { operator: bob }));
		await expectRefused(scenario, 'not-authorized', () => scenario.queue.retry({ ...unknown, operator: bob }));
	});

	it('refuses calls that name no operator', async () => {
		const scenario = await openQueue({ authorize: () => true });

		const looks = [
			() => scenario.queue.list(),
			() => scenario.queue.count(),
			() => scenario.queue.groups(),
			() => scenario.queue.domains(),
			() => scenario.queue.health(),
			() => scenario.queue.bulk.list(),
		];

		for (const look of looks) await expectRefused(scenario, 'invalid-argument', look);
	});

	it('hands the fields of the filter to the hook, so that it may go by domain', async () => {
		const scenario = await openQueue({ authorize: (_operator, _intent, item) => item.domain === domain });

		await scenario.queue.list({ domain }, { operator: ada });
		await expectRefused(scenario, 'not-authorized', () => scenario.queue.list({}, { operator: ada }));
		await expectRefused(scenario, 'not-authorized', () =>
			scenario.queue.count({ domain: 'reports' }, { operator: ada }),
		);
	});

	it('asks about every group of a bulk with the act itself', async () => {
		const scenario = await openQueue({
			authorize: (_operator, intent, item) => intent !== 'cancel' || item.commandType === 'Charge',
		});
		await park(scenario, { commandType: 'Charge' });
		await park(scenario, { commandType: 'Payout' });
		const action = { action: 'cancel', reason: 'x' } as const;

		await expectRefused(scenario, 'not-authorized', () =>
			scenario.queue.bulk.preview({ filter: {}, action, operator: ada }),
		);
		const preview = await scenario.queue.bulk.preview({ filter: { commandType: 'Charge' }, action, operator: ada });

		expect(preview.count).toBe(1);
	});
});

/** Everything an operator can do, with what it takes. */
const deeds: Readonly<Record<OperatorIntent, (scenario: Scenario, id: string) => Promise<unknown>>> = {
	look: ({ queue }, id) => queue.list({}, { operator: { id } }),
	retry: async (scenario, id) => scenario.queue.retry({ ...(await parked(scenario)), operator: { id } }),
	amend: async (scenario, id) =>
		scenario.queue.amendAndRetry({ ...(await parked(scenario)), operator: { id }, reason: 'x', data: {} }),
	cancel: async (scenario, id) => scenario.queue.cancel({ ...(await parked(scenario)), operator: { id }, reason: 'x' }),
	complete: async (scenario, id) => scenario.queue.complete({ ...(await parked(scenario)), operator: { id } }),
	'suppress-reply': async (scenario, id) =>
		scenario.queue.complete({ ...(await parked(scenario)), operator: { id }, suppressReply: true }),
	bulk: ({ queue }, id) => queue.bulk.preview({ filter: {}, action: { action: 'retry' }, operator: { id } }),
	'bulk-cancel': ({ queue }, id) =>
		queue.bulk.preview({ filter: {}, action: { action: 'cancel', reason: 'x' }, operator: { id } }),
};

async function parked(scenario: Scenario): Promise<ReturnType<typeof addressOf>> {
	return addressOf(await park(scenario));
}

describe('roleAuthorizer', () => {
	const table = { vera: 'viewer', otto: 'operator', anna: 'admin' } as const;
	const idOf = { viewer: 'vera', operator: 'otto', admin: 'anna' };
	const cases = roles.flatMap((role) =>
		operatorIntents.map(
			(intent) => [role, rolePermissions[role].includes(intent) ? 'may' : 'may not', intent] as const,
		),
	);

	it('lets viewers look only, operators act, and admins do everything', () => {
		expect(rolePermissions).toEqual({
			viewer: ['look'],
			operator: ['look', 'retry', 'amend', 'cancel', 'complete', 'bulk'],
			admin: [...operatorIntents],
		});
	});

	it.each(cases)('%s %s %s', async (role, verdict, intent) => {
		const scenario = await openQueue({ authorize: roleAuthorizer(table) });

		const attempt = deeds[intent](scenario, idOf[role]);

		if (verdict === 'may') await attempt;
		else await expect(attempt).rejects.toMatchObject({ code: 'not-authorized' });
	});

	it('denies operators without a role, also those with the name of a property of objects', async () => {
		const { queue } = await openQueue({ authorize: roleAuthorizer(table) });

		for (const id of ['nobody', 'constructor', '__proto__', 'toString']) {
			await expect(queue.list({}, { operator: { id } })).rejects.toMatchObject({ code: 'not-authorized' });
		}
	});

	it('asks a function for the role', async () => {
		const { queue } = await openQueue({
			authorize: roleAuthorizer(({ kind }) => Promise.resolve(kind === 'service' ? 'admin' : undefined)),
		});

		await queue.list({}, { operator: { id: 'robot', kind: 'service' } });
		await expect(queue.list({}, { operator: { id: 'robot' } })).rejects.toMatchObject({ code: 'not-authorized' });
	});

	it('lets an operator abandon a preview and pause a bulk, but only an admin stop a started one for good', async () => {
		const scenario = await openQueue({ authorize: roleAuthorizer(table) });
		await park(scenario);
		const { bulk } = scenario.queue;
		const otto = { operator: { id: 'otto' } };
		const request = { filter: {}, action: { action: 'retry' }, ...otto } as const;
		const abandoned = await bulk.preview(request);
		const started = await bulk.preview(request);
		await bulk.start(started.bulkId, started.digest, otto);

		expect(await bulk.cancel(abandoned.bulkId, otto)).toMatchObject({ status: 'CANCELED' });
		expect(await bulk.pause(started.bulkId, otto)).toMatchObject({ status: 'PAUSED' });
		await expectRefused(scenario, 'not-authorized', () => bulk.cancel(started.bulkId, otto));
		expect(await bulk.cancel(started.bulkId, { operator: { id: 'anna' } })).toMatchObject({ status: 'CANCELED' });
	});
});
