/**
 * BullMQ 6 on Redis, a reference that is not PostgreSQL: a concurrency per worker (https://docs.bullmq.io/guide/workers/concurrency),
 * `addBulk` (https://docs.bullmq.io/guide/queues/adding-bulks) and finished jobs removed (https://docs.bullmq.io/guide/going-to-production).
 * A Redis that we start appends to its file and syncs it every second, as that page says; PostgreSQL syncs before it answers.
 */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Consumer, ConsumerOptions, Payload, Sender, System } from './system.ts';

const concurrency = 100;
const task = 'noop';

export const bullmq: System = {
	name: 'bullmq',
	label: 'BullMQ',
	packages: ['bullmq'],
	settings: { concurrency, removeOnComplete: true },
	prepare: () => Promise.resolve(),
	async countOpen(url) {
		const { queue, close } = openQueue(url);
		const count = await countIn(queue);
		await close();
		return count;
	},
	openSender: (url) => Promise.resolve(openSender(url)),
	openConsumer: (url, options) => Promise.resolve(openConsumer(url, options)),
};

function openQueue(url: string): { readonly queue: Queue<Payload>; readonly close: () => Promise<void> } {
	const connection = new Redis(url, { maxRetriesPerRequest: null });
	const defaultJobOptions = { removeOnComplete: true, removeOnFail: true };
	const queue = new Queue<Payload>('bench', { connection, defaultJobOptions });
	return {
		queue,
		async close() {
			await queue.close();
			connection.disconnect();
		},
	};
}

async function countIn(queue: Queue<Payload>): Promise<number> {
	const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized');
	return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function openSender(url: string): Sender {
	const { queue, close } = openQueue(url);
	return {
		send: (payload) => queue.add(task, payload),
		sendMany: (payloads) => queue.addBulk(payloads.map((data) => ({ name: task, data }))),
		close,
	};
}

function openConsumer(url: string, options: ConsumerOptions): Consumer {
	const { queue, close } = openQueue(url);
	const connection = new Redis(url, { maxRetriesPerRequest: null });
	const worker = new Worker<Payload>('bench', async ({ data }) => options.handle(data), {
		connection,
		concurrency: options.concurrency ?? concurrency,
	});
	return {
		isDone: async () => (await countIn(queue)) === 0,
		async stop() {
			await worker.close();
			await close();
			connection.disconnect();
		},
	};
}
