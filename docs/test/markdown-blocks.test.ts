/** The tool that fills the pages does what it says. */
import { describe, expect, it } from 'vitest';
import { codeBlocksOf, filled } from '../../tools/markdown-blocks.ts';
import { parseReference, regionsOf } from '../../tools/snippet-regions.ts';

const source = [
	'/** A file. */',
	"import { a } from 'b';",
	'it(() => {',
	'\t// #region one',
	'\ta();',
	'\tif (a) {',
	'\t\ta();',
	'\t}',
	'\t// #endregion one',
	'\t// #region two',
	'\ta(2);',
	'\t// #endregion two',
	'});',
	'',
].join('\n');

function regions(reference: string): string {
	return regionsOf(source, parseReference(reference));
}

describe('regions', () => {
	it('lose the indentation they share', () => {
		expect(regions('f.ts#one')).toBe('a();\nif (a) {\n\ta();\n}');
	});

	it('are put one after the other', () => {
		expect(regions('f.ts#two+one')).toMatch(/^a\(2\);\n\na\(\);/u);
	});

	it('are the whole file without its comment when none is named', () => {
		expect(regions('f.ts')).toMatch(/^import/u);
	});

	it('are missed by name', () => {
		expect(() => regions('f.ts#three')).toThrow('f.ts has no region "three"');
		expect(() => regionsOf('// #region open\na();', parseReference('f.ts#open'))).toThrow('never closed');
	});
});

describe('pages', () => {
	const sources = {
		snippet: (reference: string, language: string) => Promise.resolve(`${language} of ${reference}`),
		generated: (name: string) => Promise.resolve(`made by ${name}`),
	};

	it('get the code of their markers, and keep everything else', async () => {
		const page = '# Page\n\n<!-- snippet: f.ts#one -->\n\n```ts\nold\n```\n\nText.\n\n```sh\nls\n```\n';

		expect(await filled(page, sources)).toBe(page.replace('old', 'ts of f.ts#one'));
	});

	it('get what is generated between its markers', async () => {
		const page = '<!-- generated: cli -->\n\nold\n\n<!-- end generated -->\n';

		expect(await filled(page, sources)).toBe(page.replace('old', 'made by cli'));
	});

	it('are not left half filled', async () => {
		await expect(filled('<!-- snippet: f.ts#one -->\n\nText.\n', sources)).rejects.toThrow(
			'not followed by a code block',
		);
		await expect(filled('<!-- generated: cli -->\n', sources)).rejects.toThrow('has no');
	});

	it('tell which blocks nothing fills', () => {
		const page = '<!-- snippet: f.ts#one -->\n\n```ts\na();\n```\n\n```ts\nb();\n```\n';

		expect(codeBlocksOf(page)).toEqual([
			{ language: 'ts', line: 3, reference: 'f.ts#one' },
			{ language: 'ts', line: 7, reference: undefined },
		]);
	});
});
