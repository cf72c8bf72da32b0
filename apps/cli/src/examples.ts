/** The part of a help page that people read first. */
export function examples(...lines: readonly string[]): string {
	return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
