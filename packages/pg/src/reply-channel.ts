/** Reply queues: leased reading, acknowledged after the effect is stored. */
import { ReplyQueueNotFoundError } from '@cb/core';
import type { ReplyChannel, ReplyLease } from '@cb/core';
import type { Database } from './database.ts';
import { isMissingQueue } from './sqlstate.ts';
import {
	acknowledgeReplies,
	delayReplies,
	listUnhandledReplies,
	receiveReplies,
	setRepliesAside,
} from './statements/replies.ts';

export function createReplyChannel(database: Database): ReplyChannel {
	return {
		receive: (queue, limit, leaseSeconds) =>
			database
				.run((db) => receiveReplies(db, queue, { limit, leaseSeconds }))
				.catch((error: unknown) => {
					throw isMissingQueue(error)
						? new ReplyQueueNotFoundError(queue, 'Receiving replies', { cause: error })
						: error;
				}),
		async acknowledge(leases) {
			for (const [queue, ofQueue] of byQueue(leases, (lease) => lease)) {
				await database.run((db) => acknowledgeReplies(db, queue, ofQueue));
			}
		},
		async retryLater(leases, delaySeconds) {
			for (const [queue, ofQueue] of byQueue(leases, (lease) => lease)) {
				await database.run((db) => delayReplies(db, queue, { leases: ofQueue, delaySeconds }));
			}
		},
		async setAside(replies) {
			for (const [queue, ofQueue] of byQueue(replies, ({ lease }) => lease)) {
				await database.run((db) => setRepliesAside(db, queue, ofQueue));
			}
		},
		listUnhandled: (queue, limit) => database.runRepeatable((db) => listUnhandledReplies(db, queue, limit)),
	};
}

function byQueue<Item>(
	items: readonly Item[],
	leaseOf: (item: Item) => ReplyLease,
): ReadonlyMap<string, readonly Item[]> {
	return Map.groupBy(items, (item) => leaseOf(item).queue);
}
