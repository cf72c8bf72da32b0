/** How many sequences are played and which: a failure prints what these must be so that it comes again. */
import type { Parameters } from 'fast-check';

/** Of `CB_MODEL_RUNS`, `CB_MODEL_SEED` and `CB_MODEL_PATH`; without them every run plays the same sequences. */
export function settings<Drawn>(runs: number): Parameters<Drawn> {
	const { CB_MODEL_RUNS: moreRuns, CB_MODEL_SEED: seed, CB_MODEL_PATH: path = '' } = process.env;
	return {
		numRuns: Number(moreRuns ?? runs),
		seed: Number(seed ?? 7),
		...(path === '' ? {} : { path, endOnFailure: true }),
	};
}

/** For the tests that play them: without an end where more are asked for. */
export const timeout = process.env['CB_MODEL_RUNS'] === undefined ? 300_000 : 0;
