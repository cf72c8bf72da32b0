/** The examples of docs/how-to/resolve-parked-commands.md. */
import {
	PermanentCommandError,
	commandRequest,
	createCommandBus,
	createHandlers,
	createWorker,
	defineCommand,
	domainQueues,
	isCommandBusError,
} from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import type { InMemoryBackend } from '@cb/core/memory';
import { createBulkRunner, createTroubleshootingQueue, hasRole, redactFields, roleAuthorizer } from '@cb/ops';
import type { TroubleshootingQueue } from '@cb/ops';
import { createTroubleshootingHttp } from '@cb/ops/http';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ChargeCard = defineCommand({
	domain: 'shop',
	type: 'ChargeCard',
	data: z.object({ order: z.string(), card: z.string(), cents: z.int().positive() }),
	result: z.object({ chargeId: z.string() }),
});

/** A shop whose commands are all parked. */
async function openShop(
	count: number,
): Promise<{ readonly backend: InMemoryBackend; readonly ids: readonly string[] }> {
	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	const bus = createCommandBus(backend);
	const handlers = createHandlers().on(ChargeCard, ({ data }) => {
		throw new PermanentCommandError('CARD_UNKNOWN', `There is no card of order ${data.order}.`);
	});
	const worker = createWorker({ backend, domain: 'shop', handlers });
	const receipts = await bus.sendMany(
		Array.from({ length: count }, (_, index) =>
			commandRequest(
				ChargeCard,
				{ order: `O-${index}`, card: '4000-1', cents: 1_250 },
				{ replyTo: domainQueues('shop').replies },
			),
		),
	);
	await worker.start();
	await backend.clock.advance(5_000);
	await worker.stop();
	return { backend, ids: receipts.map(({ commandId }) => commandId) };
}

async function openQueue(count: number): Promise<{
	readonly backend: InMemoryBackend;
	readonly tsq: TroubleshootingQueue;
	readonly ids: readonly [string, string, string, string];
}> {
	const { backend, ids } = await openShop(count);
	// #region open
	const tsq = createTroubleshootingQueue(backend, {
		definitions: [ChargeCard], // what amended payloads and results are checked against
	});
	// #endregion open
	const [first = '', second = '', third = '', fourth = ''] = ids;
	return { backend, tsq, ids: [first, second, third, fourth] };
}

it('shows problems first, then items', async () => {
	const { tsq, ids } = await openQueue(4);

	// #region look
	const groups = await tsq.groups({ domain: 'shop' }); // one line per problem
	const page = await tsq.list({ domain: 'shop', errorCode: 'CARD_UNKNOWN', limit: 50 });
	const next = page.nextCursor === undefined ? undefined : await tsq.list({ domain: 'shop', cursor: page.nextCursor });
	const details = await tsq.get({ domain: 'shop', commandId: ids[0] }); // payload, history, earlier generations
	// #endregion look

	expect(groups.map(({ errorCode, count }) => [errorCode, count])).toEqual([['CARD_UNKNOWN', 4]]);
	expect(page.items).toHaveLength(4);
	expect(next).toBeUndefined();
	expect(details.item?.payload).toMatchObject({ order: 'O-0' });
});

it('retries, amends, completes and cancels', async () => {
	const { tsq, ids } = await openQueue(4);
	const [first, second, third, fourth] = ids;
	const operator = { id: 'alice' };
	const domain = 'shop';

	// #region acts
	// The cause is gone: send it again, word for word.
	await tsq.retry({ domain, commandId: first, operator, reason: 'the card service is back' });

	// The payload is wrong: correct it. The original stays readable.
	await tsq.amendAndRetry({
		domain,
		commandId: second,
		operator,
		reason: 'the customer sent a new card',
		patch: [{ op: 'replace', path: '/card', value: '4000-2' }],
	});

	// It was done by other means: the sender gets SUCCESS and this result.
	await tsq.complete({ domain, commandId: third, operator, reason: 'paid in cash', result: { chargeId: 'cash-17' } });

	// It must not be done: the sender gets CANCELED and this reason.
	await tsq.cancel({ domain, commandId: fourth, operator, reason: 'the order was withdrawn' });
	// #endregion acts

	expect(await tsq.count()).toBe(0);
});

it('is safe against a second operator and a second click', async () => {
	const { tsq, ids } = await openQueue(1);
	const address = { domain: 'shop', commandId: ids[0] };
	const shown = (await tsq.get(address)).item ?? expect.fail('not parked');

	async function retryAs(id: string): Promise<string> {
		// #region conflict
		try {
			await tsq.retry({ ...address, operator: { id }, expectedVersion: shown.version, requestId: `${id}-click-1` });
			return 'done';
		} catch (error) {
			if (isCommandBusError(error, 'conflict') || isCommandBusError(error, 'invalid-operation')) {
				return `${error.status}, by ${error.lastAct?.operator.id ?? 'nobody'}`;
			}
			throw error;
		}
		// #endregion conflict
	}

	expect(await retryAs('alice')).toBe('done');
	expect(await retryAs('alice')).toBe('done');
	expect(await retryAs('bob')).toBe('PENDING, by alice');
});

it('acts on many: what was shown, and nothing else', async () => {
	const { backend, tsq } = await openQueue(3);
	const operator = { id: 'alice' };

	// #region bulk
	const preview = await tsq.bulk.preview({
		filter: { domain: 'shop', errorCode: 'CARD_UNKNOWN' },
		action: { action: 'retry', reason: 'the card service is back' },
		operator,
	});
	// Show preview.count and preview.breakdown, ask, then confirm exactly that set:
	await tsq.bulk.start(preview.bulkId, preview.digest, { operator });

	// Any process works it off, also after this one has died:
	const runner = createBulkRunner({ backend });
	await runner.start();
	// #endregion bulk
	await backend.clock.advance(5_000);
	await runner.stop();

	// #region results
	const { status, doneCount, skippedCount, failedCount } = await tsq.bulk.progress(preview.bulkId);
	const skipped = await tsq.bulk.results(preview.bulkId, { status: 'SKIPPED' });
	// #endregion results
	expect({ status, doneCount, skippedCount, failedCount }).toEqual({
		status: 'COMPLETED',
		doneCount: 3,
		skippedCount: 0,
		failedCount: 0,
	});
	expect(skipped.items).toEqual([]);
});

it('asks who may, and masks what not everybody may see', async () => {
	const { backend, ids } = await openShop(1);

	// #region roles
	const roles = { alice: 'admin', bob: 'operator', eve: 'viewer' } as const;
	const tsq = createTroubleshootingQueue(backend, {
		authorize: roleAuthorizer(roles),
		redact: redactFields(['card'], { revealTo: hasRole(roles, 'operator') }),
	});
	// #endregion roles

	const address = { domain: 'shop', commandId: ids[0] ?? '' };
	const seen = await tsq.list({ domain: 'shop' }, { operator: { id: 'eve' } });
	expect(seen.items[0]?.payload).toMatchObject({ card: '[redacted]' });
	await expect(tsq.retry({ ...address, operator: { id: 'eve' } })).rejects.toMatchObject({ code: 'not-authorized' });
	await expect(tsq.retry({ ...address, operator: { id: 'bob' } })).resolves.toMatchObject({ status: 'PENDING' });
});

it('answers over HTTP', async () => {
	const { tsq } = await openQueue(1);
	const sessions = new Map([['token-of-alice', { id: 'alice' }]]);

	// #region http
	const handle = createTroubleshootingHttp({
		queue: tsq,
		authenticate: (request) => sessions.get(request.headers.get('authorization')?.replace('Bearer ', '') ?? ''),
	});
	// Hono: app.all('/tsq/*', ({ req }) => handle(req.raw));
	// #endregion http

	const url = 'http://localhost/tsq/items?domain=shop';
	expect((await handle(new Request(url))).status).toBe(401);
	const answer = await handle(new Request(url, { headers: { authorization: 'Bearer token-of-alice' } }));
	expect(await answer.json()).toMatchObject({ items: [{ commandType: 'ChargeCard' }] });
});
