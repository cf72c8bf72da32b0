/** A history: one line per event in order of time, what belongs to it indented below. */
import type { Screen } from '../output.ts';
import { cleanLine } from './clean.ts';
import { momentText } from './time.ts';

export interface TimelineEvent {
	readonly at: Date;
	readonly name: string;
	/** Short facts that stand on the line of the event. */
	readonly facts: readonly string[];
	/** Whole sentences, each on a line of its own. */
	readonly lines: readonly string[];
}

const indent = '    ';

export function timeline({ colors }: Screen, events: readonly TimelineEvent[]): string {
	const width = Math.max(0, ...events.map(({ name }) => name.length));
	return events
		.flatMap(({ at, name, facts, lines }) => [
			`${colors.dim(momentText(at))}  ${colors.bold(name.padEnd(width))}  ${facts.map(cleanLine).join('  ')}`.trimEnd(),
			...lines.map((line) => `${indent}${cleanLine(line)}`),
		])
		.join('\n');
}
