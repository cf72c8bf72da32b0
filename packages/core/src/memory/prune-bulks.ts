/** Bulks, item by item: one with many items goes in several chunks. */
import { pageCursor } from '../model/page.ts';
import type { PruneRequest, PruneResult } from '../ports/maintenance-store.ts';
import { itemsOf } from './bulks.ts';
import type { Step } from './state.ts';
import type { BulkRow } from './rows.ts';

/** The oldest that is over loses up to `limit` items, and goes with its last one. */
export function pruneBulks(step: Step, { olderThanSeconds, limit, isDryRun }: PruneRequest): PruneResult {
	const cutoff = new Date(step.now.getTime() - olderThanSeconds * 1000);
	const over = [...step.in('bulks').all()].filter((bulk) => isOver(bulk, cutoff));
	if (isDryRun === true) return { pruned: over.length, kept: 0, rows: over.length };
	const [bulk, following] = over;
	if (bulk === undefined) return { pruned: 0, kept: 0, rows: 0 };
	const items = itemsOf(step, bulk.bulkId);
	for (const { position } of items.slice(0, limit)) step.in('bulkItems', bulk.bulkId).remove(String(position));
	const next = pageCursor([bulk.createdAt.getTime(), bulk.bulkId]);
	if (items.length > limit) return { pruned: 0, kept: 0, rows: limit, next };
	step.in('bulks').remove(bulk.bulkId);
	return { pruned: 1, kept: 0, rows: items.length + 1, ...(following === undefined ? {} : { next }) };
}

function isOver({ status, createdAt, completedAt }: BulkRow, cutoff: Date): boolean {
	return status === 'PREVIEWED' ? createdAt <= cutoff : completedAt !== null && completedAt <= cutoff;
}
