/** One mutation: a short run with its defect, and what the checks say. */
import type { RestartableServer } from '@cb/test-postgres';
import type { ChaosTemplate } from '../chaos-database.ts';
import type { Violation } from '../checks/check.ts';
import type { Query } from '../referee.ts';
import { runScenario } from '../run-scenario.ts';
import { changeFunctions } from './change-functions.ts';
import type { Mutation } from './mutation.ts';

export interface MutationGround {
	readonly server: RestartableServer;
	readonly template: ChaosTemplate;
}

export interface MutationResult {
	readonly name: string;
	/** Whether the check that must find it has found it. */
	readonly isCaught: boolean;
	readonly violations: readonly Violation[];
}

const crewSize = { sender: 1, worker: 2, router: 1, operator: 1 } as const;
const rate = 50;
/** What is stuck is stuck; what only takes its time is through by then. */
const drainWithinMs = 6_000;

export async function runMutation(ground: MutationGround, mutation: Mutation): Promise<MutationResult> {
	const { name, defect, scenario, seconds, caughtBy } = mutation;
	const { violations } = await runScenario({
		...ground,
		scenario,
		seconds,
		seed: 1,
		rate,
		crewSize,
		drainWithinMs,
		...(defect === undefined ? {} : { defect }),
		breakDatabase: (query) => breakDatabase(query, mutation),
		progress: () => undefined,
	});
	const isCaught = violations.some(({ name: check, damage }) => check === caughtBy.check && damage === caughtBy.damage);
	return { name, isCaught, violations };
}

async function breakDatabase(query: Query, { setUp, changes = [] }: Mutation): Promise<void> {
	if (setUp !== undefined) await query(setUp);
	for (const change of changes) await changeFunctions(query, change);
}
