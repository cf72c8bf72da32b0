/** The program of the tutorial says what the tutorial says it says. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, it, vi } from 'vitest';

const tutorial = readFileSync(new URL('../tutorial/first-command.md', import.meta.url), 'utf8');

it('prints every line that the tutorial shows, in that order', async () => {
	const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);

	await import('./first-command.ts');

	const printed = print.mock.calls.map((words) => words.map(asText).join(' '));
	print.mockRestore();
	expect(printed).toEqual(shownIn(tutorial));
});

function asText(word: unknown): string {
	return typeof word === 'string' ? word : inspect(word);
}

/** The lines of the text blocks that follow "prints". */
function shownIn(markdown: string): readonly string[] {
	return [...markdown.matchAll(/prints:\n\n```text\n([^`]+)\n```/gu)].flatMap(([, lines = '']) => lines.split('\n'));
}
