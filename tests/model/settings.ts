/** How many sequences are played and which: a failure prints what these must be so that it comes again. */
import type { Parameters } from 'fast-check';

/** Of `CB_MODEL_RUNS`, `CB_MODEL_SEED` and `CB_MODEL_PATH`; each run in CI plays the same sequences. */
export function settings<Drawn>(runs: number): Parameters<Drawn> {
	const path = process.env['CB_MODEL_PATH'];
	return {
		numRuns: Number(process.env['CB_MODEL_RUNS'] ?? runs),
		seed: Number(process.env['CB_MODEL_SEED'] ?? 7),
		...(path === undefined || path === '' ? {} : { path }),
		endOnFailure: path !== undefined && path !== '',
	};
}
