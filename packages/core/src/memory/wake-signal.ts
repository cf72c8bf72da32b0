/** Wakes subscribers in the same program after a commit that brought work. */
import type { WakeSignal, WakeTopic } from '../ports/wake-signal.ts';

export interface MemoryWakeSignal extends WakeSignal {
	/** Wakes the subscribers of each topic once, however often it is named. */
	notify(topics: readonly WakeTopic[]): void;
}

export function createWakeSignal(): MemoryWakeSignal {
	const subscribers = new Map<string, Set<() => void>>();

	return {
		subscribe: (topic, wake) => {
			const name = nameOf(topic);
			const others = subscribers.get(name) ?? new Set();
			// One subscriber may come twice: each subscription is a function of its own.
			const subscription = (): void => {
				if (others.has(subscription)) wake();
			};
			others.add(subscription);
			subscribers.set(name, others);
			queueMicrotask(subscription);
			return Promise.resolve({
				isListening: () => others.has(subscription),
				close: () => {
					others.delete(subscription);
					return Promise.resolve();
				},
			});
		},
		notify: (topics) => {
			for (const name of new Set(topics.map(nameOf))) {
				for (const wake of subscribers.get(name) ?? []) queueMicrotask(wake);
			}
		},
	};
}

function nameOf(topic: WakeTopic): string {
	return topic.kind === 'commands' ? `commands ${topic.domain}` : `replies ${topic.queue}`;
}
