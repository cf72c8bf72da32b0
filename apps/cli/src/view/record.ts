/** One thing in full: a line per field, values in one column. Fields that are undefined are left out. */
import type { Screen } from '../output.ts';
import { cleanText } from './clean.ts';

/** A value is made fit for the terminal first and coloured then. */
export type Field = readonly [name: string, value: string | undefined, paint?: (text: string) => string];

export function record(screen: Screen, fields: readonly Field[]): string {
	const shown = fields.flatMap(([name, value, paint]) => (value === undefined ? [] : [{ name, value, paint }]));
	const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
	return shown
		.map(({ name, value, paint }) => {
			const lines = cleanText(value).split('\n');
			const painted = paint === undefined ? lines : lines.map(paint);
			return `${screen.colors.dim(name.padEnd(width))}${painted.join(`\n${' '.repeat(width)}`)}`;
		})
		.join('\n');
}

/** A heading with a block below it. */
export function section(screen: Screen, heading: string, block: string): string {
	return `${screen.colors.bold(heading)}\n${block}`;
}

/** JSON as people read it; it still has to pass `record` or `cleanText`. */
export function jsonBlock(value: unknown): string {
	return JSON.stringify(value, undefined, 2);
}
