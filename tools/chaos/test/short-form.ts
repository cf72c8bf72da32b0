/** A scenario in short: little load, a small crew, a few seconds of faults, and all the checks. */
import type { RestartableServer } from '@cb/test-postgres';
import type { ExpectStatic } from 'vitest';
import { prepareTemplate } from '../src/chaos-database.ts';
import type { ChaosTemplate } from '../src/chaos-database.ts';
import { openServer } from '../src/chaos-server.ts';
import { runScenario } from '../src/run-scenario.ts';
import type { Scenario } from '../src/scenario.ts';

export interface Ground {
	readonly server: RestartableServer;
	readonly template: ChaosTemplate;
}

/** A server on which scenarios run, one after the other or side by side. */
export async function openGround(settings?: Scenario['serverSettings']): Promise<Ground> {
	const server = await openServer(settings);
	return { server, template: await prepareTemplate(server.url) };
}

export interface ShortForm {
	readonly ground: Ground;
	readonly scenario: Scenario;
	readonly seconds: number;
}

/** What every scenario must end with. How fast it recovers and works is for the figures of longer runs, not for tests. */
export async function expectInvariants(expect: ExpectStatic, { ground, ...shortForm }: ShortForm): Promise<void> {
	const result = await runScenario({
		...ground,
		...shortForm,
		seed: 1,
		rate: 25,
		crewSize: { sender: 1, worker: 2, router: 1, operator: 1 },
		progress: () => undefined,
	});

	expect(result.violations).toEqual([]);
	expect(result.crew).toEqual([]);
	expect(result).toMatchObject({ ok: true, lost: 0, doubled: 0, stuck: 0, inconsistent: 0 });
	expect(result.faults).toBeGreaterThan(0);
	expect(result.executed).toBeGreaterThan(100);
	expect(result.recoverySeconds).not.toBeNull();
}
