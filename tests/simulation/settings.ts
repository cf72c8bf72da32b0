/** Which seeds are played: those of CI, more of them, or the one that failed. */

/** Of `CB_SIMULATION_SEED` (the first one; alone, it is the only one) and `CB_SIMULATION_SEEDS` (how many). */
export function seedsToPlay(count: number): { readonly first: number; readonly count: number } {
	const first = process.env['CB_SIMULATION_SEED'];
	const wanted = process.env['CB_SIMULATION_SEEDS'];
	return { first: Number(first ?? 1), count: Number(wanted ?? (first === undefined ? count : 1)) };
}
