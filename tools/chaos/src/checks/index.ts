/** Everything that must hold once nothing moves any more. */
import type { Query } from '../referee.ts';
import { batchChecks } from './batches.ts';
import { findViolations } from './check.ts';
import type { Violation } from './check.ts';
import { commandChecks } from './commands.ts';
import { effectChecks } from './effects.ts';
import { operatorChecks } from './operators.ts';
import { poisonChecks } from './poison.ts';
import { processChecks } from './processes.ts';
import { sendingChecks } from './sending.ts';

const checks = [
	...sendingChecks,
	...commandChecks,
	...effectChecks,
	...batchChecks,
	...processChecks,
	...operatorChecks,
	...poisonChecks,
];

/** What is broken; empty when all holds. `forgetsLeases`: a crash of the server may have run an attempt twice. */
export async function findAllViolations(
	query: Query,
	{ forgetsLeases }: { readonly forgetsLeases: boolean },
): Promise<readonly Violation[]> {
	const violations: Violation[] = [];
	for (const check of checks) {
		if (forgetsLeases && check.needsLeases === true) continue;
		const found = await findViolations(query, check);
		if (found !== undefined) violations.push(found);
	}
	return violations;
}
