/** The property: whatever happens on a stage, the adapter and the model agree after every step, and the invariants hold. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { sequencesOf } from './happenings/happening.ts';
import type { Happening } from './move.ts';
import { play } from './play.ts';
import { settings } from './settings.ts';
import type { OpenStage } from './stage.ts';

export interface RunOptions {
	readonly open: OpenStage;
	readonly happenings: fc.Arbitrary<Happening>;
	/** Unless `CB_MODEL_RUNS` says otherwise. */
	readonly runs: number;
	readonly maxLength: number;
}

/** Short enough to be read, and found while the test may still run. */
const maxShrinks = 400;

/** Fails with the shortest sequence that was found, and with what makes it come again. */
export async function expectAgreement({ open, happenings, runs, maxLength }: RunOptions): Promise<void> {
	const sequences = fc.limitShrink(sequencesOf(happenings, maxLength), maxShrinks);
	const property = fc.asyncProperty(sequences, async (sequence) => play(await open(), sequence));
	const result = await fc.check(property, settings<[readonly Happening[]]>(runs));
	if (!result.failed) return;
	const { seed, counterexamplePath, numShrinks, numRuns, errorInstance } = result;
	const again = `CB_MODEL_SEED=${seed} CB_MODEL_PATH=${counterexamplePath ?? ''}`;
	const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
	expect.fail(`Failed in run ${numRuns}, shrunk ${numShrinks} times. Again with: ${again}\n${message}`);
}
