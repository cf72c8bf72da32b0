/** The figures of a run that several systems have: rows whose names end with the name of a system, under what they have in common. */
import type { Output } from './report.ts';

export interface Comparison {
	readonly title: string;
	readonly unit: string;
	readonly isLessBetter: boolean;
	readonly lines: readonly { readonly label: string; readonly median: number; readonly isOurs: boolean }[];
}

/** What a reader compares systems by; the others have bars, and their rows in the tables. */
const shownSuites = ['send', 'drain', 'latency', 'cost', 'pressure'];
const ours = 'cb';

export function comparisonsOf({ rows, systems }: Output): readonly Comparison[] {
	const labels = Object.keys(systems);
	const byTitle = new Map<string, Comparison>();
	for (const { suite, name, unit, median } of rows) {
		const label = labels.find((candidate) => name.endsWith(`: ${candidate}`));
		if (label === undefined || !shownSuites.includes(suite)) continue;
		const title = name.slice(0, -label.length - 2);
		const before = byTitle.get(title)?.lines ?? [];
		const lines = [...before, { label, median, isOurs: label === ours }];
		byTitle.set(title, { title, unit, isLessBetter: unit === 'ms' || unit === 'bytes', lines });
	}
	return [...byTitle.values()].filter(({ lines }) => lines.length > 1 && lines.some(({ isOurs }) => isOurs));
}
