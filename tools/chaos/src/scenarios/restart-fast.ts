/** The server is shut down as for an update, and started again: sessions end in the middle of their work, and nothing that was committed is forgotten. */
import type { Scenario } from '../scenario.ts';
import { restartAgainAndAgain } from './restart-again-and-again.ts';

export const restartFast: Scenario = {
	name: 'restart-fast',
	fault: 'the server is shut down and started again, every two seconds',
	lines: ['S3'],
	open: () => ({ inject: (context) => restartAgainAndAgain('fast', context) }),
};
