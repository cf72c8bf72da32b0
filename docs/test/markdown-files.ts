/** The Markdown files of the repository, and the text of its other files. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const notOurs = new Set(['node_modules', 'dist', '.git', '.turbo', '.tsbuild', '.data', 'coverage', 'api']);

/** Paths from the root of the repository. */
export function markdownFiles(folder = root): readonly string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : markdownFiles(path);
		return entry.name.endsWith('.md') ? [relative(root, path)] : [];
	});
}

export function textOf(path: string): string {
	return readFileSync(join(root, path), 'utf8');
}

/** Every match of the first group of a pattern in a file, or in the part of it that `within` cuts out. */
export function namesIn(path: string, pattern: RegExp, within?: RegExp): readonly string[] {
	const text = textOf(path);
	const part = within === undefined ? text : (within.exec(text)?.[0] ?? '');
	return [...part.matchAll(pattern)].map(([, name = '']) => name);
}
