/** SIGSTOP of a random worker for longer than its lease, as a virtual machine stands still that is moved; now and then of a router, too. */
import { leaseSeconds } from '../load/commands.ts';
import type { ChaosContext, Scenario } from '../scenario.ts';
import { between, oneOf } from '../seeded-random.ts';
import { pause, repeatedly } from '../waiting.ts';

export const stall: Scenario = {
	name: 'stall',
	fault: 'a random worker stands still for longer than its lease, and goes on as if nothing had been',
	lines: ['S6', 'D4', 'D5', 'D6'],
	open: () => ({ inject }),
};

const longestExtraMs = 1_000;

async function inject({ signal, crew, random, count }: ChaosContext): Promise<void> {
	let turn = 0;
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const sleepers = [oneOf(random, crew.members('worker'))];
		if (turn % 2 === 1) sleepers.push(oneOf(random, crew.members('router')));
		for (const sleeper of sleepers) sleeper?.pause();
		// Not cut short by the signal: a shorter stall would be none.
		await pause(leaseSeconds * 1_000 + between(random, 100, longestExtraMs));
		for (const sleeper of sleepers) sleeper?.goOn();
		count();
		turn++;
	});
}
