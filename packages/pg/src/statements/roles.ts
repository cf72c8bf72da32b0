/** Statements on database roles. */
import { asRows, text } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

export const roleKinds = ['sender', 'worker', 'operator', 'reader'] as const;

/** What a database role is for. */
export type RoleKind = (typeof roleKinds)[number];

const grantText = `
	select cb.grant_role(role => $1::name, kind => $2::text)`;

const revokeText = `
	select cb.revoke_role(role => $1::name)`;

const missingText = `
	select m.privilege
	from cb.missing_privileges(role => coalesce($1::name, current_user), kind => $2::text) as m (privilege)
	order by m.privilege`;

export async function grantPrivileges(db: Queryable, role: string, kind: RoleKind): Promise<void> {
	await db.query(grantText, [role, kind]);
}

export async function revokePrivileges(db: Queryable, role: string): Promise<void> {
	await db.query(revokeText, [role]);
}

/** Of the current role where none is named. */
export async function readMissingPrivileges(
	db: Queryable,
	kind: RoleKind,
	role: string | null = null,
): Promise<readonly string[]> {
	return asRows((await db.query(missingText, [role, kind])).rows).map((row) => text(row, 'privilege'));
}

/** What the owner of the schema would run by hand. */
export function grantStatement(role: string, kind: RoleKind): string {
	return `select cb.grant_role('${role.replaceAll("'", "''")}', '${kind}');`;
}
