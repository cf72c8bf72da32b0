/** Every scenario by name. A new one is a file here and a line below. */
import type { Scenario } from '../scenario.ts';
import { backendKill } from './backend-kill.ts';
import { calm } from './calm.ts';
import { clock } from './clock.ts';
import { everythingOf } from './everything.ts';
import { operators } from './operators.ts';
import { partition } from './partition.ts';
import { poison } from './poison.ts';
import { poolExhaustion } from './pool-exhaustion.ts';
import { stall } from './stall.ts';
import { workerKill } from './worker-kill.ts';

const faults: readonly Scenario[] = [
	calm,
	workerKill,
	stall,
	backendKill,
	partition,
	poolExhaustion,
	clock,
	poison,
	operators,
];

export const scenarios: readonly Scenario[] = [...faults, everythingOf(faults)];

export function scenarioNamed(name: string): Scenario | undefined {
	return scenarios.find((scenario) => scenario.name === name);
}
