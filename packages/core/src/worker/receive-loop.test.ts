import { beforeEach, describe, expect, it } from 'vitest';
import { commandRequest } from '../bus/command-request.ts';
import { TransientCommandError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { createGate } from '../test-support/gate.ts';
import { Debit, createTestBed, domain } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;
/** Commands whose handler was started, in order. */
let started: number[];
/** Those of them whose handler has ended. */
let ended: number[];
let mostAtOnce: number;

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
	started = [];
	ended = [];
	mostAtOnce = 0;
});

/** Handlers that take so long, or do what `work` says. */
function taking(milliseconds: number, work: () => Promise<unknown> = () => bed.backend.clock.sleep(milliseconds)) {
	return createHandlers<MemoryTransaction>().on(Debit, async ({ data }) => {
		started.push(data.cents);
		mostAtOnce = Math.max(mostAtOnce, started.length - ended.length);
		if (milliseconds > 0) await work();
		ended.push(data.cents);
	});
}

async function sendMany(count: number): Promise<void> {
	await bed.bus.sendMany(Array.from({ length: count }, (_, cents) => commandRequest(Debit, { cents })));
}

/** What each receive asked for. */
function limits(): readonly number[] {
	return bed.faults.calls('receive').map(([request]) => limitOf(request));
}

function limitOf(request: unknown): number {
	return typeof request === 'object' && request !== null && 'limit' in request ? Number(request.limit) : Number.NaN;
}

describe('slots', () => {
	it('F1 never run more handlers at a time than the concurrency says', async () => {
		await sendMany(40);
		await bed.startWorker(taking(100), { concurrency: 5 });
		await bed.pass(2_000);

		expect(ended).toHaveLength(40);
		expect(mostAtOnce).toBe(5);
	});

	it('F2 finish ten equal handlers in three rounds with concurrency 4', async () => {
		await sendMany(10);
		await bed.startWorker(taking(1_000), { concurrency: 4 });
		const rounds: number[] = [];

		for (let round = 0; round < 4; round++) {
			await bed.pass(1_000);
			rounds.push(ended.length);
		}

		expect(rounds).toEqual([4, 8, 10, 10]);
	});

	it('start commands in the order of sending', async () => {
		await sendMany(50);
		await bed.startWorker(taking(10), { concurrency: 3 });
		await bed.pass(5_000);

		expect(started).toEqual(Array.from({ length: 50 }, (_, cents) => cents));
	});
});

describe('finding work', () => {
	it('F3 starts a command at once when a notification comes', async () => {
		await bed.startWorker(taking(0), { pollIntervalMs: 60_000 });
		await bed.pass(10_000);

		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(started).toEqual([1]);
	});

	it('F4 finds a command by polling when the notification is lost', async () => {
		await bed.startWorker(taking(0), { useWakeSignal: false, pollIntervalMs: 1_000 });
		await bed.pass(500);
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		expect(started).toEqual([]);

		await bed.pass(1_000);

		expect(started).toEqual([1]);
	});

	it('F5 drains the whole queue without waiting between reads', async () => {
		await sendMany(2_000);
		await bed.startWorker(taking(0), { useWakeSignal: false, pollIntervalMs: 60_000, concurrency: 10 });
		await bed.pass();

		expect(ended).toHaveLength(2_000);
		expect(limits().length).toBeLessThan(12);
	});

	it('F5 C7 reads on at once past messages that are rejected', async () => {
		for (let index = 0; index < 30; index++) await subject.putMessage('payments__commands', { index });
		await bed.bus.send(Debit, { cents: 1 });
		await bed.startWorker(taking(0), { useWakeSignal: false, pollIntervalMs: 60_000, concurrency: 10 });
		await bed.pass();

		expect(started).toEqual([1]);
	});

	it('polls an empty queue once per interval', async () => {
		await bed.startWorker(taking(0), { pollIntervalMs: 1_000 });
		await bed.pass(20_000);

		expect(limits().length).toBeGreaterThanOrEqual(20);
		expect(limits().length).toBeLessThanOrEqual(24);
	});

	it('looks again when a short backoff is over, before the next poll', async () => {
		const backoff = { kind: 'fixed', delaysSeconds: [0.3] } as const;
		const handlers = createHandlers().on(Debit, (_command, { attempt }) => {
			started.push(attempt);
			throw new TransientCommandError('BUSY', 'Busy.');
		});
		await bed.startWorker(handlers, { pollIntervalMs: 10_000, retry: { backoff, maxAttempts: 4 } });
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		await bed.pass(400);
		expect(started).toEqual([1, 2]);
		await bed.pass(800);

		expect(started).toEqual([1, 2, 3, 4]);
	});

	it('A19 receives nothing before it is due', async () => {
		await bed.startWorker(taking(0));
		await bed.bus.send(Debit, { cents: 1 }, { delaySeconds: 5 });
		await bed.pass(4_900);
		expect(started).toEqual([]);

		await bed.pass(1_200);

		expect(started).toEqual([1]);
	});

	it('F6 shares a queue with another worker, and nothing runs twice', async () => {
		await sendMany(100);
		await bed.startWorker(taking(100), { concurrency: 5, workerId: 'a' });
		await bed.startWorker(taking(100), { concurrency: 5, workerId: 'b' });
		await bed.pass(5_000);

		const histories = await Promise.all(
			(await bed.bus.list({}, { limit: 200 })).items.map((item) => bed.bus.history(item)),
		);
		const workers = histories.flat().flatMap(({ type, details }) => (type === 'RECEIVED' ? [details['workerId']] : []));
		expect(workers).toHaveLength(100);
		expect(new Set(workers)).toEqual(new Set(['a', 'b']));
		expect(new Set(ended).size).toBe(100);
	});

	it('has one receive under way at most', async () => {
		const release = bed.faults.hold('receive');
		await bed.startWorker(taking(0));
		for (let cents = 0; cents < 5; cents++) {
			await bed.bus.send(Debit, { cents });
			await bed.pass(2_000);
		}
		expect(limits()).toHaveLength(1);

		release();
		await bed.pass();

		expect(started).toHaveLength(5);
	});

	it('F9 comes back by itself when the connection drops', async () => {
		await bed.startWorker(taking(0));
		bed.faults.fail('receive');
		await sendMany(3);
		await bed.pass(60_000);
		expect(started).toEqual([]);

		bed.faults.mend('receive');
		await bed.pass(5_000);

		expect(ended).toHaveLength(3);
	});

	it('tries less and less often while the store is away, but at least every 5 s', async () => {
		await bed.startWorker(taking(0));
		bed.faults.fail('receive');
		await bed.pass(100_000);

		expect(limits().length).toBeGreaterThan(22);
		expect(limits().length).toBeLessThan(60);
	});
});

describe('reading ahead', () => {
	it('reads no further than the slots while the speed is unknown', async () => {
		await sendMany(100);
		const gate = createGate();
		const worker = await bed.startWorker(
			taking(1, () => gate.pass()),
			{ concurrency: 10, readAhead: 50 },
		);
		await bed.pass(1_000);

		expect(limits()).toEqual([10]);
		expect(worker.health()).toMatchObject({ inFlight: 10, running: 10 });
	});

	it('reads fast commands in sets, up to the bound', async () => {
		await sendMany(3_000);
		await bed.startWorker(taking(0), { concurrency: 10, readAhead: 500 });
		await bed.pass();

		const [first, ...others] = limits();
		expect(first).toBe(10);
		expect(others.every((limit) => limit >= 500 && limit <= 510)).toBe(true);
	});

	it('leaves slow commands to others', async () => {
		await sendMany(200);
		const worker = await bed.startWorker(taking(5_000), { concurrency: 10, readAhead: 500 });
		await bed.pass(12_000);

		expect(worker.health()).toMatchObject({ inFlight: 10, running: 10 });
		expect((await bed.backend.domains.statistics(domain))[0]).toMatchObject({ inFlightCount: 10 });
	});

	it('reads nothing ahead when it is told not to', async () => {
		await sendMany(100);
		await bed.startWorker(taking(0), { concurrency: 10, readAhead: 0 });
		await bed.pass();

		expect(ended).toHaveLength(100);
		expect(Math.max(...limits())).toBe(10);
	});

	it('stops reading ahead when handlers become slow', async () => {
		await sendMany(300);
		const worker = await bed.startWorker(taking(0), { concurrency: 10, readAhead: 500 });
		await bed.pass();
		expect(ended).toHaveLength(300);

		const gate = createGate();
		const slow = bed.startWorker(
			taking(1, () => gate.pass()),
			{ concurrency: 10, workerId: 'slow' },
		);
		await worker.stop();
		await sendMany(300);
		await bed.pass(2_000);

		expect((await slow).health()).toMatchObject({ inFlight: 10 });
	});

	it('keeps the slots busy although it waits until a read is worth while', async () => {
		await sendMany(1_000);
		await bed.startWorker(taking(20), { concurrency: 20, readAhead: 500 });

		await bed.pass(1_100);

		expect(ended.length).toBeGreaterThan(950);
		expect(limits().length).toBeLessThan(30);
	});
});
