import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Screen } from '../output.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

interface Row {
	readonly id: string;
	readonly message: string;
	readonly count: number;
}

const columns: readonly Column<Row>[] = [
	{ heading: 'COUNT', align: 'right', cell: ({ count }) => String(count) },
	{ heading: 'ID', cell: ({ id }) => id },
	{ heading: 'MESSAGE', cell: ({ message }) => message, minimum: 10 },
];

function screen(width: number | undefined, isColored = false): Screen {
	return { columns: width, rows: 24, colors: picocolors.createColors(isColored), now: new Date(0) };
}

const rows: readonly Row[] = [
	{ id: 'a-1', message: 'a message that is too long for a narrow terminal', count: 5 },
	{ id: 'b-22', message: 'short', count: 1_000 },
];

describe('table', () => {
	it('is plain columns of whole values in a pipe', async () => {
		expect(await table(screen(undefined), columns, rows)).toBe(
			[
				'COUNT  ID    MESSAGE',
				'    5  a-1   a message that is too long for a narrow terminal',
				' 1000  b-22  short',
			].join('\n'),
		);
	});

	it('cuts what may be cut to the width of the terminal', async () => {
		const lines = (await table(screen(30), columns, rows)).split('\n');

		expect(lines).toEqual(['COUNT  ID    MESSAGE', '    5  a-1   a message that i…', ' 1000  b-22  short']);
	});

	it('cuts coloured cells at the same place', async () => {
		const painted = columns.map((column) => ({ ...column, paint: (text: string) => `\u001b[31m${text}\u001b[39m` }));

		const text = await table(screen(30, true), painted, rows);

		// eslint-disable-next-line no-control-regex -- colours are control sequences
		expect(text.replaceAll(/\u001b\[\d+m/gu, '').split('\n')[1]).toBe('    5  a-1   a message that i…');
	});

	it('measures wide characters and keeps one line per row, whatever the values hold', async () => {
		const nasty = [{ id: 'x', message: '日本語\nline\u001b[2J', count: 1 }];

		expect((await table(screen(80), columns, nasty)).split('\n')[1]).toBe('    1  x   日本語 line\\u001b[2J');
	});

	it('fits 80 columns exactly', async () => {
		const wide = [{ id: 'i'.repeat(36), message: 'm'.repeat(300), count: 1 }];

		const lines = (await table(screen(80), columns, wide)).split('\n');

		expect(Math.max(...lines.map((line) => line.length))).toBe(80);
	});
});
