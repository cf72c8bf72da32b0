/** Threads that play seeds side by side, one per processor: a run owns the globals of its thread, so each needs a thread of its own. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Job, JobReport } from './lane-job.ts';

const program = new URL('../fixtures/simulation-lane.ts', import.meta.url);
const seededUuid = new URL('../fixtures/seeded-uuid.ts', import.meta.url);
const execArgv = ['--conditions=@cb/source', `--import=${seededUuid.href}`];

export class Lanes {
	readonly #threads = Array.from({ length: availableParallelism() }, () => new Worker(program, { execArgv }));
	#last: Promise<unknown> = Promise.resolve();

	/** Spread over all threads, job after job. In the order of the seeds. */
	play(job: Omit<Job, 'stride'>): Promise<JobReport> {
		const played = this.#last.then(() => this.#spread(job));
		this.#last = played.catch(() => undefined);
		return played;
	}

	async close(): Promise<void> {
		await Promise.all(this.#threads.map((thread) => thread.terminate()));
	}

	async #spread({ first, count, ...job }: Omit<Job, 'stride'>): Promise<JobReport> {
		const stride = this.#threads.length;
		const reports = await Promise.all(
			this.#threads.map(async (thread, index) => {
				const share = Math.ceil((count - index) / stride);
				thread.postMessage({ ...job, first: first + index, stride, count: share } satisfies Job);
				return nextReport(thread);
			}),
		);
		return merged(reports);
	}
}

function nextReport(thread: Worker): Promise<JobReport> {
	return new Promise((resolve, reject) => {
		thread.once('message', (report: JobReport) => {
			thread.off('error', reject);
			resolve(report);
		});
		thread.once('error', reject);
	});
}

function merged(reports: readonly JobReport[]): JobReport {
	return {
		playedCount: reports.reduce((sum, { playedCount }) => sum + playedCount, 0),
		broken: reports.flatMap(({ broken }) => broken).sort((a, b) => a.seed - b.seed),
		sightings: new Set(reports.flatMap(({ sightings }) => [...sightings])),
		transcripts: interleaved(reports.map(({ transcripts }) => transcripts)),
	};
}

function interleaved<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
	const longest = Math.max(...lists.map(({ length }) => length));
	return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
