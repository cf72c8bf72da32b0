/** Others take every connection that the server has, just when everybody needs a new one. */
import { Client, DatabaseError } from 'pg';
import type { ChaosContext, Scenario } from '../scenario.ts';
import { between } from '../seeded-random.ts';
import { pause, repeatedly } from '../waiting.ts';

/** With the crew's own these are more than there are; see `max_connections` in chaos-server.ts. */
const wanted = 100;

export const poolExhaustion: Scenario = {
	name: 'pool-exhaustion',
	fault: 'others hold every connection of the server, and the crew has to connect anew',
	lines: ['S5', 'F9'],
	open: () => ({ inject }),
};

const terminateText = `
	select pg_terminate_backend(a.pid)
	from pg_stat_activity a
	where a.datname = current_database() and a.application_name like 'chaos %' and a.application_name <> 'chaos referee'`;

async function inject({ signal, query, primary, random, count, progress }: ChaosContext): Promise<void> {
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const holders = await Promise.all(Array.from({ length: wanted }, () => hold(primary.applicationUrl)));
		// The rest is the crew's: it is taken from them, and who comes first has it.
		const isFull = holders.some((holder) => holder === 'full');
		await query(terminateText).catch((error: unknown) => {
			progress(`nothing terminated: ${String(error)}`);
		});
		const more = await Promise.all(Array.from({ length: wanted }, () => hold(primary.applicationUrl)));
		if (isFull) count();
		await pause(between(random, 500, 2_500), signal);
		await Promise.all([...holders, ...more].map(letGo));
		await pause(between(random, 300, 1_000), signal);
	});
}

type Holder = Client | 'full' | 'refused';

async function hold(connectionString: string): Promise<Holder> {
	const client = new Client({ connectionString, application_name: 'holder' });
	client.on('error', () => undefined);
	try {
		await client.connect();
		return client;
	} catch (error) {
		return error instanceof DatabaseError && error.code === tooManyConnections ? 'full' : 'refused';
	}
}

const tooManyConnections = '53300';

async function letGo(holder: Holder): Promise<void> {
	if (holder instanceof Client) await holder.end().catch(() => undefined);
}
