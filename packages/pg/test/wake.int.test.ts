/** Waking: soon after the commit, not once per command, on a connection that comes back; and nothing depends on it. */
import { randomUUID } from 'node:crypto';
import {
	commandRequest,
	createCommandBus,
	createHandlers,
	createSystemClock,
	createWorker,
	defineCommand,
} from '@cb/core';
import type { CommandDefinition, WakeSubscription, WakeTopic } from '@cb/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { PgBackend, Queryable } from '../src/index.ts';
import { openProxy } from './open-proxy.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();
const bus = createCommandBus(backend);

async function aDefinition(): Promise<CommandDefinition<{ n: number }>> {
	return defineCommand({ domain: await database.newDomain(), type: 'Count', data: z.object({ n: z.int() }) });
}

/** Hears the raw notifications of channels, on a connection of its own, with what can be seen when one arrives. */
async function hear(...channels: readonly string[]): Promise<readonly string[]> {
	const client = await database.connect();
	const heard: string[] = [];
	client.on('notification', ({ channel }) => heard.push(channel));
	for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
	return heard;
}

const channelOf = ({ domain }: { readonly domain: string }): string => `cb:commands:${domain}`;

/** Everything notified before this has been heard when it returns. */
async function fence(heard: readonly string[], ...channels: readonly string[]): Promise<void> {
	await database.query('select pg_notify(channel, $2) from unnest($1::text[]) channel', [channels, 'fence']);
	await expect.poll(() => channels.every((channel) => heard.includes(channel))).toBe(true);
}

interface Subscriber {
	readonly subscription: WakeSubscription;
	readonly wakeCount: () => number;
}

async function subscribe(to: PgBackend, topic: WakeTopic): Promise<Subscriber> {
	let count = 0;
	const subscription = await to.wake.subscribe(topic, () => {
		count++;
	});
	onTestFinished(() => subscription.close());
	await expect.poll(() => subscription.isListening() && count > 0).toBe(true);
	return { subscription, wakeCount: () => count };
}

/** Counts on in what it is told, with a worker that polls rarely unless told otherwise. */
async function startCounting(
	of: PgBackend,
	definition: CommandDefinition<{ n: number }>,
	pollIntervalMs: number,
): Promise<{ readonly handled: readonly number[]; readonly isListening: () => boolean }> {
	const handled: number[] = [];
	const handlers = createHandlers<Queryable>().on(definition, ({ data }) => {
		handled.push((data as { n: number }).n);
	});
	const worker = createWorker({ backend: of, domain: definition.domain, handlers, pollIntervalMs });
	await worker.start();
	onTestFinished(async () => {
		await worker.stop();
	});
	return { handled, isListening: () => worker.health().isListening };
}

const never = 3_600_000;

describe('a lost LISTEN connection', () => {
	it('S4 F9 is made up for by polling, and comes back by itself', async () => {
		const Count = await aDefinition();
		const proxy = await openProxy(database.url);
		const listening = database.openBackend({ listen: proxy.url });
		const worker = await startCounting(listening, Count, 20);
		await expect.poll(worker.isListening).toBe(true);

		proxy.refuse();
		await expect.poll(worker.isListening).toBe(false);
		await bus.send(Count, { n: 1 });
		await expect.poll(() => worker.handled).toEqual([1]);

		proxy.heal();
		await expect.poll(worker.isListening).toBe(true);
		await bus.send(Count, { n: 2 });
		await expect.poll(() => worker.handled).toEqual([1, 2]);
	});

	it('S4 wakes once it is back: what was sent meanwhile is found without a poll', async () => {
		const Count = await aDefinition();
		const proxy = await openProxy(database.url);
		const listening = database.openBackend({ listen: proxy.url });
		const worker = await startCounting(listening, Count, never);
		await expect.poll(worker.isListening).toBe(true);

		proxy.refuse();
		await expect.poll(worker.isListening).toBe(false);
		await bus.send(Count, { n: 1 });
		proxy.heal();

		await expect.poll(() => worker.handled).toEqual([1]);
	});

	it('S4 is noticed also when it only looks alive', async () => {
		const system = createSystemClock();
		const hasty = {
			now: () => system.now(),
			sleep: (ms: number, signal?: AbortSignal) => system.sleep(ms / 50, signal),
		};
		const proxy = await openProxy(database.url);
		const listening = database.openBackend({ listen: proxy.url, clock: hasty });
		const { subscription } = await subscribe(listening, { kind: 'commands', domain: 'payments' });

		proxy.drop();
		await expect.poll(() => subscription.isListening()).toBe(false);
		proxy.heal();

		await expect.poll(() => subscription.isListening()).toBe(true);
	});
});

describe('without LISTEN', () => {
	it('F4 everything works by polling, on no connection of its own', async () => {
		const Count = await aDefinition();
		const polling = database.openBackend({ listen: false, applicationName: 'polls only' });
		const worker = await startCounting(polling, Count, 20);
		const ownBus = createCommandBus(polling);

		const receipt = await ownBus.send(Count, { n: 1 });
		const outcome = await ownBus.waitFor(receipt, { timeoutMs: 20_000 });

		expect(outcome.status).toBe('COMPLETED');
		expect(worker.isListening()).toBe(false);
		const names = await database.query(`select application_name as name from pg_stat_activity where datname = $1`, [
			database.name,
		]);
		expect(names).toContainEqual({ name: 'polls only' });
		expect(names).not.toContainEqual({ name: 'polls only listen' });
	});

	it('F4 a command that nobody was told of costs a poll interval and nothing else', async () => {
		const Count = await aDefinition();
		const worker = await startCounting(backend, Count, 50);
		await expect.poll(worker.isListening).toBe(true);
		// What was sent and is told to nobody: as cb.send does, without the wake-up at its end.
		const message = {
			command_id: randomUUID(),
			correlation_id: randomUUID(),
			command_type: 'Count',
			domain: Count.domain,
			data: { n: 1 },
		};

		await database.query('select cb.accept_commands($1)', [JSON.stringify([{ message }])]);

		await expect.poll(() => worker.handled).toEqual([1]);
	});
});

describe('what is notified', () => {
	it('F3 after the commit: whoever is woken finds the command', async () => {
		const Count = await aDefinition();
		const worker = await startCounting(backend, Count, never);
		await expect.poll(worker.isListening).toBe(true);

		for (let n = 1; n <= 20; n++) {
			await bus.send(Count, { n });
			await expect.poll(() => worker.handled).toHaveLength(n);
		}
	});

	it('F3 on the heels of the commit: whoever waits hears of a send before the sender does', async () => {
		const Count = await aDefinition();
		const heard = await hear(channelOf(Count));
		const proxy = await openProxy(database.url);
		const sender = createCommandBus(database.openBackend({ connection: proxy.url, applicationName: 'held up' }));
		const blocking = await database.connect();
		await blocking.query('begin; lock table cb.command in share mode');
		let isAnswered = false;
		const sending = sender.send(Count, { n: 1 }).then(() => {
			isAnswered = true;
		});
		const waiting = `select from pg_stat_activity where application_name = 'held up' and wait_event_type = 'Lock'`;
		await expect.poll(() => database.query(waiting)).toHaveLength(1);
		proxy.hold();
		await blocking.query('commit');

		await expect.poll(() => heard).toEqual([channelOf(Count)]);
		expect(isAnswered).toBe(false);
		proxy.heal();
		await sending;
	});

	it('A14 one notification per domain and chunk of sendMany, at most', async () => {
		const definitions = [await aDefinition(), await aDefinition(), await aDefinition()];
		const channels = definitions.map(channelOf);
		const heard = await hear(...channels, 'fence');

		const requests = Array.from({ length: 60 }, (_, n) => commandRequest(definitions[n % 3] ?? expect.fail(), { n }));
		await bus.sendMany(requests, { chunkSize: 30 });
		await expect.poll(() => new Set(heard).size).toBe(3);
		await fence(heard, 'fence');

		for (const channel of channels) expect(heard.filter((name) => name === channel).length).toBeLessThanOrEqual(2);
	});

	it('A14 concurrent sends share notifications', async () => {
		const Count = await aDefinition();
		const heard = await hear(channelOf(Count), 'fence');

		await Promise.all(Array.from({ length: 300 }, (_, n) => bus.send(Count, { n })));
		await expect.poll(() => heard.length).toBeGreaterThan(0);
		await fence(heard, 'fence');

		expect(heard.filter((name) => name !== 'fence').length).toBeLessThanOrEqual(30);
	});

	it("A12 in a caller's transaction at its commit, and never after a rollback", async () => {
		const [Kept, Dropped] = [await aDefinition(), await aDefinition()];
		const heard = await hear(channelOf(Kept), channelOf(Dropped), 'fence');
		const client = await database.connect();

		await client.query('begin');
		await bus.send(Dropped, { n: 1 }, { tx: client });
		await client.query('rollback');
		await client.query('begin');
		await bus.send(Kept, { n: 1 }, { tx: client });
		await fence(heard, 'fence');
		expect(heard).toEqual(['fence']);
		await client.query('commit');

		await expect.poll(() => heard).toEqual(['fence', channelOf(Kept)]);
	});

	it("A12 in a caller's transaction that stays open for long, and beside others that are new", async () => {
		const [Late, Soon] = [await aDefinition(), await aDefinition()];
		const heard = await hear(channelOf(Late), channelOf(Soon), 'fence');
		const [slow, quick] = [await database.connect(), await database.connect()];

		await slow.query('begin');
		await bus.createBatch({ commands: [commandRequest(Late, { n: 1 })], tx: slow });
		await quick.query('begin');
		await bus.sendMany([commandRequest(Soon, { n: 1 }), commandRequest(Soon, { n: 2 })], { tx: quick });
		await quick.query('commit');
		await expect.poll(() => heard).toEqual([channelOf(Soon)]);
		await slow.query('commit');

		await expect.poll(() => heard).toEqual([channelOf(Soon), channelOf(Late)]);
	});

	it('tells what was committed before it is closed, and closes beside a transaction that is still open', async () => {
		const Count = await aDefinition();
		const heard = await hear(channelOf(Count));
		const closing = database.openBackend();
		const [done, open] = [await database.connect(), await database.connect()];
		const sender = createCommandBus(closing);

		await open.query('begin');
		await sender.send(Count, { n: 1 }, { tx: open });
		await done.query('begin');
		await sender.send(Count, { n: 2 }, { tx: done });
		await done.query('commit');
		await closing.close();

		await expect.poll(() => heard).toEqual([channelOf(Count)]);
		await open.query('rollback');
	});

	it('A20 by cb.send at the commit of whoever calls it', async () => {
		const Count = await aDefinition();
		const worker = await startCounting(backend, Count, never);
		await expect.poll(worker.isListening).toBe(true);

		await database.query(`select cb.send($1, 'Count', '{"n": 7}')`, [Count.domain]);

		await expect.poll(() => worker.handled).toEqual([7]);
	});

	it('replies, on a queue with the longest name', async () => {
		const queue = 'q'.repeat(47);
		const Count = await aDefinition();
		await backend.domains.createReplyQueue(queue);
		const { wakeCount } = await subscribe(backend, { kind: 'replies', queue });
		const before = wakeCount();
		await startCounting(backend, Count, 50);

		await bus.send(Count, { n: 1 }, { replyTo: queue });

		await expect.poll(wakeCount).toBeGreaterThan(before);
		expect(await backend.replies.receive(queue, 10, 30)).toHaveLength(1);
	});
});
