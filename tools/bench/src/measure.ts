/** Figures of several rounds: medians with their spread, and ratios taken pair by pair within a round, because the machine drifts. */
export interface Row {
	readonly name: string;
	readonly unit: string;
	readonly median: number;
	readonly min: number;
	readonly max: number;
}

export interface Bar {
	readonly name: string;
	readonly ratio: number;
	readonly bar: number;
	readonly met: boolean;
}

/** What a suite measured; `rounds` of each figure are in the same order, so that they pair up. */
export interface Figure {
	readonly name: string;
	readonly unit: string;
	readonly rounds: readonly number[];
}

export interface SuiteResult {
	readonly settings: Readonly<Record<string, string | number>>;
	readonly figures: readonly Figure[];
	readonly bars: readonly Bar[];
}

export function rowOf({ name, unit, rounds }: Figure): Row {
	return { name, unit, median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds) };
}

/** Median of the ratios `subject / peer`, round by round, against the bar. */
export function ratioBar(name: string, [subject, peer]: readonly [Figure, Figure], bar: number): Bar {
	const ratio = median(subject.rounds.map((value, round) => value / (peer.rounds[round] ?? Number.NaN)));
	return { name, ratio, bar, met: ratio >= bar };
}

/** A limit that must not be passed; `ratio` is measured / limit. */
export function limitBar(name: string, figure: Figure, limit: number): Bar {
	const ratio = median(figure.rounds) / limit;
	return { name, ratio, bar: 1, met: ratio <= 1 };
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function perSecond(count: number, milliseconds: number): number {
	return (count / milliseconds) * 1_000;
}

/** How long `work` took, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}
