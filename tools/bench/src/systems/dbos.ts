/**
 * DBOS Transact 5: workflows enqueued by its client (https://docs.dbos.dev/typescript/reference/client) and run from a queue with a
 * concurrency per worker (https://docs.dbos.dev/typescript/tutorials/queue-tutorial), polled as often as is sensible (`minPollingIntervalMs`).
 * It has no call that enqueues many.
 */
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { countRows, createLeftCheck } from './left-check.ts';
import type { Consumer, ConsumerOptions, Payload, Sender, System } from './system.ts';

const connections = 20;
const workerConcurrency = 100;
const minPollingIntervalMs = 50;
const application = { name: 'bench', applicationVersion: 'bench' };
const work = { queueName: 'bench', workflowName: 'noop' };

export const dbos: System = {
	name: 'dbos',
	label: 'DBOS',
	packages: ['@dbos-inc/dbos-sdk'],
	settings: { connections, workerConcurrency, minPollingIntervalMs },
	async prepare(url) {
		configure(url);
		await DBOS.launch();
		await DBOS.registerQueue(work.queueName, { workerConcurrency, minPollingIntervalMs });
		await DBOS.shutdown();
	},
	countOpen: (url) => countRows(url, openText),
	openSender,
	openConsumer,
};

const openText = `select 1 from dbos.workflow_status where status in ('ENQUEUED', 'PENDING')`;

function configure(url: string): void {
	DBOS.setConfig({
		...application,
		systemDatabaseUrl: url,
		systemDatabasePoolSize: connections,
		logLevel: 'error',
	});
}

async function openSender(url: string): Promise<Sender> {
	const client = await DBOSClient.create({
		systemDatabaseUrl: url,
		systemDatabasePoolSize: connections,
		applicationName: application.name,
	});
	return {
		send: (payload) => client.enqueue(work, payload),
		sendInTransaction: (tx, payload) => client.enqueueInTransaction(tx, work, payload),
		close: () => client.destroy(),
	};
}

async function openConsumer(url: string, { handle }: ConsumerOptions): Promise<Consumer> {
	const left = createLeftCheck(url, openText);
	DBOS.registerWorkflow(async (payload: Payload) => handle(payload), { name: work.workflowName });
	configure(url);
	await DBOS.launch();
	return {
		isDone: left.isNothing,
		async stop() {
			await DBOS.shutdown();
			await left.close();
		},
	};
}
