import { beforeEach, describe, expect, it } from 'vitest';
import { createHandlers } from '../handling/handler-registry.ts';
import { BusinessRuleError } from '../errors.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { MemoryTransaction } from '../memory/index.ts';
import type { BatchRecord } from '../model/batch.ts';
import { Debit, createTestBed } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import { commandRequest } from './command-request.ts';
import type { BatchReceipt } from './create-batch.ts';

let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	bed = await createTestBed(createInMemorySubject().backend);
});

function createBatch(): Promise<BatchReceipt> {
	return bed.bus.createBatch({ commands: [1, 2, 3].map((cents) => commandRequest(Debit, { cents })) });
}

const handlers = createHandlers().on(Debit, ({ data }) => {
	if (data.cents === 3) throw new BusinessRuleError('NO_FUNDS', 'The account is empty.');
});

describe('onBatchFinished', () => {
	it('B15 tells a listener once, with the final counts', async () => {
		const batch = await createBatch();
		const told: BatchRecord[] = [];
		bed.bus.onBatchFinished(batch, (finished) => void told.push(finished));
		await bed.pass(2_000);
		expect(told).toEqual([]);

		await bed.startWorker(handlers);
		await bed.pass(5_000);

		expect(told).toMatchObject([
			{ batchId: batch.batchId, status: 'COMPLETED_WITH_FAILURES', completedCount: 2, failedCount: 1 },
		]);
	});

	it('B16 reports a listener that throws, and nothing else changes', async () => {
		const batch = await createBatch();
		const worker = await bed.startWorker(handlers);
		const thrown = new TypeError('the listener is broken');
		bed.bus.onBatchFinished(batch, () => {
			throw thrown;
		});
		bed.bus.onBatchFinished(batch, () => Promise.reject(thrown));
		await bed.pass(2_000);

		expect(bed.telemetry.of('infrastructure-failed')).toMatchObject([
			{ component: 'bus', error: thrown },
			{ component: 'bus', error: thrown },
		]);
		expect(await bed.bus.getBatch(batch)).toMatchObject({ status: 'COMPLETED_WITH_FAILURES' });
		expect(worker.health()).toMatchObject({ state: 'healthy' });
	});

	it('B17 tells a listener that comes after the batch has finished', async () => {
		const batch = await createBatch();
		await bed.startWorker(handlers);
		await bed.pass(2_000);
		const told: BatchRecord[] = [];

		bed.bus.onBatchFinished(batch, (finished) => void told.push(finished));
		await bed.pass();

		expect(told).toHaveLength(1);
	});

	it('B19 records completion without a listener', async () => {
		const batch = await createBatch();
		await bed.startWorker(handlers);
		await bed.pass(1_000);

		expect((await bed.bus.getBatch(batch))?.completedAt).toBeInstanceOf(Date);
		expect(bed.telemetry.of('batch-finished')).toMatchObject([
			{ batchId: batch.batchId, status: 'COMPLETED_WITH_FAILURES' },
		]);
	});

	it('keeps looking while the store is away', async () => {
		const batch = await createBatch();
		await bed.startWorker(handlers);
		const told: BatchRecord[] = [];
		bed.faults.fail('get');
		bed.bus.onBatchFinished(batch, (finished) => void told.push(finished));
		await bed.pass(5_000);
		expect(told).toEqual([]);

		bed.faults.mend('get');
		await bed.pass(1_000);

		expect(told).toHaveLength(1);
	});

	it('tells nobody whose listener was taken back, or whose bus is closed', async () => {
		const batch = await createBatch();
		const told: BatchRecord[] = [];
		const takeBack = bed.bus.onBatchFinished(batch, (finished) => void told.push(finished));
		takeBack();
		bed.bus.onBatchFinished(batch, (finished) => void told.push(finished));
		await bed.bus.close();

		await bed.startWorker(handlers);
		await bed.pass(2_000);

		expect(told).toEqual([]);
	});

	it('tells nobody who took the listener back while it was looking', async () => {
		const batch = await createBatch();
		await bed.startWorker(handlers);
		await bed.pass(2_000);
		const told: BatchRecord[] = [];
		const release = bed.faults.hold('get');
		const takeBack = bed.bus.onBatchFinished(batch, (finished) => void told.push(finished));

		takeBack();
		release();
		await bed.pass(2_000);

		expect(told).toEqual([]);
	});
});
