/** B8 B18: however often workers are killed, at whatever moment, a batch is found finished, once, and its completion is told once. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandRequest, createCommandBus, defineCommand } from '@cb/core';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const Step = defineCommand({ domain: 'payments', type: 'Step', data: z.object({ number: z.int() }) });
const program = fileURLToPath(new URL('fixtures/batch-worker.ts', import.meta.url));

async function startWorker(): Promise<ChildProcess> {
	const child = fork(program, [database.url], { execArgv: ['--conditions=@cb/source'] });
	onTestFinished(() => void child.kill('SIGKILL'));
	await once(child, 'message');
	return child;
}

it('B8 B18 finds a batch finished for certain, once, under many kills', { timeout: 180_000 }, async () => {
	const total = 1_500;
	const backend = database.openBackend({ listen: false });
	await backend.domains.create('payments');
	await backend.domains.createReplyQueue('batches_done');
	const bus = createCommandBus(backend);
	const batch = await bus.createBatch({
		completionQueue: 'batches_done',
		commands: Array.from({ length: total }, (_, number) =>
			commandRequest(Step, { number }, { retry: { maxAttempts: 50 } }),
		),
	});

	for (let kills = 0; kills < 12; kills++) {
		const worker = await startWorker();
		await sleep(20 + Math.random() * 120);
		worker.kill('SIGKILL');
		await once(worker, 'exit');
	}
	await startWorker();

	await expect
		.poll(() => bus.getBatch(batch), { timeout: 120_000 })
		.toMatchObject({
			status: 'COMPLETED',
			totalCount: total,
			completedCount: total,
		});
	expect((await backend.batches.history(batch)).map(({ type }) => type)).toEqual([
		'BATCH_CREATED',
		'BATCH_STARTED',
		'BATCH_COMPLETED',
	]);
	expect(await database.value('select count(*)::int from pgmq.q_batches_done')).toBe(1);
	expect(await database.value('select count(*)::int from cb.batch_progress')).toBe(0);
	await bus.close();
});
