/** Workers and a router whose clocks are wrong. Leases, delays and deadlines are the database's business, so it must not matter. */
import type { ChaosContext, Scenario } from '../scenario.ts';
import { untilAborted } from '../waiting.ts';

export const clock: Scenario = {
	name: 'clock',
	fault: 'a worker whose clock is an hour off, and one and a router whose clocks jump by an hour and back',
	lines: ['C14', 'D4'],
	open: () => ({ inject }),
};

/** They stay, and are asked for their health like everybody else. */
async function inject({ signal, crew, count }: ChaosContext): Promise<void> {
	const [first, second] = crew.members('worker');
	const [router] = crew.members('router');
	const wrong = [
		[first, 'an-hour-off'],
		[second, 'jumping'],
		[router, 'jumping'],
	] as const;
	for (const [child, kind] of wrong) {
		if (child === undefined) continue;
		await crew.replace(child, { clock: kind });
		count();
	}
	await crew.ready();
	await untilAborted(signal);
}
