/** Database roles by kind of work, for whoever has no connection open: a command line, a deployment script. */
import type { Queryable } from './queryable.ts';
import { withClient } from './with-client.ts';
import { grantPrivileges, readMissingPrivileges, revokePrivileges } from './statements/roles.ts';
import type { RoleKind } from './statements/roles.ts';

/** Your own client, pool or transaction, or where to connect to for this one call. */
type Target = Queryable | string;

/**
 * Gives an existing database role what its kind needs; a role may be of several kinds. Repeating it changes nothing. For whoever owns the schema: call it
 * again after `migrate`. Throws `StoreError`.
 */
export async function grantRole(target: Target, role: string, kind: RoleKind): Promise<void> {
	await onTarget(target, (db) => grantPrivileges(db, role, kind));
}

/** Takes everything in schemas cb and pgmq back from a role, of whatever kind. */
export async function revokeRole(target: Target, role: string): Promise<void> {
	await onTarget(target, (db) => revokePrivileges(db, role));
}

/** What a role (the current one, by default) lacks to be of a kind, such as `execute on cb.send`; empty when it has all. */
export async function missingPrivileges(target: Target, kind: RoleKind, role?: string): Promise<readonly string[]> {
	return onTarget(target, (db) => readMissingPrivileges(db, kind, role ?? null));
}

async function onTarget<Result>(target: Target, work: (db: Queryable) => Promise<Result>): Promise<Result> {
	if (typeof target !== 'string') return work(target);
	return withClient(target, work);
}
