/** A primary with a synchronous standby: the primary is killed, the standby takes over, and everybody finds it by the list of hosts he was given. */
import { forgetStandby, startStandby } from '@cb/test-postgres';
import type { Standby } from '@cb/test-postgres';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { pause, untilAborted } from '../waiting.ts';

export const failover: Scenario = {
	name: 'failover',
	fault: 'the primary is killed and its synchronous standby promoted; clients find it by themselves',
	lines: ['S3', 'S11'],
	// A receive does not wait for the standby.
	forgetsLeases: true,
	// Other faults mean the first server.
	isCombinable: false,
	open,
};

/** Until somebody notices that the primary is gone. */
const noticedAfterMs = 1_000;

async function open({ server, applicationUrl, databaseUrl }: Stage): Promise<Injector> {
	const standby = await startStandby(server);
	let isOver = false;
	return {
		async inject(context) {
			await failOver(standby, context);
			isOver = true;
		},
		optionsOf: () => ({ connection: withSecondHost(applicationUrl, standby.port) }),
		databaseUrl: () => (isOver ? atPort(databaseUrl, standby.port) : databaseUrl),
		async close() {
			await standby.close();
			await server.start();
			await forgetStandby(server);
		},
	};
}

async function failOver(standby: Standby, { server, signal, count, progress }: ChaosContext): Promise<void> {
	await server.stop('kill');
	await pause(noticedAfterMs);
	await standby.promote();
	count();
	progress('the standby has taken over');
	await untilAborted(signal);
}

function atPort(url: string, port: number): string {
	const other = new URL(url);
	other.port = String(port);
	return other.href;
}

/** `postgres://…@127.0.0.1:5432,127.0.0.1:5433/…`, which is no URL for `URL`. */
function withSecondHost(url: string, port: number): string {
	const { host, hostname } = new URL(url);
	return url.replace(`@${host}/`, `@${host},${hostname}:${port}/`);
}
