/**
 * graphile-worker 0.18, with the preset of its page on performance: https://worker.graphile.org/docs/performance (24 jobs at a time, a
 * local queue of 500, completions in batches); jobs added in bulk with `addJobs` (https://worker.graphile.org/docs/library/add-job). For
 * latency without the local queue and the batches, as that page advises.
 */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { countRows, createLeftCheck } from './left-check.ts';
import type { Consumer, ConsumerOptions, Payload, Sender, System } from './system.ts';

const connections = 25;
const concurrentJobs = 24;
const localQueueSize = 500;
const task = 'noop';
const openText = 'select 1 from graphile_worker._private_jobs';
const logger = new Logger(() => () => undefined);

export const graphileWorker: System = {
	name: 'graphile-worker',
	label: 'graphile-worker',
	packages: ['graphile-worker'],
	settings: {
		maxPoolSize: connections,
		concurrentJobs,
		localQueueSize,
		completeJobBatchDelay: 0,
		failJobBatchDelay: 0,
		latency: 'no local queue, no batches',
	},
	async prepare(url) {
		const utils = await makeWorkerUtils({ connectionString: url, logger });
		await utils.migrate();
		await utils.release();
	},
	countOpen: (url) => countRows(url, openText),
	openSender,
	openConsumer,
};

async function openSender(url: string): Promise<Sender> {
	const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: connections, logger });
	return {
		send: (payload) => utils.addJob(task, payload),
		sendInTransaction: (client, payload) =>
			client.query('select graphile_worker.add_job($1::text, $2::json)', [task, JSON.stringify(payload)]),
		sendMany: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: task, payload }))),
		async close() {
			await utils.release();
		},
	};
}

async function openConsumer(url: string, { purpose, handle }: ConsumerOptions): Promise<Consumer> {
	const left = createLeftCheck(url, openText);
	const batching =
		purpose === 'throughput'
			? { localQueue: { size: localQueueSize }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
			: {};
	const runner = await run({
		connectionString: url,
		maxPoolSize: connections,
		noHandleSignals: true,
		taskList: { [task]: (payload) => handle(payload as Payload) },
		logger,
		preset: { worker: { concurrentJobs, ...batching } },
	});
	return {
		isDone: left.isNothing,
		async stop() {
			await runner.stop();
			await left.close();
		},
	};
}
