/** Figures of several rounds: medians and ratios of medians, with their spread over the rounds, because the machine drifts. */
export interface Row {
	readonly name: string;
	readonly unit: string;
	readonly median: number;
	readonly min: number;
	readonly max: number;
}

/** What a figure was to reach, or not to pass. */
export interface Bar {
	readonly name: string;
	/** What was measured: a ratio of two medians where the unit is '×', otherwise a median. */
	readonly measured: number;
	/** The lowest and the highest within one round. */
	readonly min: number;
	readonly max: number;
	readonly kind: 'at least' | 'at most';
	readonly bar: number;
	/** Of all these numbers. */
	readonly unit: string;
	readonly met: boolean;
}

/** What a suite measured; `rounds` of each figure are in the same order, so that they pair up. */
export interface Figure {
	readonly name: string;
	readonly unit: string;
	readonly rounds: readonly number[];
}

/** A figure that is still being measured. */
export type GrowingFigure = Figure & { readonly rounds: number[] };

export interface SuiteResult {
	readonly settings: Readonly<Record<string, string | number | boolean>>;
	readonly figures: readonly Figure[];
	readonly bars: readonly Bar[];
}

export function newFigure(name: string, unit: string): GrowingFigure {
	return { name, unit, rounds: [] };
}

export function rowOf({ name, unit, rounds }: Figure): Row {
	return { name, unit, median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds) };
}

/** The median of the subject by that of its peer, which must reach the bar. */
export function ratioBar(name: string, pair: readonly [Figure, Figure], bar: number): Bar {
	const ratio = ratioOf(...pair);
	return { name, ...ratio, kind: 'at least', bar, unit: '×', met: ratio.measured >= bar };
}

/** The same ratio where less is better. */
export function ratioLimit(name: string, pair: readonly [Figure, Figure], bar: number): Bar {
	const ratio = ratioOf(...pair);
	return { name, ...ratio, kind: 'at most', bar, unit: '×', met: ratio.measured <= bar };
}

/** A limit that the median must not pass. */
export function limitBar(name: string, figure: Figure, limit: number): Bar {
	const { median: measured, min, max, unit } = rowOf(figure);
	return { name, measured, min, max, kind: 'at most', bar: limit, unit, met: measured <= limit };
}

function ratioOf(subject: Figure, peer: Figure): Pick<Bar, 'measured' | 'min' | 'max'> {
	const inRounds = subject.rounds.map((value, round) => value / (peer.rounds[round] ?? Number.NaN));
	return {
		measured: median(subject.rounds) / median(peer.rounds),
		min: Math.min(...inRounds),
		max: Math.max(...inRounds),
	};
}

export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

/** Interpolated between the two values beside it. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const position = (sorted.length - 1) * share;
	const lower = sorted[Math.floor(position)] ?? Number.NaN;
	const upper = sorted[Math.ceil(position)] ?? Number.NaN;
	return lower + (upper - lower) * (position - Math.floor(position));
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
