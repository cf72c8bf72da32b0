/**
 * pg-boss 12. For throughput: jobs by the batch, fetched again at once while batches come back full (https://pgboss.io/api/workers:
 * `batchSize`, `burstWhenBatchFull`, `localConcurrency`), a table of the queue's own (https://pgboss.io/api/queues: `partition`), bulk
 * inserts (https://pgboss.io/api/jobs: `insert`). For latency: LISTEN and NOTIFY (https://pgboss.io/api/constructor: `useListenNotify`).
 */
import { PgBoss } from 'pg-boss';
import { countRows, createLeftCheck } from './left-check.ts';
import type { Consumer, ConsumerOptions, Payload, Purpose, Sender, System } from './system.ts';

const connections = 20;
const batchSize = 500;
const workers = 2;
const pollingIntervalSeconds = 0.5;

export const pgBoss: System = {
	name: 'pg-boss',
	label: 'pg-boss',
	packages: ['pg-boss'],
	settings: {
		connections,
		batchSize,
		localConcurrency: workers,
		burstWhenBatchFull: true,
		partition: true,
		pollingIntervalSeconds,
		latency: 'useListenNotify, notify, localConcurrency 10',
	},
	async prepare(url) {
		const boss = await start(url, 'throughput');
		await boss.createQueue(queueOf('throughput'), { partition: true });
		await boss.createQueue(queueOf('latency'), { partition: true, notify: true });
		await boss.stop();
	},
	countOpen: (url, purpose) => countRows(url, openText(purpose)),
	openSender,
	openConsumer,
};

function queueOf(purpose: Purpose): string {
	return `bench-${purpose}`;
}

function openText(purpose: Purpose): string {
	return `select 1 from pgboss.job where name = '${queueOf(purpose)}' and state < 'completed'`;
}

async function start(url: string, purpose: Purpose): Promise<PgBoss> {
	const boss = new PgBoss({
		connectionString: url,
		max: connections,
		schedule: false,
		supervise: false,
		useListenNotify: purpose === 'latency',
	});
	boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
	return boss.start();
}

async function openSender(url: string, purpose: Purpose): Promise<Sender> {
	const boss = await start(url, 'throughput');
	const queue = queueOf(purpose);
	return {
		send: (payload) => boss.send(queue, payload),
		sendInTransaction: (client, payload) =>
			boss.send(queue, payload, { db: { executeSql: (text, values) => client.query(text, values) } }),
		sendMany: (payloads) =>
			boss.insert(
				queue,
				payloads.map((data) => ({ data })),
			),
		close: () => boss.stop({ graceful: false }),
	};
}

async function openConsumer(url: string, { purpose, handle }: ConsumerOptions): Promise<Consumer> {
	const boss = await start(url, purpose);
	const queue = queueOf(purpose);
	const left = createLeftCheck(url, openText(purpose));
	const options =
		purpose === 'throughput'
			? { batchSize, localConcurrency: workers, burstWhenBatchFull: true, pollingIntervalSeconds }
			: { batchSize: 1, localConcurrency: 10, pollingIntervalSeconds };
	await boss.work<Payload>(queue, options, async (jobs) => {
		await Promise.all(jobs.flatMap(({ data }) => handle(data) ?? []));
	});
	return {
		isDone: left.isNothing,
		async stop() {
			await boss.stop();
			await left.close();
		},
	};
}
