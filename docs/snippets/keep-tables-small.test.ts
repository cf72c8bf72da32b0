/** The examples of docs/how-to/keep-tables-small.md. */
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { AuditEvent } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { createMaintenance } from '@cb/ops';
import { expect, it } from 'vitest';
import { z } from 'zod';

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });

it('removes what is over, after its audit was stored elsewhere', async () => {
	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	const bus = createCommandBus(backend);
	const handlers = createHandlers().on(SendMail, () => undefined);
	const worker = createWorker({ backend, domain: 'shop', handlers });
	await worker.start();
	const old = await bus.send(SendMail, { order: 'O-1' });
	await backend.clock.advance(1_000);
	await worker.stop();
	const exported: AuditEvent[] = [];
	const storeElsewhere = (events: readonly AuditEvent[]): Promise<void> => {
		exported.push(...events);
		return Promise.resolve();
	};

	// #region start
	const day = 86_400;
	const maintenance = createMaintenance({
		backend,
		retention: {
			commandsSeconds: 30 * day, // ended commands with their messages
			auditSeconds: 365 * day, // their audit stays longer
			idempotencySeconds: 90 * day, // and a repeated id is refused for so long
		},
		exportAudit: storeElsewhere, // gets audit before it goes; a stream gets JSON lines
	});
	await maintenance.start(); // in as many processes as you like: one at a time does it
	// #endregion start
	await maintenance.stop();

	// #region dry-run
	const { kinds } = await maintenance.runOnce({ isDryRun: true }); // says what would go
	// #endregion dry-run
	expect(kinds.commands.pruned).toBe(0);

	await backend.clock.advance(31 * day * 1_000);
	const running = maintenance.runOnce();
	await backend.clock.advance(10_000);
	const { outcome, kinds: gone } = await running;
	expect([outcome, gone.commands.pruned]).toEqual(['completed', 1]);
	expect(await bus.get(old)).toBeUndefined();
	await expect(bus.send(SendMail, { order: 'O-1' }, { commandId: old.commandId })).rejects.toMatchObject({
		code: 'duplicate-command',
	});
	expect(exported).toEqual([]);

	await backend.clock.advance(365 * day * 1_000);
	const later = maintenance.runOnce();
	await backend.clock.advance(10_000);
	expect((await later).kinds.audit.pruned).toBe(1);
	expect(exported.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
});
