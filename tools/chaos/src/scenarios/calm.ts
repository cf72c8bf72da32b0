/** No fault: what the others are compared with, and that the checks hold when nothing happens. */
import type { Scenario } from '../scenario.ts';
import { untilAborted } from '../waiting.ts';

export const calm: Scenario = {
	name: 'calm',
	fault: 'none, for comparison',
	lines: [],
	open: () => ({ inject: ({ signal }) => untilAborted(signal) }),
};
