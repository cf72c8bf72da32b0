import { beforeEach, describe, expect, it } from 'vitest';
import { commandRequest } from '../bus/command-request.ts';
import { BusinessRuleError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { HandlerContext } from '../handling/handler.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import type { CommandStatus } from '../model/command-status.ts';
import { createGate } from '../test-support/gate.ts';
import type { Gate } from '../test-support/gate.ts';
import { Debit, createTestBed } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import type { StopReport } from './stop.ts';
import type { Worker } from './worker.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;
let gate: Gate;
let contexts: HandlerContext<MemoryTransaction>[];

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
	gate = createGate();
	contexts = [];
});

/** Negative amounts are booked at once; the others stop at the gate. */
const handlers = createHandlers<MemoryTransaction>().on(Debit, async ({ data }, context) => {
	if (data.cents < 0) return;
	contexts.push(context);
	await gate.pass();
});

async function sendMany(count: number): Promise<void> {
	await bed.bus.sendMany(Array.from({ length: count }, (_, cents) => commandRequest(Debit, { cents })));
}

async function count(status: CommandStatus): Promise<number> {
	return (await bed.bus.list({ status }, { limit: 1_000 })).items.length;
}

/** What stop has come to so far. */
function stopping(worker: Worker, timeoutMs?: number): { report?: StopReport } {
	const seen: { report?: StopReport } = {};
	void worker.stop({ timeoutMs }).then((report) => (seen.report = report));
	return seen;
}

describe('stop', () => {
	it('F7 reads no more, lets what runs finish, stores it and returns', async () => {
		await sendMany(5);
		const worker = await bed.startWorker(handlers, { concurrency: 3 });
		await bed.pass();
		const reads = bed.faults.calls('receive').length;

		const seen = stopping(worker);
		await bed.pass(5_000);
		expect(seen).toEqual({});
		expect(worker.health()).toMatchObject({ state: 'stopping', isReady: false, running: 3 });
		gate.open();
		await bed.pass();

		expect(seen.report).toEqual({ finished: 3, released: 0, abandoned: 0 });
		expect(bed.faults.calls('receive')).toHaveLength(reads);
		expect([await count('COMPLETED'), await count('PENDING')]).toEqual([3, 2]);
		expect(contexts.some(({ signal }) => signal.aborted)).toBe(false);
	});

	it('F8 returns after its time-out: signals are aborted, and what is left is redelivered', async () => {
		await sendMany(3);
		const worker = await bed.startWorker(handlers, { leaseSeconds: 30 });
		await bed.pass();

		const seen = stopping(worker, 5_000);
		await bed.pass(4_900);
		expect(contexts.some(({ signal }) => signal.aborted)).toBe(false);
		await bed.pass(200);
		expect(contexts.every(({ signal }) => signal.aborted)).toBe(true);
		expect(seen).toEqual({});
		await bed.pass(1_000);

		expect(seen.report).toEqual({ finished: 0, released: 0, abandoned: 3 });
		expect(await count('IN_PROGRESS')).toBe(3);
		await bed.startWorker(createHandlers().on(Debit, () => undefined));
		await bed.pass(40_000);
		expect(await count('COMPLETED')).toBe(3);
	});

	it('drops what a handler says that was told to stop, unless it is a verdict', async () => {
		const react = (error: Error) =>
			createHandlers().on(Debit, async (_command, { signal }) => {
				await new Promise((resolve) => {
					signal.addEventListener('abort', resolve);
				});
				throw error;
			});
		const stopAfterSending = async (error: Error) => {
			const sent = await bed.bus.send(Debit, { cents: 1 });
			const worker = await bed.startWorker(react(error));
			await bed.pass();
			const seen = stopping(worker, 100);
			await bed.pass(200);
			return { report: seen.report, record: await bed.record(sent) };
		};

		expect(await stopAfterSending(new TypeError('aborted'))).toMatchObject({
			report: { finished: 0, abandoned: 1 },
			record: { status: 'IN_PROGRESS', lastError: null },
		});
		expect(await stopAfterSending(new BusinessRuleError('NO', 'No.'))).toMatchObject({
			report: { finished: 1, abandoned: 0 },
			record: { status: 'FAILED' },
		});
	});

	it('F12 gives back what was not started, at once and without an attempt', async () => {
		const backlog = [...Array.from({ length: 20 }, () => -1), ...Array.from({ length: 20 }, () => 1)];
		await bed.bus.sendMany(backlog.map((cents) => commandRequest(Debit, { cents })));
		const worker = await bed.startWorker(handlers, { concurrency: 4, readAhead: 100 });
		await bed.pass();
		expect(worker.health()).toMatchObject({ running: 4, inFlight: 20 });

		const seen = stopping(worker);
		await bed.pass();
		const other = await bed.backend.commands.receive({
			...{ domain: 'payments', workerId: 'other', limit: 100, leaseSeconds: 30 },
			...{ maxAttemptsByType: {}, defaultMaxAttempts: 3 },
			exhausted: { error: { type: 'TRANSIENT', code: 'X', message: '', details: null }, fingerprint: '' },
		});
		gate.open();
		await bed.pass();

		expect(other.commands).toHaveLength(16);
		expect(other.commands.every(({ lease }) => lease.attempt === 1)).toBe(true);
		expect(seen.report).toEqual({ finished: 4, released: 16, abandoned: 0 });
	});

	it('gives back what a receive brings that was under way', async () => {
		await sendMany(3);
		const release = bed.faults.hold('receive');
		const worker = await bed.startWorker(handlers);
		await bed.pass();

		const seen = stopping(worker);
		await bed.pass(1_000);
		expect(seen).toEqual({});
		release();
		await bed.pass();

		expect(seen.report).toEqual({ finished: 0, released: 3, abandoned: 0 });
		expect(contexts).toEqual([]);
		expect(await count('PENDING')).toBe(3);
	});

	it('does not wait for a store that is away for longer than it was told to', async () => {
		await sendMany(3);
		const worker = await bed.startWorker(handlers);
		await bed.pass();
		for (const method of ['settle', 'extend', 'receive', 'release']) bed.faults.fail(method);
		gate.open();
		await bed.pass();

		const seen = stopping(worker, 5_000);
		await bed.pass(5_200);

		expect(seen.report).toEqual({ finished: 0, released: 0, abandoned: 3 });
	});

	it('leaves nothing behind that waits', async () => {
		const worker = await bed.startWorker(createHandlers().on(Debit, () => undefined));
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(1_000);
		expect(subject.backend.clock.sleeperCount).toBeGreaterThan(0);

		await worker.stop();
		await bed.pass();

		expect(subject.backend.clock.sleeperCount).toBe(0);
	});

	it('finishes batches that its last outcomes have ended', async () => {
		const batch = await bed.bus.createBatch({ commands: [commandRequest(Debit, { cents: 1 })] });
		const worker = await bed.startWorker(handlers);
		await bed.pass();

		const seen = stopping(worker);
		gate.open();
		await bed.pass();

		expect(seen.report).toMatchObject({ finished: 1 });
		expect(await bed.bus.getBatch(batch)).toMatchObject({ status: 'COMPLETED' });
	});

	it('gives every caller the same report', async () => {
		const worker = await bed.startWorker(handlers);

		const [first, second] = await Promise.all([worker.stop(), worker.stop({ timeoutMs: 1 })]);

		expect(first).toBe(second);
		expect(await worker.stop()).toBe(first);
		await worker[Symbol.asyncDispose]();
	});
});
