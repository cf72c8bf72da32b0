/**
 * The published part of a tested file: the lines between `// #region name` and `// #endregion name` (`--` in SQL), without the indentation they
 * share. A reference is a file and one or more of its regions, `docs/snippets/first.test.ts#define+send`; without regions it is the whole file
 * but for the comment at its top.
 */
export interface SnippetReference {
	readonly file: string;
	readonly regions: readonly string[];
}

export function parseReference(text: string): SnippetReference {
	const [file = '', regions] = text.split('#');
	return { file, regions: regions === undefined ? [] : regions.split('+') };
}

/** The regions of a source text one after the other, with a blank line between them. Throws where one is missing, empty or open. */
export function regionsOf(source: string, { file, regions }: SnippetReference): string {
	if (regions.length === 0) return source.replace(/^\/\*\*.*?\*\/\n/su, '').trim();
	const lines = source.split('\n');
	return regions.map((region) => regionOf(lines, { file, region })).join('\n\n');
}

const marker = /^\s*(?:\/\/|--)\s#(region|endregion)\s(\S+)$/u;

function regionOf(
	lines: readonly string[],
	{ file, region }: { readonly file: string; readonly region: string },
): string {
	const inside: string[] = [];
	let state: 'before' | 'open' | 'closed' = 'before';
	for (const line of lines) {
		const [, kind, name] = marker.exec(line) ?? [];
		if (kind === undefined) {
			if (state === 'open') inside.push(line);
		} else if (name === region) {
			state = kind === 'region' ? 'open' : 'closed';
		}
	}
	if (state === 'before') throw new Error(`${file} has no region "${region}".`);
	if (state === 'open') throw new Error(`The region "${region}" of ${file} is never closed.`);
	return unindented(inside).join('\n').trim();
}

function unindented(lines: readonly string[]): readonly string[] {
	const depths = lines.filter((line) => line.trim() !== '').map((line) => /^\t*/u.exec(line)?.[0].length ?? 0);
	const shared = Math.min(...depths);
	return lines.map((line) => line.slice(shared));
}
