/** What a store forgets after a while, kind by kind. Each kind has rules of its own on what must stay. */
export const pruneKinds = [
	/** Finished batches. Their members are free to go afterwards. */
	'batches',
	/** Finished process batches. Their processes are free to go afterwards. */
	'process-batches',
	/** Finished processes with their steps and events. */
	'processes',
	/** Ended commands with every message they had, and, unless it is kept, their audit. */
	'commands',
	/** Audit that was kept when its command went. */
	'audit',
	/** Ids of commands that are gone and that are still refused as duplicates. */
	'ids',
	/** Archived messages of ended commands, and of none. */
	'messages',
	/** Replies that nobody could handle. */
	'replies',
	/** Bulks that have ended, or were never started, with their items. */
	'bulks',
	/** Request ids of operators, with their first results. */
	'requests',
] as const;

export type PruneKind = (typeof pruneKinds)[number];
