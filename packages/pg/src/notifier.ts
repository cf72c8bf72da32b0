/**
 * Wake-ups after the commit, coalesced: while one notification is under way, the topics of the next are collected. A NOTIFY inside the
 * sending transaction would take PostgreSQL's global commit lock for each send. Losing one costs a poll interval, nothing else.
 */
import type { Database } from './database.ts';
import { wake } from './statements/domains.ts';

export interface Notifier {
	notify(topics: Iterable<string>): void;
	/** Resolves when what was to be told has been told: a sender that ends at once must not take its wake-up with it. */
	idle(): Promise<void>;
}

export const commandTopic = (domain: string): string => `commands:${domain}`;
export const replyTopic = (queue: string): string => `replies:${queue}`;

/** The channel of a topic. PostgreSQL's limit for its name is 63 bytes; `cb:commands:` and a domain or queue stay below. */
export const channelOf = (topic: string): string => `cb:${topic}`;

export function createNotifier(database: Database): Notifier {
	const collected = new Set<string>();
	let underWay: Promise<void> | undefined;

	async function flush(): Promise<void> {
		while (collected.size > 0) {
			const topics = [...collected];
			collected.clear();
			// A hint that does not get through is made up for by the poll of whoever waits.
			await database.run((db) => wake(db, topics)).catch(() => undefined);
		}
		underWay = undefined;
	}

	return {
		notify(topics) {
			for (const topic of topics) collected.add(topic);
			if (collected.size > 0) underWay ??= flush();
		},
		idle: async () => underWay,
	};
}
