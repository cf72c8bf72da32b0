/** No published TypeScript is untested: every block of it is a region of a file that runs. */
import { describe, expect, it } from 'vitest';
import { codeBlocksOf } from '../../tools/markdown-blocks.ts';
import { markdownFiles, textOf } from './markdown-files.ts';

/** READMEs that are compared with tested files by tests of their own. */
const checkedElsewhere = new Set(['packages/pg/README.md']);

const pages = markdownFiles().filter((file) => !file.startsWith('.') && !checkedElsewhere.has(file));

describe('TypeScript and SQL', () => {
	it.each(pages)('in %s come from tested files', (page) => {
		const untested = codeBlocksOf(textOf(page)).filter(
			({ language, reference }) => ['ts', 'tsx', 'js', 'sql'].includes(language) && reference === undefined,
		);

		expect(untested.map(({ language, line }) => `${language} in line ${line}`)).toEqual([]);
	});
});
