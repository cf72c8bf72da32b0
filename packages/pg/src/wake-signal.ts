/**
 * LISTEN on a connection of its own, shared by all subscriptions of the backend, re-established for ever with jittered delays. Poolers in
 * transaction mode cannot carry it: without it everything works by polling.
 */
import type { Clock, WakeSignal, WakeTopic } from '@cb/core';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { timedQuery } from './database.ts';
import { channelOf, commandTopic, replyTopic } from './notifier.ts';

const heartbeatMs = 10_000;
const heartbeatTimeoutMs = 5_000;

interface Subscription {
	readonly channel: string;
	readonly wake: () => void;
}

export interface ListeningWakeSignal extends WakeSignal {
	close(): Promise<void>;
}

/** `config` undefined: nothing is listened to, whoever waits polls. */
export function createWakeSignal(config: ClientConfig | undefined, clock: Clock): ListeningWakeSignal {
	const subscriptions = new Set<Subscription>();
	const ending = new AbortController();
	let client: Client | undefined;
	let connecting: Promise<void> | undefined;

	async function connectForEver(clientConfig: ClientConfig): Promise<void> {
		for (let attempt = 0; !ending.signal.aborted && subscriptions.size > 0; attempt++) {
			if (await connectOnce(clientConfig)) return;
			await clock.sleep(Math.min(100 * 2 ** attempt, 5_000) * (0.5 + Math.random()), ending.signal);
		}
	}

	async function connectOnce(clientConfig: ClientConfig): Promise<boolean> {
		const next = new Client({ ...clientConfig, keepAlive: true, connectionTimeoutMillis: 5_000 });
		next.on('error', () => {
			lose(next);
		});
		next.on('end', () => {
			lose(next);
		});
		next.on('notification', ({ channel }) => {
			for (const subscription of subscriptions) if (subscription.channel === channel) subscription.wake();
		});
		try {
			await next.connect();
			await listenToAll(next);
		} catch {
			await next.end().catch(() => undefined);
			return false;
		}
		if (ending.signal.aborted) {
			await next.end().catch(() => undefined);
			return true;
		}
		client = next;
		void watch(next);
		// Whatever was sent while nobody listened is looked for now.
		for (const subscription of subscriptions) subscription.wake();
		return true;
	}

	/** Also to what is subscribed to meanwhile, so that nobody is forgotten between two awaits. */
	async function listenToAll(next: Client): Promise<void> {
		const listened = new Set<string>();
		for (;;) {
			const missing = [...subscriptions].find(({ channel }) => !listened.has(channel));
			if (missing === undefined) return;
			await listen(next, missing.channel);
			listened.add(missing.channel);
		}
	}

	/** A connection that a network cut left half open looks alive; asking it now and then finds out. */
	async function watch(watched: Client): Promise<void> {
		while (client === watched) {
			await clock.sleep(heartbeatMs, ending.signal);
			if (client !== watched) return;
			await ping(watched).catch(() => {
				lose(watched);
			});
		}
	}

	function lose(lost: Client): void {
		if (client !== lost) return;
		client = undefined;
		void lost.end().catch(() => undefined);
		ensureConnected();
	}

	function ensureConnected(): void {
		if (config === undefined || client !== undefined || connecting !== undefined || ending.signal.aborted) return;
		connecting = connectForEver(config).finally(() => {
			connecting = undefined;
			if (client === undefined && subscriptions.size > 0) ensureConnected();
		});
	}

	return {
		async subscribe(topic, wake) {
			const subscription: Subscription = { channel: channelOf(topicText(topic)), wake };
			subscriptions.add(subscription);
			ensureConnected();
			if (client !== undefined) {
				await listen(client, subscription.channel).then(wake, () => undefined);
			}
			return {
				isListening: () => client !== undefined && subscriptions.has(subscription),
				close() {
					subscriptions.delete(subscription);
					return Promise.resolve();
				},
			};
		},
		async close() {
			ending.abort();
			subscriptions.clear();
			const open = client;
			client = undefined;
			await open?.end().catch(() => undefined);
			await connecting;
		},
	};
}

async function ping(client: Client): Promise<void> {
	await client.query(timedQuery('select', [], heartbeatTimeoutMs));
}

async function listen(client: Client, channel: string): Promise<void> {
	await client.query(`listen ${client.escapeIdentifier(channel)}`);
}

function topicText(topic: WakeTopic): string {
	return topic.kind === 'commands' ? commandTopic(topic.domain) : replyTopic(topic.queue);
}
