/** How wide the columns of a table become, so that it fits the terminal: pure arithmetic. */
export interface ColumnWidth {
	/** Its widest cell, the heading included. */
	readonly natural: number;
	/** It never becomes narrower than this. */
	readonly minimum: number;
	/** Columns with a number may be left out, the highest number first. */
	readonly dropOrder?: number | undefined;
}

export const columnGap = 2;

/** A width for each column, `undefined` for one that is left out. Without `available` every column gets what it wants. */
export function fitColumns(
	columns: readonly ColumnWidth[],
	available: number | undefined,
): readonly (number | undefined)[] {
	if (available === undefined) return columns.map(({ natural }) => natural);
	const kept = new Set(columns);
	for (const column of byDropOrder(columns)) {
		if (total([...kept].map(minimumOf)) <= available) break;
		kept.delete(column);
	}
	const widths = shrink([...kept], available);
	return columns.map((column) => widths.get(column));
}

function byDropOrder(columns: readonly ColumnWidth[]): readonly ColumnWidth[] {
	return columns
		.filter(({ dropOrder }) => dropOrder !== undefined)
		.sort((a, b) => (b.dropOrder ?? 0) - (a.dropOrder ?? 0));
}

/** Takes from the widest column that can still give, until all fit or none can give any more. */
function shrink(columns: readonly ColumnWidth[], available: number): ReadonlyMap<ColumnWidth, number> {
	const widths = new Map(columns.map((column) => [column, column.natural]));
	for (let excess = total([...widths.values()]) - available; excess > 0; excess--) {
		const [widest] = [...widths].filter(([column, width]) => width > minimumOf(column)).sort(([, a], [, b]) => b - a);
		if (widest === undefined) break;
		widths.set(widest[0], widest[1] - 1);
	}
	return widths;
}

function minimumOf({ natural, minimum }: ColumnWidth): number {
	return Math.min(natural, minimum);
}

function total(widths: readonly number[]): number {
	return widths.reduce((sum, width) => sum + width, 0) + columnGap * Math.max(0, widths.length - 1);
}
