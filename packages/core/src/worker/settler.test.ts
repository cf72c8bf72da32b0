import { beforeEach, describe, expect, it } from 'vitest';
import { createHandlers } from '../handling/handler-registry.ts';
import { StoreError, TransientCommandError } from '../errors.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { commandRequest } from '../bus/command-request.ts';
import { Debit, createTestBed, replyTo } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;
let runs: number;

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
	runs = 0;
});

const counting = createHandlers<MemoryTransaction>().on(Debit, () => void (runs += 1));

/** How many outcomes each call of the store took. */
function setSizes(): readonly unknown[] {
	return bed.faults.calls('settle').map(([, settlements]) => (Array.isArray(settlements) ? settlements.length : 0));
}

async function statuses(): Promise<Record<string, number>> {
	const { items } = await bed.bus.list({}, { limit: 1_000 });
	return Object.fromEntries(
		[...Map.groupBy(items, ({ status }) => status)].map(([status, commands]) => [status, commands.length]),
	);
}

describe('storing outcomes', () => {
	it('goes in sets', async () => {
		await bed.bus.sendMany(Array.from({ length: 100 }, (_, cents) => commandRequest(Debit, { cents })));
		await bed.startWorker(counting, { concurrency: 100 });
		await bed.pass();

		expect(setSizes()).toEqual([100]);
		expect(await statuses()).toEqual({ COMPLETED: 100 });
	});

	it('keeps to the size of a set', async () => {
		await bed.bus.sendMany(Array.from({ length: 100 }, (_, cents) => commandRequest(Debit, { cents })));
		await bed.startWorker(counting, { concurrency: 100, settleBatchSize: 40 });
		await bed.pass();

		expect(setSizes()).toEqual([40, 40, 20]);
	});

	it('D10 waits for a store that is away, and does not run the handler again', async () => {
		await bed.startWorker(counting, { leaseSeconds: 30 });
		bed.faults.fail('settle');
		bed.faults.fail('receive');
		bed.faults.fail('extend');
		bed.faults.mend('receive');
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await bed.pass();
		bed.faults.fail('receive');
		await bed.pass(5_000);
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_PROGRESS' });

		for (const method of ['settle', 'receive', 'extend']) bed.faults.mend(method);
		await bed.pass(6_000);

		expect(runs).toBe(1);
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		expect(await subject.messages(replyTo)).toHaveLength(1);
	});

	it('D10 keeps the outcome of a failure, too', async () => {
		const handlers = createHandlers().on(Debit, () => {
			runs += 1;
			throw new TransientCommandError('BUSY', 'Busy.');
		});
		await bed.startWorker(handlers);
		bed.faults.fail('settle', { times: 3 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(5_000);

		expect(runs).toBe(1);
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'FAILED']);
	});

	it('takes no harm from an answer that was lost on the way', async () => {
		await bed.startWorker(counting);
		bed.faults.fail('settle', { takesEffect: true, times: 1 });
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await bed.pass(5_000);

		expect(runs).toBe(1);
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		expect(await subject.messages(replyTo)).toHaveLength(1);
	});

	it('lets one outcome the store refuses delay nobody else', async () => {
		const sent = await bed.bus.sendMany(Array.from({ length: 50 }, (_, cents) => commandRequest(Debit, { cents })));
		const poison = sent[17]?.commandId ?? '';
		const error = new StoreError('It cannot be stored.', { reason: 'unknown', isRetryable: false });
		bed.faults.fail('settle', { error, when: ([, settlements]) => JSON.stringify(settlements).includes(poison) });
		const worker = await bed.startWorker(counting, { concurrency: 50 });
		await bed.pass();
		expect(await statuses()).toEqual({ COMPLETED: 49, IN_PROGRESS: 1 });
		expect(worker.health()).toMatchObject({ waitingToSettle: 1 });

		bed.faults.mend('settle');
		await bed.pass(6_000);

		expect(await statuses()).toEqual({ COMPLETED: 50 });
		expect(runs).toBe(50);
	});

	it('does not look for a culprit when the store takes nothing at all', async () => {
		await bed.bus.sendMany(Array.from({ length: 400 }, (_, cents) => commandRequest(Debit, { cents })));
		const error = new StoreError('permission denied', { reason: 'authorization', isRetryable: false });
		bed.faults.fail('settle', { error });
		await bed.startWorker(counting, { concurrency: 400 });
		await bed.pass();
		expect(setSizes().length).toBeLessThan(40);

		bed.faults.mend('settle');
		await bed.pass(6_000);

		expect(await statuses()).toEqual({ COMPLETED: 400 });
	});

	it('bounds how many outcomes wait: reading waits for the store', async () => {
		const release = bed.faults.hold('settle');
		await bed.bus.sendMany(Array.from({ length: 1_000 }, (_, cents) => commandRequest(Debit, { cents })));
		const worker = await bed.startWorker(counting, { concurrency: 10, readAhead: 40, settleBatchSize: 25 });
		await bed.pass(5_000);
		const held = worker.health().inFlight;
		expect(held).toBeGreaterThan(50);
		expect(held).toBeLessThanOrEqual(100);

		release();
		await bed.pass(5_000);

		expect(await statuses()).toEqual({ COMPLETED: 1_000 });
	});

	it('can wait a little for more', async () => {
		await bed.startWorker(counting, { settleDelayMs: 350 });
		for (let cents = 0; cents < 3; cents++) {
			await bed.bus.send(Debit, { cents });
			await bed.pass(100);
		}
		expect(setSizes()).toEqual([]);
		await bed.pass(100);

		expect(setSizes()).toEqual([3]);
	});
});

describe('a reply queue that has disappeared', () => {
	it('D3 is reported, nothing is committed, and the handler is not run again', async () => {
		await bed.startWorker(counting, { leaseSeconds: 10 });
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await subject.dropQueue(replyTo);
		await bed.pass(120_000);

		expect(runs).toBe(1);
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_PROGRESS', attempts: 1, result: null });
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED']);
		expect(bed.telemetry.of('reply-undeliverable')).toMatchObject([{ commandId: sent.commandId, replyTo }]);
	});

	it('D3 gets the reply once it is back', async () => {
		const worker = await bed.startWorker(counting, { leaseSeconds: 10 });
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await subject.dropQueue(replyTo);
		await bed.pass(60_000);
		expect(worker.health()).toMatchObject({ state: 'healthy', waitingToSettle: 1 });

		await bed.backend.domains.createReplyQueue(replyTo);
		await bed.pass(6_000);

		expect(runs).toBe(1);
		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED' });
		expect(await subject.messages(replyTo)).toHaveLength(1);
	});

	it('D3 holds up nobody else', async () => {
		await bed.startWorker(counting, { settleBatchSize: 5, concurrency: 5, readAhead: 5 });
		const reply = commandRequest(Debit, { cents: 1 }, { replyTo });
		await bed.bus.sendMany(Array.from({ length: 100 }, () => reply));
		await subject.dropQueue(replyTo);
		await bed.pass();

		const other = await bed.bus.send(Debit, { cents: 2 });
		await bed.pass(2_000);

		expect(await bed.record(other)).toMatchObject({ status: 'COMPLETED' });
	});

	it('is waited for no longer than a handler may run; then the command is delivered again', async () => {
		await bed.startWorker(counting, { leaseSeconds: 10, maxRunSeconds: 60 });
		await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await subject.dropQueue(replyTo);
		await bed.pass(58_000);
		expect(runs).toBe(1);

		await bed.pass(30_000);

		expect(runs).toBe(2);
	});
});
