/** Whatever happens to connections under load: nothing is lost, nothing is doubled, and the worker comes back by itself. */
import { randomUUID } from 'node:crypto';
import { commandRequest, createCommandBus, createHandlers, createWorker } from '@cb/core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Queryable } from '../src/index.ts';
import { openProxy } from './open-proxy.ts';
import { bookingTable, defineBook, exactly, startLoad, tallyOf } from './load.ts';
import type { Book } from './load.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const direct = database.openBackend();
await database.query(bookingTable);

beforeEach(async () => {
	await database.query('truncate booking');
});

async function aBook(): Promise<Book> {
	return defineBook(await database.newDomain());
}

async function terminateAll(): Promise<void> {
	await database.query(
		`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
	);
}

describe('connections that break under load', () => {
	it('S10 every one of them terminated every second: nothing is lost and nothing is doubled', async () => {
		const Book = await aBook();
		const backend = database.openBackend();
		const load = await startLoad(backend, Book, 10);

		for (let second = 0; second < 8; second++) {
			await new Promise((resolve) => setTimeout(resolve, 1_000));
			await terminateAll();
		}
		await load.finish();

		expect(load.sent.length).toBeGreaterThan(50);
		expect(await tallyOf(database.query, Book.domain)).toEqual(exactly(load.sent.length));
		await expect.poll(() => load.worker.health()).toMatchObject({ state: 'healthy', isReady: true, inFlight: 0 });
	}, 120_000);

	it('F9 cut by the network, again and again: the worker reconnects, with LISTEN, and goes on', async () => {
		const Book = await aBook();
		const proxy = await openProxy(database.url);
		const backend = database.openBackend({ connection: proxy.url });
		const load = await startLoad(backend, Book, 5);

		for (let cut = 1; cut <= 10; cut++) {
			const before = load.sent.length;
			await expect.poll(() => load.sent.length).toBeGreaterThan(before);
			proxy.cut();
		}
		await load.finish();

		expect(await tallyOf(database.query, Book.domain)).toEqual(exactly(load.sent.length));
		await expect.poll(() => load.worker.health()).toMatchObject({ state: 'healthy', isListening: true });
	}, 120_000);
});

describe('settling', () => {
	it('D10 goes on where the database was away for five seconds: the outcome is stored without a second run', async () => {
		const Book = await aBook();
		const proxy = await openProxy(database.url);
		const backend = database.openBackend({ connection: proxy.url });
		let runs = 0;
		const handlers = createHandlers<Queryable>().on(Book, () => {
			runs++;
			proxy.refuse();
			return { booked: true };
		});
		const worker = createWorker({ backend, domain: Book.domain, handlers, leaseSeconds: 30, unhealthyAfterMs: 1_000 });
		await worker.start();
		onTestFinished(async () => {
			await worker.stop();
		});

		const receipt = await createCommandBus(direct).send(Book, { n: 1 });
		await expect
			.poll(() => worker.health())
			.toMatchObject({ state: 'unhealthy', isReady: false, isLive: true, waitingToSettle: 1 });
		await new Promise((resolve) => setTimeout(resolve, 4_000));
		proxy.heal();
		const outcome = await createCommandBus(direct).waitFor(receipt, { timeoutMs: 25_000 });

		expect(outcome).toMatchObject({ status: 'COMPLETED', result: { booked: true }, record: { attempts: 1 } });
		expect(runs).toBe(1);
		await expect.poll(() => worker.health()).toMatchObject({ state: 'healthy', isReady: true, waitingToSettle: 0 });
	});
});

describe('a send whose connection breaks', () => {
	it.each(['request', 'answer'] as const)(
		'before it arrives or when the answer is on its way (%s): stored once, and the sender is told so',
		async (when) => {
			const Book = await aBook();
			const proxy = await openProxy(database.url);
			const bus = createCommandBus(database.openBackend({ connection: proxy.url, listen: false }));
			await bus.list();

			proxy.cutAt(1, when);
			const one = await bus.send(Book, { n: 1 });
			proxy.cutAt(1, when);
			const many = await bus.sendMany([commandRequest(Book, { n: 2 }), commandRequest(Book, { n: 3 })]);

			const stored = (await bus.list({ domain: Book.domain })).items.map(({ commandId }) => commandId);
			expect(stored.toSorted()).toEqual([one, ...many].map(({ commandId }) => commandId).toSorted());
			expect([one, ...many].every(({ isDuplicate }) => !isDuplicate)).toBe(true);
			expect(await database.value(`select count(*)::integer from pgmq.q_${Book.domain}__commands`)).toBe(3);
		},
	);

	it('during the commit of a batch: the sender is told, and a repeat under the same id cannot double it', async () => {
		const Book = await aBook();
		const proxy = await openProxy(database.url);
		const bus = createCommandBus(database.openBackend({ connection: proxy.url, listen: false }));
		const batch = { batchId: randomUUID(), commands: [commandRequest(Book, { n: 1 }), commandRequest(Book, { n: 2 })] };
		await bus.list();

		// Begin, savepoint, the batch, its commands, the savepoint's release, the commit.
		proxy.cutAt(6, 'answer');
		await expect(bus.createBatch(batch)).rejects.toMatchObject({
			code: 'store',
			reason: 'connection',
			isRetryable: true,
		});

		await expect(bus.createBatch(batch)).rejects.toMatchObject({ code: 'duplicate-batch' });
		expect(await bus.getBatch({ domain: Book.domain, batchId: batch.batchId })).toMatchObject({ totalCount: 2 });
		expect((await bus.list({ domain: Book.domain })).items).toHaveLength(2);
	});
});

describe("a handler's transaction", () => {
	const points = [1, 2, 3, 4, 5, 6].flatMap((message) => [[message, 'request'] as const, [message, 'answer'] as const]);

	it.each(points)(
		'D9 broken at message %i, before or after it arrives (%s): booked once, completed once',
		async (...point) => {
			const Book = await aBook();
			const proxy = await openProxy(database.url);
			const backend = database.openBackend({ connection: proxy.url, listen: database.url });
			let runs = 0;
			const handlers = createHandlers<Queryable>().on(Book, ({ commandId }, context) => {
				runs++;
				// The first attempt only: message 1 is the begin, 2 looks at the lease, 3 books, 4 settles, 5 commits.
				if (runs === 1) proxy.cutAt(...point);
				return context.transaction(async (tx) => {
					await tx.query('insert into booking (command_id) values ($1::uuid)', [commandId]);
				});
			});
			const worker = createWorker({
				backend,
				domain: Book.domain,
				handlers,
				leaseSeconds: 2,
				pollIntervalMs: 3_600_000,
				retry: { maxAttempts: 10, backoff: { kind: 'fixed', delaysSeconds: [0] } },
			});
			await worker.start();
			onTestFinished(async () => {
				await worker.stop();
			});
			const bus = createCommandBus(direct);

			const receipt = await bus.send(Book, { n: 1 }, { replyTo: `${Book.domain}__replies` });
			const outcome = await bus.waitFor(receipt, { timeoutMs: 30_000 });

			expect(outcome.status).toBe('COMPLETED');
			expect(await tallyOf(database.query, Book.domain)).toEqual(exactly(1));
		},
	);
});
