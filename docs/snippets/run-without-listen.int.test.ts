/** The examples of docs/how-to/run-without-listen.md. */
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });
const handlers = createHandlers().on(SendMail, () => 'sent');

it('works by polling alone', async () => {
	const database = await freshDatabase();
	const poolerUrl = database.url;

	// #region poll
	const backend = createPgBackend({ connection: poolerUrl, listen: false });
	const worker = createWorker({ backend, domain: 'shop', handlers, createDomain: true, pollIntervalMs: 200 });
	// #endregion poll
	const bus = createCommandBus(backend);
	await worker.start();
	onTestFinished(async () => {
		await worker.stop();
		await backend.close();
		await database.drop();
	});

	const receipt = await bus.send(SendMail, { order: 'O-1' });
	expect(await bus.waitFor(receipt)).toMatchObject({ status: 'COMPLETED', result: 'sent' });
	expect(worker.health().isListening).toBe(false);
});

it('listens on a direct connection beside the pooler', async () => {
	const database = await freshDatabase();
	const poolerUrl = database.url;
	const directUrl = database.url;

	// #region direct
	const backend = createPgBackend({ connection: poolerUrl, listen: directUrl });
	// #endregion direct
	const worker = createWorker({ backend, domain: 'shop', handlers, createDomain: true });
	await worker.start();
	onTestFinished(async () => {
		await worker.stop();
		await backend.close();
		await database.drop();
	});

	await expect.poll(() => worker.health().isListening, { timeout: 10_000 }).toBe(true);
});
