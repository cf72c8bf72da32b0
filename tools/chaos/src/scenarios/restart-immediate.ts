/** The server crashes and recovers: what was acknowledged is there, but leases that it had not written yet are forgotten. */
import type { Scenario } from '../scenario.ts';
import { restartAgainAndAgain } from './restart-again-and-again.ts';

export const restartImmediate: Scenario = {
	name: 'restart-immediate',
	fault: 'the server stops at once, without a checkpoint, and recovers, every two seconds',
	lines: ['S3', 'S11'],
	forgetsLeases: true,
	open: () => ({ inject: (context) => restartAgainAndAgain('immediate', context) }),
};
