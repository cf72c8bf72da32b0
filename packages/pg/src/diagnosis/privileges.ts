/** What the current role may do, and what it lacks for a kind of work. */
import type { Queryable } from '../queryable.ts';
import { grantStatement, readMissingPrivileges, roleKinds } from '../statements/roles.ts';
import type { RoleKind } from '../statements/roles.ts';
import { critical, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** Of one kind where one is named; else, which kinds the role is fit for. */
export async function privilegeFinding(db: Queryable, userName: string, as: RoleKind | undefined): Promise<Finding> {
	if (as !== undefined) {
		const missing = await readMissingPrivileges(db, as);
		if (missing.length === 0) return ok('privileges', `${userName} has what a ${as} needs.`);
		return {
			...critical('privileges', `${userName} lacks, for a ${as}: ${missing.join(', ')}.`, grantAdvice(userName, as)),
			fix: grantStatement(userName, as),
		};
	}
	const fit: RoleKind[] = [];
	for (const kind of roleKinds) {
		if ((await readMissingPrivileges(db, kind)).length === 0) fit.push(kind);
	}
	return fit.length > 0
		? ok('privileges', `${userName} may work as ${fit.join(', ')}.`)
		: warning('privileges', `${userName} is fit for no kind of work.`, grantAdvice(userName, 'worker'));
}

/** A role that may not even look. */
export function noAccessFinding(as: RoleKind | undefined, reason: string): Finding {
	return critical('privileges', reason, grantAdvice('<role>', as ?? 'worker'));
}

function grantAdvice(userName: string, kind: RoleKind): string {
	return `Let the owner of the schema run: cb roles grant ${userName} --as ${kind}`;
}
