import { beforeEach, describe, expect, it } from 'vitest';
import { commandRequest } from '../bus/command-request.ts';
import {
	BusinessRuleError,
	ConfigurationError,
	PermanentCommandError,
	SchemaMismatchError,
	TransientCommandError,
} from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { connectionLost } from '../test-support/faulty-backend.ts';
import { Debit, createTestBed } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import { createWorker } from './worker.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
});

const booking = createHandlers<MemoryTransaction>().on(Debit, () => undefined);

describe('start', () => {
	it('refuses a schema that does not match, and may be called again', async () => {
		const worker = createWorker({ backend: bed.backend, domain: 'payments', handlers: booking });
		bed.faults.fail('checkSchema', { error: new SchemaMismatchError('Run "cb migrate up".'), times: 1 });

		await expect(worker.start()).rejects.toMatchObject({ code: 'schema-mismatch' });
		expect(worker.health()).toMatchObject({ state: 'starting', isReady: false });
		await worker.start();

		expect(worker.health()).toMatchObject({ state: 'healthy', isReady: true, isLive: true, isListening: true });
	});

	it('refuses a domain that does not exist, or creates it when asked', async () => {
		const options = { backend: bed.backend, domain: 'reports', handlers: createHandlers() };

		await expect(createWorker(options).start()).rejects.toMatchObject({ code: 'domain-not-found', domain: 'reports' });
		await createWorker({ ...options, createDomain: true }).start();

		expect((await bed.backend.domains.list()).map(({ domain }) => domain)).toContain('reports');
	});

	it('starts once, however often it is called', async () => {
		const worker = createWorker({ backend: bed.backend, domain: 'payments', handlers: booking });

		await Promise.all([worker.start(), worker.start()]);
		await bed.pass();

		expect(bed.faults.calls('checkSchema')).toHaveLength(1);
		expect(bed.faults.calls('receive')).toHaveLength(1);
	});

	it('is refused after a stop', async () => {
		const worker = createWorker({ backend: bed.backend, domain: 'payments', handlers: booking });
		expect(await worker.stop()).toEqual({ finished: 0, released: 0, abandoned: 0 });

		await expect(worker.start()).rejects.toMatchObject({ code: 'invalid-operation', status: 'stopped' });
	});

	it.each([
		['an illegal domain', { domain: 'Payments' }],
		['no slots', { concurrency: 0 }],
		['a negative read-ahead', { readAhead: -1 }],
		['a lease of nothing', { leaseSeconds: 0 }],
		['no attempts', { retry: { maxAttempts: 0 } }],
	])('cannot be made with %s', (_what, options) => {
		const make = () => createWorker({ backend: bed.backend, domain: 'payments', handlers: booking, ...options });

		expect(make).toThrow(ConfigurationError);
	});
});

describe('health', () => {
	it('G1 is degraded after 10 infrastructure failures in a row, and healthy after one success', async () => {
		const worker = await bed.startWorker(booking, { unhealthyAfterMs: 3_600_000 });
		await bed.pass();
		bed.faults.fail('receive', { times: 9 });
		await bed.pass(40_000);
		expect(worker.health()).toMatchObject({ state: 'healthy', consecutiveFailures: 0 });

		bed.faults.fail('receive');
		await bed.pass(60_000);
		expect(worker.health()).toMatchObject({ state: 'degraded', isReady: true, isLive: true });
		expect(worker.health().consecutiveFailures).toBeGreaterThanOrEqual(10);
		bed.faults.mend('receive');
		await bed.pass(5_000);

		expect(worker.health()).toMatchObject({ state: 'healthy', consecutiveFailures: 0, reasons: [] });
		expect(bed.telemetry.of('health-changed').map(({ state }) => state)).toEqual(['healthy', 'degraded', 'healthy']);
	});

	it('G1 does not take one operation that works for another that fails', async () => {
		const worker = await bed.startWorker(booking, { leaseSeconds: 4, unhealthyAfterMs: 20_000 });
		bed.faults.fail('settle');
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(19_000);
		expect(worker.health()).toMatchObject({ state: 'degraded', isReady: true });
		await bed.pass(6_000);

		expect(worker.health()).toMatchObject({ state: 'unhealthy' });
		expect(worker.health().reasons.join()).toContain('"settle" has failed');
	});

	it('G1 forgets a failure that there is nothing left to repeat for', async () => {
		const worker = await bed.startWorker(booking, { leaseSeconds: 4, maxRunSeconds: 4 });
		for (const method of ['settle', 'extend']) bed.faults.fail(method);
		await bed.bus.send(Debit, { cents: 1 }, { retry: { maxAttempts: 1 } });
		await bed.pass(20_000);

		expect(bed.telemetry.of('lease-lost')).toHaveLength(1);
		expect(worker.health()).toMatchObject({ state: 'healthy', consecutiveFailures: 0, inFlight: 0 });
	});

	it('G2 is not ready when the store has been away past the threshold, and says why; it stays live', async () => {
		const worker = await bed.startWorker(booking, { unhealthyAfterMs: 30_000 });
		await bed.pass();
		bed.faults.fail('receive');
		await bed.pass(29_000);
		expect(worker.health()).toMatchObject({ isReady: true });

		await bed.pass(4_000);

		expect(worker.health()).toMatchObject({ state: 'unhealthy', isReady: false, isLive: true });
		expect(worker.health().reasons.join()).toContain(connectionLost().message);
	});

	it('G4 does not care what becomes of commands', async () => {
		const verdicts = [
			new BusinessRuleError('NO', 'No.'),
			new PermanentCommandError('BROKEN', 'Broken.'),
			new TransientCommandError('BUSY', 'Busy.'),
			new TypeError('x'),
		];
		const worker = await bed.startWorker(
			createHandlers().on(Debit, ({ data }) => {
				throw verdicts[data.cents % verdicts.length] ?? new TypeError('none');
			}),
		);
		await bed.bus.sendMany(Array.from({ length: 40 }, (_, cents) => commandRequest(Debit, { cents })));
		await bed.pass();

		expect(worker.health()).toMatchObject({ state: 'healthy', consecutiveFailures: 0 });
		expect(bed.telemetry.of('handler-ended')).toHaveLength(40);
	});

	it('G5 says for what cause the worker has stopped; the process goes on', async () => {
		const worker = await bed.startWorker(booking);
		await bed.pass();
		bed.faults.fail('receive', { error: new SchemaMismatchError('The schema is newer; deploy version 2.') });
		await bed.pass(5_000);

		const health = worker.health();
		expect(health).toMatchObject({ state: 'stopped', isReady: false, isLive: false });
		expect(health.reasons.join()).toContain('The schema is newer; deploy version 2.');
		const reads = bed.faults.calls('receive').length;
		await bed.pass(10_000);
		expect(bed.faults.calls('receive')).toHaveLength(reads);
	});

	it('counts what is held', async () => {
		const worker = await bed.startWorker(
			createHandlers().on(Debit, () => new Promise(() => undefined)),
			{ concurrency: 3 },
		);
		await bed.bus.sendMany([1, 2, 3, 4].map((cents) => commandRequest(Debit, { cents })));
		await bed.pass();

		expect(worker.health()).toMatchObject({
			...{ domain: 'payments', workerId: worker.workerId, inFlight: 3, running: 3 },
			...{ waitingToSettle: 0, stuckHandlers: 0, lastReceiveAt: new Date(subject.backend.clock.now()) },
		});
	});
});

describe('batches', () => {
	const batchOf = (count: number) =>
		bed.bus.createBatch({ commands: Array.from({ length: count }, (_, cents) => commandRequest(Debit, { cents })) });

	it('B8 are finished right after their last member', async () => {
		const batch = await batchOf(30);
		await bed.startWorker(booking);
		await bed.pass();

		expect(await bed.bus.getBatch(batch)).toMatchObject({ status: 'COMPLETED', completedCount: 30 });
		expect(bed.telemetry.of('batch-finished')).toMatchObject([{ batchId: batch.batchId, status: 'COMPLETED' }]);
	});

	it('B8 are finished, too, when the last member completed itself in a transaction', async () => {
		const batch = await batchOf(1);
		const handlers = createHandlers<MemoryTransaction>().on(Debit, (_command, { transaction }) =>
			transaction(() => Promise.resolve()),
		);
		await bed.startWorker(handlers);
		await bed.pass();

		expect(await bed.bus.getBatch(batch)).toMatchObject({ status: 'COMPLETED' });
	});

	it('B18 are found by a sweep when nobody asked after the last member', async () => {
		const batch = await batchOf(3);
		bed.faults.fail('finish');
		const worker = await bed.startWorker(booking);
		await bed.pass();
		await worker.stop();
		expect(await bed.bus.getBatch(batch)).toMatchObject({ status: 'IN_PROGRESS' });

		bed.faults.mend('finish');
		await bed.startWorker(booking);
		await bed.pass(11_000);

		expect(await bed.bus.getBatch(batch)).toMatchObject({ status: 'COMPLETED' });
	});

	it('B20 cost few questions', async () => {
		await batchOf(2_000);
		await bed.startWorker(booking, { settleBatchSize: 100 });
		const release = bed.faults.hold('finish');
		await bed.pass();

		expect(bed.faults.calls('finish')).toHaveLength(1);
		release();
		await bed.pass();

		expect(bed.faults.calls('finish').length).toBeLessThanOrEqual(2);
	});
});
