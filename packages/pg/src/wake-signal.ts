/**
 * Wake-ups through LISTEN, on one connection shared by all subscriptions of the backend. Poolers in transaction mode cannot carry it: without
 * it everything works by polling.
 */
import type { Clock, WakeSignal, WakeTopic } from '@cb/core';
import { ListenConnection } from './listen-connection.ts';
import type { ListenConnectionParts } from './listen-connection.ts';
import { channelOf, commandTopic, replyTopic } from './notifier.ts';

interface Subscription {
	readonly channel: string;
	readonly wake: () => void;
}

export interface ClosableWakeSignal extends WakeSignal {
	close(): Promise<void>;
}

/** `server` undefined: nothing is listened to, whoever waits polls. */
export function createWakeSignal(
	server: Pick<ListenConnectionParts, 'hosts' | 'applicationName'> | undefined,
	clock: Clock,
): ClosableWakeSignal {
	const subscriptions = new Set<Subscription>();
	const wake = (isMeant: (subscription: Subscription) => boolean): void => {
		for (const subscription of subscriptions) if (isMeant(subscription)) subscription.wake();
	};
	const connection =
		server &&
		new ListenConnection({
			...server,
			clock,
			channels: () => new Set([...subscriptions].map(({ channel }) => channel)),
			onNotification: (channel) => {
				wake((subscription) => subscription.channel === channel);
			},
			onConnected: () => {
				wake(() => true);
			},
		});

	return {
		async subscribe(topic, wakeSubscriber) {
			const subscription: Subscription = { channel: channelOf(topicText(topic)), wake: wakeSubscriber };
			subscriptions.add(subscription);
			connection?.ensureConnected();
			if (await connection?.listen(subscription.channel)) wakeSubscriber();
			return {
				isListening: () => connection?.isListening === true && subscriptions.has(subscription),
				close() {
					subscriptions.delete(subscription);
					return Promise.resolve();
				},
			};
		},
		async close() {
			subscriptions.clear();
			await connection?.close();
		},
	};
}

function topicText(topic: WakeTopic): string {
	return topic.kind === 'commands' ? commandTopic(topic.domain) : replyTopic(topic.queue);
}
