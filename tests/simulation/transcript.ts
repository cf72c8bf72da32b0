/** A run as text: what is printed when it fails, and what is compared when it is played again. */
import type { TraceLine } from './engine/scheduler.ts';
import type { SimulatedRun } from './simulate.ts';

/** Every step and the end, whole: two runs are the same exactly if their transcripts are. */
export function transcriptOf({ trace, facts, violation }: SimulatedRun): readonly string[] {
	const { commands, batches, bulks, processes } = facts;
	const end = { commands: [...commands.values()], batches, bulks, processes, violation };
	return [...trace.map(lineOf), JSON.stringify(end)];
}

const lastSteps = 40;
const widest = 200;

/** For whoever has to find out: the seed, the step, what led to it, and how to see it again. */
export function reportOf(run: SimulatedRun): string {
	const { seed, scenario, trace, violation } = run;
	return [
		`Seed ${seed} breaks at step ${violation?.step ?? trace.length}: ${violation?.message ?? 'it does not'}`,
		`Scenario: ${JSON.stringify(scenario)}`,
		`The last ${lastSteps} of ${trace.length} steps:`,
		...trace.slice(-lastSteps).map((line) => shortened(lineOf(line))),
		`Again: CB_SIMULATION_SEED=${seed} vitest run --project unit tests/simulation.test.ts`,
	].join('\n');
}

function lineOf({ step, now, event: { owner, what, about } }: TraceLine): string {
	return [step, `${now} ms`, owner.name, what, JSON.stringify(about)].join('  ').trimEnd();
}

function shortened(line: string): string {
	return line.length > widest ? `${line.slice(0, widest)} …` : line;
}
