/** Figures of several rounds: medians with their spread, and ratios taken pair by pair within a round, because the machine drifts. */
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
	/** What was measured: a ratio where the unit is '×', otherwise the value itself. */
	readonly ratio: number;
	readonly kind: 'at least' | 'at most';
	readonly bar: number;
	/** Of both numbers. */
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

/** Median of the ratios `subject / peer`, round by round, which must reach the bar. */
export function ratioBar(name: string, pair: readonly [Figure, Figure], bar: number): Bar {
	const ratio = ratioOf(...pair);
	return { name, ratio, kind: 'at least', bar, unit: '×', met: ratio >= bar };
}

/** The same ratio where less is better. */
export function ratioLimit(name: string, pair: readonly [Figure, Figure], bar: number): Bar {
	const ratio = ratioOf(...pair);
	return { name, ratio, kind: 'at most', bar, unit: '×', met: ratio <= bar };
}

/** A limit that the median must not pass. */
export function limitBar(name: string, figure: Figure, limit: number): Bar {
	const ratio = median(figure.rounds);
	return { name, ratio, kind: 'at most', bar: limit, unit: figure.unit, met: ratio <= limit };
}

/** Round by round the largest of several figures. */
export function bestOf(name: string, figures: readonly Figure[]): Figure {
	const rounds = figures[0]?.rounds.map((_, round) =>
		Math.max(...figures.map((figure) => figure.rounds[round] ?? Number.NaN)),
	);
	return { name, unit: figures[0]?.unit ?? '', rounds: rounds ?? [] };
}

function ratioOf(subject: Figure, peer: Figure): number {
	return median(subject.rounds.map((value, round) => value / (peer.rounds[round] ?? Number.NaN)));
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
