/** Plays the seeds of one job, one after the other. */
import { setImmediate } from 'node:timers/promises';
import type { BrokenSeed, Job, JobReport } from './lane-job.ts';
import { sabotages } from './sabotages.ts';
import { sightingsOf } from './sightings.ts';
import { simulate } from './simulate.ts';
import { reportOf, transcriptOf } from './transcript.ts';

/** Of a system that is broken, more of the same tells nothing new. */
const mostBroken = 5;

export async function play({ first, stride, count, sabotage, wanted }: Job): Promise<JobReport> {
	const defect = sabotage === undefined ? undefined : sabotages[sabotage];
	const most = defect === undefined ? mostBroken : 1;
	const sightings = new Set<string>();
	const transcripts: (readonly string[])[] = [];
	const broken: BrokenSeed[] = [];
	let playedCount = 0;
	while (playedCount < count && broken.length < most) {
		const seed = first + playedCount * stride;
		const run = await simulate(seed, defect);
		playedCount += 1;
		if (wanted === 'sightings') for (const sighting of sightingsOf(run)) sightings.add(sighting);
		if (wanted === 'transcripts') transcripts.push(transcriptOf(run));
		if (run.violation !== undefined) broken.push({ seed, ...run.violation, report: reportOf(run) });
		// Within a run the event loop never turns; nothing of one run is left for the next.
		await setImmediate();
	}
	return { playedCount, broken, sightings, transcripts };
}
