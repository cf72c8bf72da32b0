/** Every connection of everybody terminated by the server, every second. */
import type { ChaosContext, Scenario } from '../scenario.ts';
import { repeatedly } from '../waiting.ts';

export const backendKill: Scenario = {
	name: 'backend-kill',
	fault: 'the server terminates every connection, every second',
	lines: ['S10', 'F9', 'D10'],
	open: () => ({ inject }),
};

const terminateText = `
	select pg_terminate_backend(a.pid)
	from pg_stat_activity a
	where a.datname = current_database() and a.pid <> pg_backend_pid()`;

async function inject({ signal, query, count, progress }: ChaosContext): Promise<void> {
	await repeatedly({ signal, intervalMs: 1_000 }, async () => {
		try {
			await query(terminateText);
			count();
		} catch (error) {
			// Together with other faults the server may be away, and everybody's connections with it.
			progress(`nothing terminated: ${String(error)}`);
		}
	});
}
