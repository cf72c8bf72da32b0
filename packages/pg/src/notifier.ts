/**
 * Wake-ups after the commit, coalesced: while one notification is under way, the topics of the next are collected. A NOTIFY inside the
 * sending transaction would take PostgreSQL's global commit lock for each send. Losing one costs a poll interval, nothing else.
 */
import type { Database } from './database.ts';
import { wake } from './statements/domains.ts';

export interface Notifier {
	notify(topics: Iterable<string>): void;
}

export const commandTopic = (domain: string): string => `commands:${domain}`;
export const replyTopic = (queue: string): string => `replies:${queue}`;

/** The channel of a topic. PostgreSQL's limit for its name is 63 bytes; `cb:commands:` and a domain or queue stay below. */
export const channelOf = (topic: string): string => `cb:${topic}`;

export function createNotifier(database: Database): Notifier {
	const collected = new Set<string>();
	let isUnderWay = false;

	async function flush(): Promise<void> {
		isUnderWay = true;
		while (collected.size > 0) {
			const topics = [...collected];
			collected.clear();
			// A hint that does not get through is made up for by the poll of whoever waits.
			await database.run((db) => wake(db, topics)).catch(() => undefined);
		}
		isUnderWay = false;
	}

	return {
		notify(topics) {
			for (const topic of topics) collected.add(topic);
			if (!isUnderWay && collected.size > 0) void flush();
		},
	};
}
