/** No fault: what the others are compared with, and that the checks hold when nothing happens. */
import type { Scenario } from '../scenario.ts';
import { pause } from '../waiting.ts';

export const calm: Scenario = {
	name: 'calm',
	fault: 'none, for comparison',
	lines: [],
	isCombinable: false,
	open: () => ({ inject: ({ signal }) => pause(600_000, signal) }),
};
