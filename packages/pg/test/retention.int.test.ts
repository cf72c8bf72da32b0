/** What only concurrent transactions show of retention: a send that meets the pruning of its own id, and chunks that run out of time. */
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const domain = await database.newDomain();
const Pay = defineCommand({ domain, type: 'Pay', data: z.object({}) });
const backend = database.openBackend({ listen: false });
const bus = createCommandBus(backend);

async function completed(): Promise<string> {
	const sent = await bus.send(Pay, {});
	const worker = createWorker({ backend, domain, handlers: createHandlers().on(Pay, () => undefined) });
	await worker.start();
	await bus.waitFor(sent);
	await worker.stop();
	return sent.commandId;
}

const pruneText = `select * from cb.prune('commands', '{"olderThanSeconds": 0, "limit": 100, "rememberSeconds": 600}')`;

it('refuses the id of a command that is pruned while the send waits for its row', async () => {
	const commandId = await completed();
	const pruner = await database.connect();
	await pruner.query('begin');
	await pruner.query(pruneText);

	const sending = bus.send(Pay, {}, { commandId });
	await expect
		.poll(() =>
			database.value(
				`select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
			),
		)
		.toBeGreaterThan(0);
	await pruner.query('commit');

	await expect(sending).rejects.toMatchObject({ code: 'duplicate-command' });
	expect(await database.value('select count(*)::int from cb.command where command_id = $1', [commandId])).toBe(0);
});

it('gives up a chunk that takes too long, and nothing of it is gone', async () => {
	const commandId = await completed();
	const holder = await database.connect();
	await holder.query('begin');
	await holder.query('select from cb.command where command_id = $1 for update', [commandId]);
	const request = { kind: 'commands', olderThanSeconds: 0, limit: 100, timeoutMs: 100 } as const;

	await expect(backend.maintenance.prune(request)).rejects.toMatchObject({ reason: 'statement-timeout' });

	await holder.query('rollback');
	expect(await bus.get({ domain, commandId })).toMatchObject({ status: 'COMPLETED' });
	expect(await backend.maintenance.prune(request)).toMatchObject({ pruned: 1 });
});

it('refuses a chunk or a cursor that cannot be meant', async () => {
	const request = { kind: 'commands', olderThanSeconds: 0, limit: 10 } as const;

	await expect(backend.maintenance.prune({ ...request, limit: 0 })).rejects.toMatchObject({ code: 'invalid-argument' });
	await expect(backend.maintenance.prune({ ...request, after: 'x' })).rejects.toMatchObject({
		code: 'invalid-argument',
	});
});
