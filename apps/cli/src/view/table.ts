/** Tables without lines: they fit the terminal, and in a pipe they are plain columns of whole values. */
import type { Screen } from '../output.ts';
import { cleanLine } from './clean.ts';
import { columnGap, fitColumns } from './columns.ts';

export interface Column<Row> {
	readonly heading: string;
	cell(row: Row): string;
	readonly align?: 'left' | 'right' | undefined;
	/** Narrowest width; without it the column is never cut. */
	readonly minimum?: number | undefined;
	/** May be left out where it does not fit, the highest number first. */
	readonly dropOrder?: number | undefined;
	/** Colours a cell. */
	readonly paint?: ((text: string, row: Row) => string) | undefined;
}

export async function table<Row>(
	screen: Screen,
	columns: readonly Column<Row>[],
	rows: readonly Row[],
): Promise<string> {
	const [{ default: Table }, { default: stringWidth }] = await Promise.all([
		import('cli-table3'),
		import('string-width'),
	]);
	const measured = columns.map((column) => {
		const cells = rows.map((row) => cleanLine(column.cell(row)));
		const natural = Math.max(...[column.heading, ...cells].map((text) => stringWidth(text)));
		return { column, cells, natural, minimum: column.minimum ?? natural, dropOrder: column.dropOrder };
	});
	const widths = fitColumns(measured, screen.columns);
	const shown = measured.flatMap((column, index) => {
		const width = widths[index];
		return width === undefined ? [] : [{ ...column, width }];
	});
	const drawn = new Table({
		chars: { ...noLines, middle: ' '.repeat(columnGap) },
		style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
		truncate: '…',
		colWidths: shown.map(({ width }) => width),
		colAligns: shown.map(({ column }) => column.align ?? 'left'),
	});
	drawn.push(shown.map(({ column }) => screen.colors.dim(column.heading)));
	rows.forEach((row, index) => {
		drawn.push(
			shown.map(({ column: { paint }, cells }) => paintCell(cells[index] ?? '', (text) => paint?.(text, row))),
		);
	});
	return withoutTrailingSpace(drawn.toString());
}

interface NotedColumns<Row> {
	readonly columns: readonly Column<Row>[];
	readonly noteOf: (row: Row) => string | null;
}

/** A table with a sentence below each row that has one: reasons are for reading, not for a narrow column. */
export async function tableWithNotes<Row>(
	screen: Screen,
	{ columns, noteOf }: NotedColumns<Row>,
	rows: readonly Row[],
): Promise<string> {
	const [head = '', ...lines] = (await table(screen, columns, rows)).split('\n');
	const noted = rows.flatMap((row, index) => {
		const note = noteOf(row);
		const line = lines[index] ?? '';
		return note === null ? [line] : [line, screen.colors.dim(`    ${cleanLine(note)}`)];
	});
	return [head, ...noted].join('\n');
}

const noLines = {
	top: '',
	'top-mid': '',
	'top-left': '',
	'top-right': '',
	bottom: '',
	'bottom-mid': '',
	'bottom-left': '',
	'bottom-right': '',
	left: '',
	'left-mid': '',
	mid: '',
	'mid-mid': '',
	right: '',
	'right-mid': '',
};

function paintCell(text: string, paint: (text: string) => string | undefined): string {
	return paint(text) ?? text;
}

function withoutTrailingSpace(text: string): string {
	return text
		.split('\n')
		.map((line) => line.trimEnd())
		.join('\n');
}
