/** The Troubleshooting Queue: parked commands, the acts on them, and bulks of acts. */
import type { BulkItem } from '../model/bulk.ts';
import type { Page } from '../model/page.ts';
import type { TroubleshootingFilter, TroubleshootingItem } from '../model/troubleshooting-item.ts';
import type { TroubleshootingStore } from '../ports/troubleshooting-store.ts';
import { changeBulk, freeze, itemsOf, move, recordOfBulk, unsettledItems, work } from './bulks.ts';
import { actOnParked } from './operator-acts.ts';
import { generationsOf, groupsOf, itemOf, parkedItems } from './parked-commands.ts';
import { pageOf } from './paging.ts';
import type { Order } from './paging.ts';
import type { BulkRow } from './rows.ts';
import type { MemoryState, MemoryTransaction, Step } from './state.ts';

const newestParkedFirst: Order<TroubleshootingItem> = {
	shape: ['number', 'string', 'string'],
	keyOf: (item) => [item.parkedAt.getTime(), item.domain, item.commandId],
	direction: 'newest-first',
};

const newestBulkFirst: Order<BulkRow> = {
	shape: ['number', 'string'],
	keyOf: (bulk) => [bulk.createdAt.getTime(), bulk.bulkId],
	direction: 'newest-first',
};

const inOrderOfPosition: Order<BulkItem> = {
	shape: ['number'],
	keyOf: (item) => [item.position],
	direction: 'oldest-first',
};

type Store = TroubleshootingStore<MemoryTransaction>;

export function createTroubleshootingStore(state: MemoryState): Store {
	return {
		...createReads(state),
		...createBulks(state),
		act: (request, tx) => state.step((step) => actOnParked(step, request), tx),
	};
}

function createReads(state: MemoryState): Pick<Store, 'list' | 'count' | 'groups' | 'domains' | 'get' | 'generations'> {
	return {
		list: (filter, page) => state.step((step) => pageOf(parkedItems(step, filter), newestParkedFirst, page)),
		count: (filter) => state.step((step) => parkedItems(step, filter).length),
		groups: (filter) => state.step((step) => groupsOf(parkedItems(step, filter))),
		domains: () => state.step((step) => [...new Set(parkedItems(step, {}).map((item) => item.domain))].sort()),
		get: ({ domain, commandId }) =>
			state.step((step) => {
				const row = step.in('commands', domain).get(commandId);
				return row === undefined ? undefined : itemOf(step, row);
			}),
		generations: (address) => state.step((step) => generationsOf(step, address)),
	};
}

function createBulks(state: MemoryState): Omit<Store, 'act' | keyof ReturnType<typeof createReads>> {
	return {
		freezeBulk: (bulk) => state.step((step) => freeze(step, bulk, inOrder(step, bulk.filter))),
		freezeBulkOfUnsettled: (bulk, sourceBulkId) =>
			state.step((step) => freeze(step, bulk, unsettledItems(step, sourceBulkId))),
		startBulk: (bulkId, digest) =>
			state.step((step) => {
				const bulk = step.in('bulks').get(bulkId);
				if (bulk === undefined) return { kind: 'not-found' };
				if (bulk.status !== 'PREVIEWED') return { kind: 'not-previewed', bulk: recordOfBulk(step, bulk) };
				if (bulk.digest !== digest) return { kind: 'wrong-digest' };
				return { kind: 'started', bulk: changeBulk(step, bulk, { status: 'RUNNING', startedAt: step.now }) };
			}),
		moveBulk: (bulkId, bulkMove) =>
			state.step((step) => {
				const bulk = step.in('bulks').get(bulkId);
				if (bulk === undefined) return { kind: 'not-found' };
				const moved = move(step, bulk, bulkMove);
				return moved === undefined
					? { kind: 'not-allowed', bulk: recordOfBulk(step, bulk) }
					: { kind: 'moved', bulk: moved };
			}),
		workBulk: (limit, bulkId) => state.step((step) => work(step, limit, bulkId)),
		getBulk: (bulkId) =>
			state.step((step) => {
				const bulk = step.in('bulks').get(bulkId);
				return bulk === undefined ? undefined : recordOfBulk(step, bulk);
			}),
		listBulks: (page) =>
			state.step((step) => {
				const shown = pageOf(step.in('bulks').all(), newestBulkFirst, page);
				return { ...shown, items: shown.items.map((bulk) => recordOfBulk(step, bulk)) };
			}),
		bulkItems: (bulkId, status, page) =>
			state.step((step) => {
				const items = itemsOf(step, bulkId).filter((item) => status === undefined || item.status === status);
				return pageOf(items, inOrderOfPosition, page);
			}),
	};
}

/** Everything that matches, in the order in which it is listed. */
function inOrder(step: Step, filter: TroubleshootingFilter): readonly TroubleshootingItem[] {
	const items: TroubleshootingItem[] = [];
	let page: Page<TroubleshootingItem> | undefined;
	do {
		page = pageOf(parkedItems(step, filter), newestParkedFirst, { cursor: page?.nextCursor });
		items.push(...page.items);
	} while (page.nextCursor !== undefined);
	return items;
}
