/** SIGKILL of a random worker every second; every third time of a router, an operator process or a sender as well. */
import type { ChaosContext, Scenario } from '../scenario.ts';
import { oneOf } from '../seeded-random.ts';
import { repeatedly } from '../waiting.ts';

export const workerKill: Scenario = {
	name: 'worker-kill',
	fault: 'a random worker is killed every second, and now and then somebody else',
	lines: ['S1', 'S2', 'S7', 'F13', 'D9', 'P18', 'M11'],
	open: () => ({ inject }),
};

async function inject({ signal, crew, random, count }: ChaosContext): Promise<void> {
	let turn = 0;
	await repeatedly({ signal, intervalMs: 1_000 }, async () => {
		const others = turn % 3 === 2 ? crew.members().filter(({ role }) => role !== 'worker') : [];
		for (const victim of [oneOf(random, crew.members('worker')), oneOf(random, others)]) {
			if (victim === undefined) continue;
			await crew.replace(victim);
			count();
		}
		turn++;
	});
	await crew.ready();
}
