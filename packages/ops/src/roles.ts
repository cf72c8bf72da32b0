/** A ready-made answer for `authorize`: three roles. */
import type { Operator } from '@cb/core';
import { operatorIntents } from './authorization.ts';
import type { Authorize, OperatorIntent } from './authorization.ts';

/** Each may what those before it may, and more. */
export const roles = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof roles)[number];

/** Who may what. A viewer looks; an operator acts, alone or in bulk; an admin may also drop replies and cancel by the thousand. */
export const rolePermissions: Readonly<Record<Role, readonly OperatorIntent[]>> = {
	viewer: ['look'],
	operator: ['look', 'retry', 'amend', 'cancel', 'complete', 'bulk'],
	admin: operatorIntents,
};

/** The role of each operator by id, or how to find it. An operator without a role may nothing. */
export type RoleSource =
	Readonly<Record<string, Role>> | ((operator: Operator) => Role | undefined | Promise<Role | undefined>);

/** An `authorize` hook that goes by roles (see `rolePermissions`). */
export function roleAuthorizer(source: RoleSource): Authorize {
	return async (operator, intent) => {
		const role = await roleOf(source, operator);
		return role !== undefined && rolePermissions[role].includes(intent);
	};
}

/** Whether an operator has this role or a higher one; fits `revealTo` of `redactFields`. */
export function hasRole(source: RoleSource, atLeast: Role): (operator: Operator) => Promise<boolean> {
	return async (operator) => {
		const role = await roleOf(source, operator);
		return role !== undefined && roles.indexOf(role) >= roles.indexOf(atLeast);
	};
}

async function roleOf(source: RoleSource, operator: Operator): Promise<Role | undefined> {
	if (typeof source === 'function') return await source(operator);
	// An operator called "constructor" has no role.
	return Object.hasOwn(source, operator.id) ? source[operator.id] : undefined;
}
