/** The examples of @cb/ops's README. */
import {
	PermanentCommandError,
	commandRequest,
	createCommandBus,
	createHandlers,
	createWorker,
	defineCommand,
} from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import type { InMemoryBackend } from '@cb/core/memory';
import { createBulkRunner, createTroubleshootingQueue, hasRole, redactFields, roleAuthorizer } from '@cb/ops';
import { createTroubleshootingHttp } from '@cb/ops/http';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { z } from 'zod';

const DebitAccount = defineCommand({
	domain: 'payments',
	type: 'DebitAccount',
	data: z.object({ card: z.object({ number: z.string() }), cents: z.int() }),
});

/** A store with parked commands. */
async function openParked(count: number): Promise<InMemoryBackend> {
	const backend = createInMemoryBackend();
	await backend.domains.create('payments');
	const bus = createCommandBus(backend);
	const handlers = createHandlers().on(DebitAccount, () => {
		throw new PermanentCommandError('ACCOUNT_CLOSED', 'The account is closed.');
	});
	const worker = createWorker({ backend, domain: 'payments', handlers });
	const data = { card: { number: '4111' }, cents: 100 };
	await bus.sendMany(Array.from({ length: count }, () => commandRequest(DebitAccount, data)));
	await worker.start();
	await backend.clock.advance(5_000);
	await worker.stop();
	return backend;
}

it('retries what failed for one reason', async () => {
	const backend = await openParked(3);

	// #region smallest
	const tsq = createTroubleshootingQueue(backend); // createPgBackend(…) or createInMemoryBackend()
	const operator = { id: 'ada@example.com' };

	const { items } = await tsq.list({ domain: 'payments', errorCode: 'ACCOUNT_CLOSED' });
	for (const { domain, commandId, version } of items) {
		await tsq.retry({ domain, commandId, expectedVersion: version, operator, reason: 'account reopened' });
	}
	// #endregion smallest

	expect(await tsq.count()).toBe(0);
});

it('acts on many after a preview', async () => {
	const backend = await openParked(5);
	const tsq = createTroubleshootingQueue(backend);
	const operator = { id: 'ada@example.com' };
	const { signal } = new AbortController();
	const shown: unknown[] = [];

	const problem = (await tsq.groups({ domain: 'payments' }))[0] ?? expect.fail('there is a problem');

	// #region bulk
	// problem: one of tsq.groups()
	const { bulkId, count, breakdown, digest } = await tsq.bulk.preview({
		filter: { domain: problem.domain, fingerprint: problem.fingerprint },
		action: { action: 'retry', reason: 'gateway is back' },
		operator,
	});
	shown.push(count, breakdown);
	await tsq.bulk.start(bulkId, digest, { operator });
	await tsq.bulk.run(bulkId, {
		signal, // Ctrl-C: the rest stays in the store
		onProgress: ({ doneCount, totalCount }) => shown.push(`${doneCount} of ${totalCount}`),
	});
	// #endregion bulk

	expect(shown).toMatchObject([5, [{ count: 5 }], '5 of 5']);
});

it('works bulks off in the background', async () => {
	const backend = await openParked(1);
	const tsq = createTroubleshootingQueue(backend);
	const operator = { id: 'ada@example.com' };

	// #region runner
	const runner = createBulkRunner({ backend });
	await runner.start();
	// #endregion runner
	const { bulkId, digest } = await tsq.bulk.preview({ filter: {}, action: { action: 'retry' }, operator });
	await tsq.bulk.start(bulkId, digest);
	await backend.clock.advance(2_000);

	expect(await tsq.bulk.progress(bulkId)).toMatchObject({ status: 'COMPLETED' });
	await runner.stop();
});

it('masks what a viewer may not see, and lets only operators act', async () => {
	const backend = await openParked(1);

	// #region roles
	const roles = { 'ada@example.com': 'admin', 'vera@example.com': 'viewer' } as const;
	const tsq = createTroubleshootingQueue(backend, {
		authorize: roleAuthorizer(roles),
		redact: redactFields(['card.number', '**.iban'], { revealTo: hasRole(roles, 'operator') }),
		definitions: [DebitAccount],
	});
	// #endregion roles

	const vera = { operator: { id: 'vera@example.com' } };
	const [item] = (await tsq.list({}, vera)).items;
	expect(item?.payload).toEqual({ card: { number: '[redacted]' }, cents: 100 });
	const address = { domain: 'payments', commandId: item?.commandId ?? '' };
	await expect(tsq.retry({ ...address, ...vera })).rejects.toMatchObject({ code: 'not-authorized' });
});

it('serves everything over HTTP', async () => {
	const tsq = createTroubleshootingQueue(await openParked(2));
	const sessions = new Map([['Bearer secret', { id: 'ada@example.com' }]]);
	const app = new Hono();

	// #region http
	const http = createTroubleshootingHttp({
		queue: tsq,
		authenticate: (request) => sessions.get(request.headers.get('authorization') ?? ''), // required; undefined → 401
	});
	app.all('/tsq/*', (context) => http(context.req.raw)); // Hono
	// #endregion http

	const headers = { authorization: 'Bearer secret' };
	expect(await (await app.request('/tsq/count', { headers })).json()).toEqual({ count: 2 });
	expect((await app.request('/tsq/count')).status).toBe(401);
});
