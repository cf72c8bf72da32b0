/** Stops the server of a run and starts it again, five times in ten seconds where the machine is fast enough. */
import type { RestartableServer, StopMode } from '@cb/test-postgres';
import type { ChaosContext } from '../scenario.ts';
import { between } from '../seeded-random.ts';
import { pause, repeatedly, seen } from '../waiting.ts';

const intervalMs = 2_000;
const longestAwayMs = 500;
const roomWithinMs = 10_000;

export async function restartAgainAndAgain(
	mode: StopMode,
	{ signal, primary, random, count }: ChaosContext,
): Promise<void> {
	await repeatedly({ signal, intervalMs }, async () => {
		const { server } = primary;
		await server.stop(mode);
		await pause(between(random, 0, longestAwayMs));
		await startPatiently(server);
		count();
	});
}

/** A server that crashed and has no room for what it recovers does not start, until another fault gives it the room back. */
async function startPatiently(server: RestartableServer): Promise<void> {
	const start = async (): Promise<true> => {
		await server.start();
		return true;
	};
	if ((await seen(start, roomWithinMs)) === undefined) await server.start();
}
