import { commandRequest, createCommandBus, defineCommand } from '@cb/core';
import type { BatchReceipt } from '@cb/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createInProcess } from '../../test/in-process.ts';
import type { InProcess } from '../../test/in-process.ts';

const Pay = defineCommand({ domain: 'payments', type: 'Pay', data: z.object({}) });

async function openBatch(cb: InProcess, count: number, name?: string): Promise<BatchReceipt> {
	const { backend } = cb.subject;
	await backend.domains.create('payments');
	const bus = createCommandBus(backend);
	const batch = await bus.createBatch({ name, commands: Array.from({ length: count }, () => commandRequest(Pay, {})) });
	await bus.close();
	return batch;
}

/** Cancels so many members; the batch may finish with it. */
async function cancelMembers(cb: InProcess, { domain, batchId }: BatchReceipt, count: number): Promise<void> {
	const { batches, commands } = cb.subject.backend;
	const { items } = await batches.members({ domain, batchId }, { limit: count });
	for (const { commandId } of items) await commands.cancel({ domain, commandId }, 'not needed');
	await batches.finish();
}

describe('cb batch', () => {
	it('lists batches by status, with how far they are', async () => {
		const cb = createInProcess();
		const finished = await openBatch(cb, 2, 'nightly');
		await cancelMembers(cb, finished, 2);
		await openBatch(cb, 3);

		const { stdout } = await cb.run(['batch', 'list', '--status', 'completed-with-failures']);

		expect(stdout).toContain(finished.batchId);
		expect(stdout).toContain('100%');
		expect(stdout.trimEnd().split('\n')).toHaveLength(2);
	});

	it('shows a batch with its counts and events', async () => {
		const cb = createInProcess();
		const batch = await openBatch(cb, 4, 'nightly');
		await cancelMembers(cb, batch, 1);

		const { stdout } = await cb.run(['batch', 'show', 'payments', batch.batchId]);

		expect(stdout).toMatch(/Ended\s+1 of 4 \(25%\)/u);
		expect(stdout).toContain('1 canceled');
		expect(stdout).toContain('BATCH_CREATED');
	});

	it('pages through the members', async () => {
		const cb = createInProcess();
		const batch = await openBatch(cb, 3);

		const page = await cb.json(['batch', 'members', 'payments', batch.batchId, '--limit', '2']);

		expect(page).toMatchObject({ items: [{ commandType: 'Pay' }, { commandType: 'Pay' }] });
		expect(page).toHaveProperty('nextCursor');
	});

	it('waits for the end, and says with its exit code that not all went well', async () => {
		const cb = createInProcess();
		const batch = await openBatch(cb, 2);
		const waiting = cb.run(['batch', 'watch', 'payments', batch.batchId], { columns: 80 });

		await cancelMembers(cb, batch, 2);
		const state = { isDone: false };
		void waiting.then(() => {
			state.isDone = true;
		});
		while (!state.isDone) {
			await new Promise((resolve) => setImmediate(resolve));
			await cb.subject.backend.clock.advance(500);
		}

		expect(await waiting).toMatchObject({ exitCode: 13, stdout: expect.stringContaining('2 canceled') as string });
	});

	it('exits with not found for a batch that does not exist', async () => {
		const cb = createInProcess();
		await openBatch(cb, 1);

		const { exitCode } = await cb.run(['batch', 'show', 'payments', '019af3a2-5b1c-7e2d-8f00-3c1d5e7a9b10']);

		expect(exitCode).toBe(3);
	});
});
