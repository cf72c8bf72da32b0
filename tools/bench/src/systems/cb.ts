/** Our public API at its defaults; only how many handlers run at a time is said, because every application says that. */
import { commandRequest, createCommandBus, createHandlers, createWorker, domainQueues } from '@cb/core';
import type { CommandOptions } from '@cb/core';
import { createPgBackend, migrate } from '@cb/pg';
import { Noop } from '../noop-command.ts';
import { countRows } from './left-check.ts';
import type { BulkOptions, Consumer, ConsumerOptions, Sender, System } from './system.ts';

const concurrency = 100;

export const cb: System = {
	name: 'cb',
	label: 'cb',
	packages: ['@cb/core', '@cb/pg'],
	settings: { concurrency, everythingElse: 'default' },
	async prepare(url) {
		await migrate(url);
		const backend = createPgBackend({ connection: url });
		await backend.domains.create('bench');
		await backend.close();
	},
	countOpen: (url) => countRows(url, 'select 1 from cb.command where completed_at is null'),
	openSender: (url) => Promise.resolve(openSender(url)),
	openConsumer,
};

function openSender(url: string): Sender {
	const backend = createPgBackend({ connection: url });
	const bus = createCommandBus(backend);
	return {
		send: (payload) => bus.send(Noop, payload),
		sendInTransaction: (client, payload) => bus.send(Noop, payload, { tx: client }),
		sendMany(payloads, options) {
			const requests = payloads.map((payload) => commandRequest(Noop, payload, commandOptions(options)));
			return options.asBatch === true ? bus.createBatch({ commands: requests }) : bus.sendMany(requests);
		},
		async close() {
			await bus.close();
			await backend.close();
		},
	};
}

function commandOptions({ withReply, delaySeconds }: BulkOptions): CommandOptions {
	return { replyTo: withReply === true ? domainQueues('bench').replies : undefined, delaySeconds };
}

async function openConsumer(url: string, options: ConsumerOptions): Promise<Consumer> {
	const backend = createPgBackend({ connection: url });
	let unsettled = 0;
	const worker = createWorker({
		backend,
		domain: 'bench',
		concurrency: options.concurrency ?? concurrency,
		retry:
			options.backoffSeconds === undefined
				? undefined
				: { backoff: { kind: 'fixed', delaysSeconds: [options.backoffSeconds] } },
		handlers: createHandlers().on(Noop, ({ data }) => {
			unsettled++;
			return options.handle({ number: data.number, sentAt: data.sentAt ?? Number.NaN });
		}),
		telemetry: {
			emit(event) {
				if (event.kind === 'commands-settled') unsettled -= event.count;
			},
		},
	});
	await worker.start();
	return {
		isDone: () => Promise.resolve(unsettled === 0),
		async stop() {
			await worker.stop();
			await backend.close();
		},
	};
}
