/**
 * Who may operate. A demo has no passwords: whoever says `Authorization: Bearer alice:admin` is alice, if the table knows alice as an
 * admin. A real service looks at a session or a token here.
 */
import type { Operator } from '@cb/core';
import type { Role } from '@cb/ops';

/** Operators by name, with their role. */
export type OperatorTable = Readonly<Record<string, Role>>;

/** Nobody, unless the table has exactly this operator in exactly this role. */
export function operatorOf(table: OperatorTable, authorization: string | null): Operator | undefined {
	const [, name, role] = /^Bearer ([a-z][a-z0-9_-]*):([a-z]+)$/.exec(authorization ?? '') ?? [];
	if (name === undefined || !Object.hasOwn(table, name) || table[name] !== role) return undefined;
	return { id: name };
}

/** What the operator sends along. */
export function authorizationOf(name: string, role: Role): string {
	return `Bearer ${name}:${role}`;
}
