/** Retention: each chunk is one transaction with a time limit of its own. */
import { InvalidArgumentError } from '@cb/core';
import type { CursorKey, MaintenanceStore, PruneKind } from '@cb/core';
import type { Database } from './database.ts';
import { parsePage } from './page-rows.ts';
import type { KeyPart } from './page-rows.ts';
import { claimMaintenance, pruneChunk, readExpiredAudit, releaseMaintenance } from './statements/maintenance.ts';

/** What the key of a kind's chunks consists of. */
const keyOfKind: Readonly<Record<PruneKind, readonly KeyPart[]>> = {
	batches: ['time', 'domain', 'id'],
	'process-batches': ['time', 'id'],
	processes: ['time', 'id'],
	commands: ['time', 'domain', 'id'],
	audit: ['time', 'domain', 'id'],
	ids: ['time', 'domain', 'id'],
	messages: ['domain', 'time', 'message'],
	replies: ['time', 'queue', 'message'],
	bulks: ['time', 'id'],
	requests: ['time', 'domain', 'id', 'text'],
};

export function createMaintenanceStore(database: Database): MaintenanceStore {
	return {
		claim: (holder, leaseSeconds) => database.run((db) => claimMaintenance(db, holder, leaseSeconds)),
		release: (holder) => database.runRepeatable((db) => releaseMaintenance(db, holder)),
		async prune(request) {
			const after = keyAfter(request, keyOfKind[request.kind]);
			return database.transaction((tx) => pruneChunk(tx, request, after));
		},
		async expiredAudit(request) {
			const after = keyAfter(request, keyOfKind.audit);
			return database.runRepeatable((db) => readExpiredAudit(db, request, after));
		},
	};
}

const maxChunk = 10_000;

/** Throws `InvalidArgumentError` for a chunk that cannot be meant. */
function keyAfter(
	{ limit, after }: { readonly limit: number; readonly after?: string | undefined },
	parts: readonly KeyPart[],
): CursorKey | undefined {
	if (!Number.isInteger(limit) || limit < 1 || limit > maxChunk) {
		throw new InvalidArgumentError(`A chunk looks at 1 to ${String(maxChunk)} rows, not ${String(limit)}.`, [
			{ path: 'limit', message: `must be a whole number from 1 to ${String(maxChunk)}` },
		]);
	}
	return parsePage({ limit: 1, cursor: after }, ...parts).after;
}
