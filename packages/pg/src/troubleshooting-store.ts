/** Parked commands, and what operators do to them, singly and in bulk. */
import { BulkNotFoundError } from '@cb/core';
import type { BulkRecord, FrozenBulk, TroubleshootingStore } from '@cb/core';
import { parsePage } from './page-rows.ts';
import type { Database } from './database.ts';
import { commandTopic, replyTopic } from './notifier.ts';
import type { Notifier } from './notifier.ts';
import type { Queryable } from './queryable.ts';
import { freezeBulk, listBulkItems, listBulks, moveBulk, readBulk, startBulk, workBulk } from './statements/bulks.ts';
import {
	actOnParkedCommand,
	countItems,
	listGenerations,
	listGroups,
	listItems,
	listParkedDomains,
	readItem,
} from './statements/troubleshooting.ts';

export function createTroubleshootingStore(database: Database, notifier: Notifier): TroubleshootingStore<Queryable> {
	return {
		async list(filter, page) {
			const parsed = parsePage(page, 'time', 'domain', 'id');
			return database.runRepeatable((db) => listItems(db, filter, parsed));
		},
		count: (filter) => database.runRepeatable((db) => countItems(db, filter)),
		groups: (filter) => database.runRepeatable((db) => listGroups(db, filter)),
		domains: () => database.runRepeatable(listParkedDomains),
		get: (address) => database.runRepeatable((db) => readItem(db, address)),
		generations: (address) => database.runRepeatable((db) => listGenerations(db, address)),
		async act(request, tx) {
			if (tx !== undefined) return (await actOnParkedCommand(database.join(tx), request)).outcome;
			const { outcome, answerQueue } = await database.run((db) => actOnParkedCommand(db, request));
			if (answerQueue !== undefined) notifier.notify([replyTopic(answerQueue)]);
			if (outcome.kind === 'done' && request.action === 'retry') notifier.notify([commandTopic(request.domain)]);
			return outcome;
		},
		...createBulks(database, notifier),
	};
}

type Bulks = Pick<
	TroubleshootingStore<Queryable>,
	'freezeBulk' | 'freezeBulkOfUnsettled' | 'startBulk' | 'moveBulk' | 'workBulk' | 'getBulk' | 'listBulks' | 'bulkItems'
>;

function createBulks(database: Database, notifier: Notifier): Bulks {
	const read = (bulkId: string): Promise<BulkRecord | undefined> =>
		database.runRepeatable((db) => readBulk(db, bulkId));
	const freeze = (bulk: FrozenBulk, sourceBulkId?: string): Promise<BulkRecord> =>
		database.transaction(async (tx) => {
			if (sourceBulkId !== undefined && (await readBulk(tx, sourceBulkId)) === undefined)
				throw new BulkNotFoundError(sourceBulkId);
			await freezeBulk(tx, bulk, sourceBulkId);
			const frozen = await readBulk(tx, bulk.bulkId);
			if (frozen === undefined) throw new BulkNotFoundError(bulk.bulkId);
			return frozen;
		});
	return {
		freezeBulk: (bulk) => freeze(bulk),
		freezeBulkOfUnsettled: freeze,
		async startBulk(bulkId, digest) {
			const isStarted = await database.run((db) => startBulk(db, bulkId, digest));
			const bulk = await read(bulkId);
			if (bulk === undefined) return { kind: 'not-found' };
			if (isStarted) return { kind: 'started', bulk };
			return bulk.status === 'PREVIEWED' ? { kind: 'wrong-digest' } : { kind: 'not-previewed', bulk };
		},
		async moveBulk(bulkId, move) {
			const isMoved = await database.run((db) => moveBulk(db, bulkId, move));
			const bulk = await read(bulkId);
			return bulk === undefined ? { kind: 'not-found' } : { kind: isMoved ? 'moved' : 'not-allowed', bulk };
		},
		async workBulk(limit, bulkId) {
			const worked = await database.run((db) => workBulk(db, limit, bulkId));
			if (worked === undefined) return undefined;
			notifier.notify(worked.topics);
			return read(worked.bulkId);
		},
		getBulk: read,
		async listBulks(page) {
			const parsed = parsePage(page, 'time', 'id');
			return database.runRepeatable((db) => listBulks(db, parsed));
		},
		async bulkItems(bulkId, status, page) {
			const parsed = parsePage(page, 'position');
			return database.runRepeatable((db) => listBulkItems(db, { bulkId, status }, parsed));
		},
	};
}
