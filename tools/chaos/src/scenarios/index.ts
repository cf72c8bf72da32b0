/** Every scenario by name. A new one is a file here and a line below. */
import type { Scenario } from '../scenario.ts';
import { calm } from './calm.ts';
import { workerKill } from './worker-kill.ts';

export const scenarios: readonly Scenario[] = [calm, workerKill];

export function scenarioNamed(name: string): Scenario | undefined {
	return scenarios.find((scenario) => scenario.name === name);
}
