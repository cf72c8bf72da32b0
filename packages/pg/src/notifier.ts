/**
 * Wake-ups after the commit, coalesced: while one notification is under way, and for a moment after it, the topics of the next are collected.
 * A NOTIFY inside the sending transaction would take PostgreSQL's global commit lock for each send. Losing one costs a poll interval,
 * nothing else.
 */
import type { Clock } from '@cb/core';
import type { Database } from './database.ts';
import type { Session } from './queryable.ts';
import { readTransactionOutcomes, wake } from './statements/domains.ts';

export interface Notifier {
	/** For what is committed. */
	notify(topics: Iterable<string>): void;
	/**
	 * For what a statement commits. Where the connection can carry it, the notification is sent behind the statement without waiting for its
	 * answer: whoever waits is told sooner by a round trip, for nothing if the statement fails.
	 */
	notifyWith<Result>(db: Session, topics: readonly string[], statement: () => Promise<Result>): Promise<Result>;
	/** For what a transaction of somebody else's wrote: told soon after it commits, and not at all if it rolls back. */
	notifyAfterCommit(transactionId: string, topics: readonly string[]): void;
	/** Resolves when what is committed has been told: a sender that ends at once must not take its wake-up with it. */
	close(): Promise<void>;
}

export const commandTopic = (domain: string): string => `commands:${domain}`;
export const replyTopic = (queue: string): string => `replies:${queue}`;

/** The channel of a topic. PostgreSQL's limit for its name is 63 bytes; `cb:commands:` and a domain or queue stay below. */
export const channelOf = (topic: string): string => `cb:${topic}`;

/** Under load nobody waits for a notification: whoever is at work looks again by itself. */
const pauseMs = 4;

/** A transaction is looked at after this time, and then each time it has become twice as old, up to the longest pause. */
const firstLookMs = 5;
const longestLookMs = 250;
/** Whoever has not committed by then is left to the poll. */
const longestTransactionMs = 60_000;

export function createNotifier(database: Database, clock: Clock): Notifier {
	const collected = new Set<string>();
	let underWay: Promise<void> | undefined;

	/** A hint that does not get through is made up for by the poll of whoever waits. */
	async function tell(telling: Promise<void>): Promise<void> {
		await telling.catch(() => undefined);
		await clock.sleep(pauseMs);
	}

	async function flush(): Promise<void> {
		while (collected.size > 0) {
			const topics = [...collected];
			collected.clear();
			await tell(database.run((db) => wake(db, topics)));
		}
		underWay = undefined;
	}

	function notify(topics: Iterable<string>): void {
		for (const topic of topics) collected.add(topic);
		if (collected.size > 0) underWay ??= flush();
	}

	async function notifyWith<Result>(
		db: Session,
		topics: readonly string[],
		statement: () => Promise<Result>,
	): Promise<Result> {
		const running = statement();
		if (db.isPipelined && topics.length > 0 && underWay === undefined) {
			underWay = tell(wake(db, topics)).then(flush);
			return running;
		}
		const result = await running;
		notify(topics);
		return result;
	}

	const open = openTransactions({ database, clock, notify });
	return {
		notify,
		notifyWith,
		notifyAfterCommit: (transactionId, topics) => {
			open.add(transactionId, topics);
		},
		async close() {
			await open.close();
			await underWay;
		},
	};
}

interface Watching {
	readonly database: Database;
	readonly clock: Clock;
	readonly notify: (topics: readonly string[]) => void;
}

interface Watched {
	readonly topics: Set<string>;
	readonly since: number;
}

/** The transactions of callers that wrote something and whose end is not known yet. One statement looks at all of them. */
function openTransactions({ database, clock, notify }: Watching) {
	const watched = new Map<string, Watched>();
	let watching: Promise<void> | undefined;
	let nap = new AbortController();
	let napMs = 0;
	let isClosed = false;

	async function look(): Promise<void> {
		const outcomes = await database
			.run((db) => readTransactionOutcomes(db, [...watched.keys()]))
			.catch(() => new Map<string, boolean>());
		for (const [id, hasCommitted] of outcomes) {
			if (hasCommitted) notify([...(watched.get(id)?.topics ?? [])]);
			watched.delete(id);
		}
		for (const [id, { since }] of watched) if (clock.now() - since > longestTransactionMs) watched.delete(id);
	}

	/** As long again as the youngest has been open. */
	function timeToNextLook(): number {
		const youngestMs = clock.now() - Math.max(...[...watched.values()].map(({ since }) => since));
		return Math.min(Math.max(youngestMs, firstLookMs), longestLookMs);
	}

	async function watch(): Promise<void> {
		while (watched.size > 0 && !isClosed) {
			nap = new AbortController();
			napMs = timeToNextLook();
			await clock.sleep(napMs, nap.signal);
			await look();
		}
		watching = undefined;
	}

	return {
		add(id: string, topics: readonly string[]) {
			const transaction = watched.get(id) ?? { topics: new Set(), since: clock.now() };
			for (const topic of topics) transaction.topics.add(topic);
			watched.set(id, transaction);
			if (watching === undefined) watching = watch();
			// Whoever is new is not to wait as long as those that are old.
			else if (napMs > firstLookMs) nap.abort();
		},
		/** After one last look. */
		async close() {
			isClosed = true;
			nap.abort();
			await watching;
		},
	};
}
