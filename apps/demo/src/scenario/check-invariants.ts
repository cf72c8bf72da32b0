/** Everything that must hold after a run, asked of the database and of nobody else. */
import type { Queryable } from '@cb/pg';
import { auditChecks } from '../statements/checks/audit.ts';
import { findViolations } from '../statements/checks/check.ts';
import type { Check, Damage, Violations } from '../statements/checks/check.ts';
import { commandChecks } from '../statements/checks/commands.ts';
import { moneyChecks } from '../statements/checks/money.ts';
import { operatorChecks } from '../statements/checks/operator.ts';
import { processChecks } from '../statements/checks/processes.ts';
import { transferChecks } from '../statements/checks/transfers.ts';

/** What holds as soon as nothing moves, also while commands are parked. */
export const settledChecks: readonly Check[] = [...moneyChecks, ...transferChecks, ...commandChecks, ...auditChecks];

/** What holds when the operator is done as well. */
export const allChecks: readonly Check[] = [...settledChecks, ...processChecks, ...operatorChecks];

export interface Verdict {
	readonly heldCount: number;
	readonly broken: readonly Violations[];
}

export async function checkInvariants(db: Queryable, checks: readonly Check[]): Promise<Verdict> {
	const broken: Violations[] = [];
	for (const check of checks) {
		const violations = await findViolations(db, check);
		if (violations !== undefined) broken.push(violations);
	}
	return { heldCount: checks.length - broken.length, broken };
}

export function together(first: Verdict, second: Verdict): Verdict {
	return { heldCount: first.heldCount + second.heldCount, broken: [...first.broken, ...second.broken] };
}

export function damageCount({ broken }: Verdict, damage: Damage): number {
	return broken.filter((violations) => violations.damage === damage).reduce((sum, { count }) => sum + count, 0);
}
