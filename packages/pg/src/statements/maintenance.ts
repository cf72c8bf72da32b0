/** Statements of retention: one chunk per call. */
import { pageCursor } from '@cb/core';
import type { CursorKey, ExpiredAudit, PruneRequest, PruneResult } from '@cb/core';
import { auditEventOf } from '../rows/audit-row.ts';
import { asRows, flag, number, text as textOf, texts } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

const claimText = `
	select cb.claim_maintenance(holder => $1::text, lease_seconds => $2::double precision) as is_claimed`;

const releaseText = `
	select cb.release_maintenance(holder => $1::text)`;

const timeoutText = `
	select set_config('statement_timeout', $1::text, true)`;

const pruneText = `
	select pruned, kept, removed_rows, coalesce(next, '{}') as next
	from cb.prune(kind => $1::text, request => $2::jsonb)`;

const expiredAuditText = `
	select ended_at::text as cursor_time, domain, command_id, sequence::text as sequence, type, generation, attempt, at, details
	from cb.expired_audit(request => $1::jsonb)`;

export async function claimMaintenance(db: Queryable, holder: string, leaseSeconds: number): Promise<boolean> {
	const [row] = asRows((await db.query(claimText, [holder, leaseSeconds])).rows);
	return row !== undefined && flag(row, 'is_claimed');
}

export async function releaseMaintenance(db: Queryable, holder: string): Promise<void> {
	await db.query(releaseText, [holder]);
}

/** In a transaction: the time limit ends with it. */
export async function pruneChunk(tx: Queryable, request: PruneRequest, after?: CursorKey): Promise<PruneResult> {
	const { kind, timeoutMs, ...chunk } = request;
	if (timeoutMs !== undefined) await tx.query(timeoutText, [`${String(timeoutMs)}ms`]);
	const { rows } = await tx.query(pruneText, [kind, JSON.stringify({ ...chunk, after })]);
	const [row] = asRows(rows);
	if (row === undefined) return { pruned: 0, kept: 0, rows: 0 };
	const next = texts(row, 'next');
	const counts = { pruned: number(row, 'pruned'), kept: number(row, 'kept'), rows: number(row, 'removed_rows') };
	return next.length === 0 ? counts : { ...counts, next: pageCursor(next) };
}

export async function readExpiredAudit(
	db: Queryable,
	request: { readonly olderThanSeconds: number; readonly limit: number },
	after?: CursorKey,
): Promise<ExpiredAudit> {
	const { rows } = await db.query(expiredAuditText, [JSON.stringify({ ...request, after })]);
	const found = asRows(rows);
	const events = found.filter((row) => row['sequence'] !== null).map(auditEventOf);
	const byId = new Map(found.map((row) => [`${textOf(row, 'domain')}/${textOf(row, 'command_id')}`, row]));
	const commands = [...byId.values()].map((row) => ({
		domain: textOf(row, 'domain'),
		commandId: textOf(row, 'command_id'),
	}));
	const last = found.at(-1);
	return last === undefined || commands.length < request.limit
		? { events, commands }
		: {
				events,
				commands,
				next: pageCursor([textOf(last, 'cursor_time'), textOf(last, 'domain'), textOf(last, 'command_id')]),
			};
}
