/**
 * Places in a Markdown file whose content comes from elsewhere:
 *
 *     <!-- snippet: docs/snippets/first.test.ts#define -->      and the code block after it
 *     <!-- generated: cli -->  …  <!-- end generated -->        and everything in between
 */
export interface BlockSources {
	/** The code of a reference, ready to be shown in a block of this language. */
	snippet(reference: string, language: string): Promise<string>;
	/** What the generator of this name has to say, as Markdown. */
	generated(name: string): Promise<string>;
}

const snippetMarker = /^<!-- snippet: (\S+) -->$/u;
const generatedMarker = /^<!-- generated: (\S+) -->$/u;
const generatedEnd = '<!-- end generated -->';
const fence = /^```(\w+)$/u;

/** The text with every marked place filled anew. Throws where a marker is not followed by what it announces. */
export async function filled(markdown: string, sources: BlockSources): Promise<string> {
	const lines = markdown.split('\n');
	const result: string[] = [];
	for (let index = 0; index < lines.length;) {
		const line = lines[index] ?? '';
		const [, reference] = snippetMarker.exec(line) ?? [];
		const [, name] = generatedMarker.exec(line) ?? [];
		result.push(line);
		index += 1;
		if (reference !== undefined) {
			const block = codeBlockAfter(lines, index, line);
			result.push('', `\`\`\`${block.language}`, await sources.snippet(reference, block.language), '```');
			index = block.end;
		} else if (name !== undefined) {
			const end = lines.indexOf(generatedEnd, index);
			if (end === -1) throw new Error(`"${line}" has no "${generatedEnd}".`);
			result.push('', await sources.generated(name), '', generatedEnd);
			index = end + 1;
		}
	}
	return result.join('\n');
}

/** The references of all snippets in a text, and the code blocks of some languages that no snippet fills. */
export function codeBlocksOf(markdown: string): readonly CodeBlock[] {
	const lines = markdown.split('\n');
	const blocks: CodeBlock[] = [];
	for (let index = 0; index < lines.length; index++) {
		const [, language] = fence.exec(lines[index] ?? '') ?? [];
		if (language === undefined) continue;
		const before = lines.slice(0, index).findLast((line) => line.trim() !== '') ?? '';
		const end = lines.indexOf('```', index + 1);
		blocks.push({ language, line: index + 1, reference: snippetMarker.exec(before)?.[1] });
		index = end === -1 ? lines.length : end;
	}
	return blocks;
}

export interface CodeBlock {
	readonly language: string;
	/** From 1. */
	readonly line: number;
	/** Undefined for a block that nothing fills. */
	readonly reference: string | undefined;
}

function codeBlockAfter(
	lines: readonly string[],
	from: number,
	marker: string,
): { readonly language: string; readonly end: number } {
	const start = lines.findIndex((line, index) => index >= from && line.trim() !== '');
	const [, language] = fence.exec(lines[start] ?? '') ?? [];
	const end = lines.indexOf('```', start + 1);
	if (language === undefined || end === -1) throw new Error(`"${marker}" is not followed by a code block.`);
	return { language, end: end + 1 };
}
