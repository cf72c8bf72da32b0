/** What a thread is asked to play, and what it says about it. All of it crosses from thread to thread. */
import type { SabotageName } from './sabotages.ts';

export interface Job {
	/** The first seed, how far apart they are, and how many. */
	readonly first: number;
	readonly stride: number;
	readonly count: number;
	/** Breaks the store on purpose; the job ends with the first seed that notices. */
	readonly sabotage?: SabotageName | undefined;
	/** What is wanted beside the seeds that are broken: every step as text, or the names of what was seen. */
	readonly wanted?: 'transcripts' | 'sightings' | undefined;
}

export interface BrokenSeed {
	readonly seed: number;
	readonly step: number;
	readonly message: string;
	readonly report: string;
}

export interface JobReport {
	readonly playedCount: number;
	readonly broken: readonly BrokenSeed[];
	readonly sightings: ReadonlySet<string>;
	readonly transcripts: readonly (readonly string[])[];
}
