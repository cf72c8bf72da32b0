/** Stops the server of a run and starts it again, five times in ten seconds where the machine is fast enough. */
import type { StopMode } from '@cb/test-postgres';
import type { ChaosContext } from '../scenario.ts';
import { between } from '../seeded-random.ts';
import { pause, repeatedly } from '../waiting.ts';

const intervalMs = 2_000;
const longestAwayMs = 500;

export async function restartAgainAndAgain(
	mode: StopMode,
	{ signal, server, random, count }: ChaosContext,
): Promise<void> {
	await repeatedly({ signal, intervalMs }, async () => {
		await server.stop(mode);
		await pause(between(random, 0, longestAwayMs));
		await server.start();
		count();
	});
}
