/** Whatever cannot be right is refused with a named error, and changes nothing. */
import type { ItemQuery } from '../src/index.ts';
import { describe, expect, it } from 'vitest';
import { ada, addressOf, domain, expectRefused, openQueue, park, unknownId } from './scenario.ts';

/** What a caller without a compiler may pass. */
function untyped(value: unknown): never {
	return value as never;
}

const badOperators: readonly unknown[] = [
	undefined,
	null,
	{},
	{ id: '' },
	{ id: '  \t' },
	{ id: 7 },
	'ada',
	{ id: 'ada', role: 'admin' },
	{ id: 'a\u0000b' },
	{ id: 'a'.repeat(201) },
	{ id: 'ada', kind: 'robot' },
];

describe('operator', () => {
	it.each(badOperators)('M5 refuses %j for every act', async (bad) => {
		const scenario = await openQueue();
		const address = addressOf(await park(scenario));
		const operator: typeof ada = untyped(bad);

		const acts = [
			() => scenario.queue.retry({ ...address, operator }),
			() => scenario.queue.cancel({ ...address, operator, reason: 'x' }),
			() => scenario.queue.complete({ ...address, operator }),
			() => scenario.queue.amendAndRetry({ ...address, operator, reason: 'x', data: {} }),
			() => scenario.queue.bulk.preview({ filter: {}, action: { action: 'retry' }, operator }),
		];

		for (const act of acts) await expectRefused(scenario, 'invalid-argument', act);
	});

	it('M5 refuses a blank operator who looks', async () => {
		const scenario = await openQueue();

		await expectRefused(scenario, 'invalid-argument', () => scenario.queue.list({}, { operator: { id: ' ' } }));
	});
});

const badQueries: readonly (readonly [string, unknown])[] = [
	['$', { dommain: domain }],
	['$.domain', { domain: 'No Domain' }],
	['$.domain', { domain: "x'; drop table" }],
	['$.commandType', { commandType: '' }],
	['$.fingerprint', { fingerprint: 'xyz' }],
	['$.text', { text: 'not an id' }],
	['$.parkedFrom', { parkedFrom: 'yesterday' }],
	['$.parkedTo', { parkedTo: new Date(Number.NaN) }],
	['$.parkedTo', { parkedFrom: new Date(2), parkedTo: new Date(1) }],
	['$.parkedTo', { parkedTo: new Date(8.64e15) }],
	['$.createdFrom', { createdFrom: new Date(-8.64e15) }],
	['$.errorCode', { errorCode: 'a\u0000' }],
	['$.offset', { offset: 2 ** 31 }],
	['$.limit', { limit: 0 }],
	['$.limit', { limit: 1_001 }],
	['$.limit', { limit: 1.5 }],
	['$.limit', { limit: '10' }],
	['$.offset', { offset: -1 }],
	['$.offset', { offset: 1, cursor: 'abc' }],
	['$.cursor', { cursor: '' }],
];

describe('list', () => {
	it.each(badQueries)('names %s in the query %j', async (path, query) => {
		const scenario = await openQueue();
		await park(scenario);

		const error = await expectRefused(scenario, 'invalid-argument', () => scenario.queue.list(untyped(query)));

		expect(error).toMatchObject({ issues: [{ path }] });
	});

	it.each(['nonsense', '%%%', btoa('[]'), btoa('{"a":1}')])('refuses the malformed cursor %j', async (cursor) => {
		const scenario = await openQueue();
		await park(scenario);

		await expectRefused(scenario, 'invalid-argument', () => scenario.queue.list({ cursor }));
	});

	it('refuses unknown filter fields in count, groups and preview', async () => {
		const scenario = await openQueue();
		const filter: ItemQuery = untyped({ status: 'PENDING' });

		await expectRefused(scenario, 'invalid-argument', () => scenario.queue.count(filter));
		await expectRefused(scenario, 'invalid-argument', () => scenario.queue.groups(filter));
		await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.bulk.preview({ filter, action: { action: 'retry' }, operator: ada }),
		);
	});
});

describe('get', () => {
	it('refuses an unknown command and a malformed address', async () => {
		const scenario = await openQueue();

		await expectRefused(scenario, 'command-not-found', () => scenario.queue.get({ domain, commandId: unknownId }));
		await expectRefused(scenario, 'invalid-argument', () => scenario.queue.get({ domain, commandId: '17' }));
		await expectRefused(scenario, 'invalid-argument', () =>
			scenario.queue.get({ domain: 'A-B', commandId: unknownId }),
		);
	});
});

type Act = (scenario: Awaited<ReturnType<typeof openQueue>>, address: ReturnType<typeof addressOf>) => Promise<unknown>;

const badActs: readonly (readonly [string, Act])[] = [
	['an unknown field', ({ queue }, address) => queue.retry(untyped({ ...address, operator: ada, force: true }))],
	['a malformed id', ({ queue }) => queue.retry({ domain, commandId: 'x', operator: ada })],
	['an illegal domain', ({ queue }) => queue.retry({ domain: 'A', commandId: unknownId, operator: ada })],
	['a negative version', ({ queue }, address) => queue.retry({ ...address, operator: ada, expectedVersion: -1 })],
	['a broken version', ({ queue }, address) => queue.retry({ ...address, operator: ada, expectedVersion: 1.5 })],
	[
		'a version beyond all',
		({ queue }, address) => queue.retry({ ...address, operator: ada, expectedVersion: 2 ** 31 }),
	],
	[
		'a requestId that cannot be stored',
		({ queue }, address) => queue.retry({ ...address, operator: ada, requestId: 'a\u0000' }),
	],
	['a blank requestId', ({ queue }, address) => queue.retry({ ...address, operator: ada, requestId: ' ' })],
	['a blank reason of a retry', ({ queue }, address) => queue.retry({ ...address, operator: ada, reason: ' ' })],
	['no reason of a cancel', ({ queue }, address) => queue.cancel(untyped({ ...address, operator: ada }))],
	[
		'a blank reason of an amendment',
		({ queue }, address) => queue.amendAndRetry({ ...address, operator: ada, reason: '', data: {} }),
	],
	[
		'an amendment of nothing',
		({ queue }, address) => queue.amendAndRetry(untyped({ ...address, operator: ada, reason: 'x' })),
	],
	[
		'data and patch at once',
		({ queue }, address) =>
			queue.amendAndRetry(
				untyped({ ...address, operator: ada, reason: 'x', data: {}, patch: [{ op: 'remove', path: '/a' }] }),
			),
	],
	[
		'an unknown patch operation',
		({ queue }, address) =>
			queue.amendAndRetry(untyped({ ...address, operator: ada, reason: 'x', patch: [{ op: 'drop', path: '/a' }] })),
	],
	[
		'data without a JSON form',
		({ queue }, address) =>
			queue.amendAndRetry(untyped({ ...address, operator: ada, reason: 'x', data: { at: new Date() } })),
	],
	[
		'a result without a JSON form',
		({ queue }, address) => queue.complete(untyped({ ...address, operator: ada, result: { big: 1n } })),
	],
	[
		'a reason that cannot be stored',
		({ queue }, address) => queue.cancel({ ...address, operator: ada, reason: 'a\u0000b' }),
	],
];

describe('acts', () => {
	it.each(badActs)('refuse %s', async (_, act) => {
		const scenario = await openQueue();
		const address = addressOf(await park(scenario));

		await expectRefused(scenario, 'invalid-argument', () => act(scenario, address));
	});
});

describe('bulk', () => {
	it('refuses unknown bulks in every call', async () => {
		const scenario = await openQueue();
		const { bulk } = scenario.queue;

		const calls = [
			() => bulk.start(unknownId, 'digest'),
			() => bulk.pause(unknownId),
			() => bulk.resume(unknownId),
			() => bulk.cancel(unknownId),
			() => bulk.progress(unknownId),
			() => bulk.results(unknownId),
			() => bulk.retryFailed(unknownId, { operator: ada }),
			() => bulk.run(unknownId),
		];

		for (const call of calls) await expectRefused(scenario, 'bulk-not-found', call);
	});

	it('refuses malformed ids, actions, pages and chunk sizes', async () => {
		const scenario = await openQueue();
		const { bulk } = scenario.queue;
		const preview = (action: unknown) => bulk.preview({ filter: {}, action: untyped(action), operator: ada });

		const calls = [
			() => bulk.progress('17'),
			() => bulk.start(unknownId, ''),
			() => bulk.list({ limit: 0 }),
			() => bulk.results(unknownId, untyped({ status: 'LOST' })),
			() => bulk.run(undefined, { chunkSize: 0 }),
			() => preview({ action: 'delete' }),
			() => preview({ action: 'cancel' }),
			() => preview({ action: 'cancel', reason: ' ' }),
			() => preview({ action: 'retry', result: 1 }),
			() => preview(undefined),
		];

		for (const call of calls) await expectRefused(scenario, 'invalid-argument', call);
	});
});

describe('options', () => {
	it('refuses settings that cannot work', async () => {
		await expect(openQueue({ maxPayloadBytes: 0 })).rejects.toMatchObject({ code: 'configuration' });
		await expect(openQueue(untyped({ autorize: () => false }))).rejects.toMatchObject({ code: 'configuration' });
	});
});
