/** A scenario in short: little load, a small crew, a few seconds of faults, and all the checks. */
import { prepareTemplate, type ChaosTemplate } from '../src/chaos-database.ts';
import { openServer } from '../src/chaos-server.ts';
import type { ChaosResult } from '../src/result.ts';
import { runScenario } from '../src/run-scenario.ts';
import { scenarioNamed } from '../src/scenarios/index.ts';
import type { RestartableServer } from '@cb/test-postgres';
import type { ExpectStatic } from 'vitest';

export interface Ground {
	readonly server: RestartableServer;
	readonly template: ChaosTemplate;
}

/** A server on which scenarios run that do not harm it. */
export async function openGround(settings?: Parameters<typeof openServer>[0]): Promise<Ground> {
	const server = await openServer(settings);
	return { server, template: await prepareTemplate(server.url) };
}

export async function runShortForm(name: string, seconds: number, ground: Ground): Promise<ChaosResult> {
	const scenario = scenarioNamed(name);
	if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);
	return runScenario({
		...ground,
		scenario,
		seconds,
		seed: 1,
		rate: 25,
		crewSize: { sender: 1, worker: 2, router: 1, operator: 1 },
		progress: () => undefined,
	});
}

/** What every scenario must end with. How fast it recovers and works is for the figures of longer runs, not for tests. */
export function expectInvariants(expect: ExpectStatic, result: ChaosResult): void {
	expect(result.violations).toEqual([]);
	expect(result.crew).toEqual([]);
	expect(result).toMatchObject({ ok: true, lost: 0, doubled: 0, stuck: 0, inconsistent: 0 });
	expect(result.faults).toBeGreaterThan(0);
	expect(result.executed).toBeGreaterThan(100);
	expect(result.recoverySeconds).not.toBeNull();
}
