/** The examples of docs/reference/commands.md. */
import {
	commandRequest,
	createCommandBus,
	createHandlers,
	createSystemClock,
	createWorker,
	defineCommand,
	domainQueues,
	isCommandBusError,
} from '@cb/core';
import type { CommandBus, Handlers } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import type { InMemoryBackend } from '@cb/core/memory';
import { v5 as idFrom } from 'uuid';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

// #region define
const ChargeCard = defineCommand({
	domain: 'shop', // whose workers handle it
	type: 'ChargeCard', // unique in its domain
	data: z.object({ order: z.string(), cents: z.int().positive() }),
	result: z.object({ chargeId: z.string() }),
	retry: { maxAttempts: 5, backoff: { kind: 'exponential', initialSeconds: 1, maximumSeconds: 60 } },
});
// #endregion define

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });

interface Shop {
	readonly backend: InMemoryBackend;
	readonly bus: CommandBus;
}

async function openShop(): Promise<Shop> {
	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	return { backend, bus: createCommandBus(backend) };
}

async function work({ backend }: Shop, handlers: Handlers): Promise<void> {
	const worker = createWorker({ backend, domain: 'shop', handlers });
	await worker.start();
	await backend.clock.advance(5_000);
	await worker.stop();
}

it('sends the same command once, however often it is asked to', async () => {
	const { bus } = await openShop();
	const shopId = '0198c5a0-7f00-7000-8000-000000000003';

	async function charge(order: string): Promise<boolean> {
		// #region idempotent
		const receipt = await bus.send(
			ChargeCard,
			{ order, cents: 1_250 },
			{ commandId: idFrom(order, shopId), onDuplicate: 'return-existing' },
		);
		// #endregion idempotent
		return receipt.isDuplicate;
	}

	expect(await charge('O-1')).toBe(false);
	expect(await charge('O-1')).toBe(true);
	expect(await charge('O-2')).toBe(false);
});

it('takes a due time, a reply queue and a retry policy', async () => {
	const { bus } = await openShop();

	// #region options
	const receipt = await bus.send(
		ChargeCard,
		{ order: 'O-3', cents: 990 },
		{
			dueAt: new Date('2030-01-01T06:00:00Z'), // or delaySeconds
			replyTo: domainQueues('shop').replies,
			retry: { maxAttempts: 1 },
			headers: { tenant: 'north' },
		},
	);
	// #endregion options

	expect(await bus.get(receipt)).toMatchObject({ status: 'PENDING', maxAttempts: 1, replyTo: 'shop__replies' });
});

it('sends many in chunks and says where it stopped', async () => {
	const { bus } = await openShop();
	const orders = ['O-1', 'O-2', 'O-3'];
	const takenId = '0198c5a0-7f00-7000-8000-000000000004';
	await bus.send(SendMail, { order: 'O-3' }, { commandId: takenId });
	const idOf = (order: string): string | undefined => (order === 'O-3' ? takenId : undefined);

	async function sendAll(): Promise<number> {
		// #region send-many
		const requests = orders.map((order) => commandRequest(SendMail, { order }, { commandId: idOf(order) }));
		try {
			await bus.sendMany(requests, { chunkSize: 2 }); // one transaction per chunk
			return requests.length;
		} catch (error) {
			if (!isCommandBusError(error, 'chunk-refused')) throw error;
			return error.storedCount; // earlier chunks stay; go on from here once the cause is gone
		}
		// #endregion send-many
	}

	expect(await sendAll()).toBe(2);
});

it('opens a batch and tells when it has finished', async () => {
	const shop = await openShop();
	const { bus } = shop;
	const finished: string[] = [];

	// #region batch
	const batch = await bus.createBatch({
		name: 'reminders of March',
		commands: ['O-1', 'O-2'].map((order) => commandRequest(SendMail, { order })),
		completionQueue: domainQueues('shop').replies, // durable; the listener lives in this process only
	});
	bus.onBatchFinished(batch, ({ status, completedCount }) => {
		finished.push(`${status} ${completedCount}`);
	});
	// #endregion batch
	await work(
		shop,
		createHandlers().on(SendMail, () => undefined),
	);

	expect(finished).toEqual(['COMPLETED 2']);
	expect(await bus.getBatch(batch)).toMatchObject({ name: 'reminders of March', totalCount: 2, parkedCount: 0 });
});

it('waits, cancels and looks', async () => {
	const shop = await openShop();
	const { bus } = shop;
	const receipt = await bus.send(SendMail, { order: 'O-1' }, { delaySeconds: 60 });

	// #region cancel
	await bus.cancel(receipt, { reason: 'the order was withdrawn' }); // only while no worker has received it
	// #endregion cancel
	expect((await bus.get(receipt))?.status).toBe('CANCELED');

	const other = await bus.send(SendMail, { order: 'O-2' });
	const waiting = (async () => {
		// #region wait
		const { status, result, error } = await bus.waitFor(other, { timeoutMs: 10_000, until: 'settled' });
		// #endregion wait
		return { status, result, error };
	})();
	await work(
		shop,
		createHandlers().on(SendMail, () => 'sent'),
	);
	expect(await waiting).toEqual({ status: 'COMPLETED', result: 'sent', error: null });

	// #region look
	const record = await bus.get(other);
	const trail = await bus.history(other);
	const failed = await bus.list({ domain: 'shop', status: 'FAILED' }, { limit: 50 });
	// #endregion look
	expect(record?.attempts).toBe(1);
	expect(trail.map(({ type }) => type)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
	expect(failed.items).toEqual([]);
});

it('gives a handler what it needs', async () => {
	const shop = await openShop();
	const { bus } = shop;
	const charge = async (order: string, signal: AbortSignal): Promise<string> => {
		await shop.backend.clock.sleep(1, signal);
		return `C-${order}`;
	};

	// #region handler
	const handlers = createHandlers()
		.on(ChargeCard, async ({ data }, { attempt, maxAttempts, signal, logger, send }) => {
			logger.info({ order: data.order }, `attempt ${attempt} of ${maxAttempts}`);
			const chargeId = await charge(data.order, signal); // give up when the lease is lost or the worker stops
			await send(SendMail, { order: data.order }); // a child: same correlation id, caused by this command
			return { chargeId };
		})
		.on(SendMail, () => undefined, { retry: { maxAttempts: 10 } });
	// #endregion handler
	const receipt = await bus.send(ChargeCard, { order: 'O-1', cents: 100 });
	await work(shop, handlers);

	expect(await bus.get(receipt)).toMatchObject({ status: 'COMPLETED', result: { chargeId: 'C-O-1' } });
	const { items } = await bus.list({ correlationId: receipt.correlationId });
	expect(items.map(({ commandType, causationId }) => [commandType, causationId])).toContainEqual([
		'SendMail',
		receipt.commandId,
	]);
});

it('runs a worker from start to stop', async () => {
	const backend = createInMemoryBackend({ clock: createSystemClock() });
	const bus = createCommandBus(backend);
	const handlers = createHandlers().on(SendMail, () => undefined);

	// #region worker
	const worker = createWorker({
		backend,
		domain: 'shop',
		handlers,
		createDomain: true,
		concurrency: 20,
		leaseSeconds: 30,
		maxRunSeconds: 300,
	});
	await worker.start();
	// … until SIGTERM:
	const { finished, released, abandoned } = await worker.stop({ timeoutMs: 20_000 });
	// #endregion worker
	onTestFinished(() => bus.close());

	expect([finished, released, abandoned]).toEqual([0, 0, 0]);
});
