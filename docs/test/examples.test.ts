/** No published TypeScript is untested: every block of it is a region of a file that runs. */
import { describe, expect, it } from 'vitest';
import { codeBlocksOf } from '../../tools/markdown-blocks.ts';
import { markdownFiles, textOf } from './markdown-files.ts';

/** The READMEs of other packages may also show what cannot run here, and compare their blocks with tested files by tests of their own. */
const isStrict = (file: string): boolean => !/^(?:\.|apps\/|tools\/|packages\/(?!core\/))/u.test(file);

const pages = markdownFiles().filter(isStrict);

describe('TypeScript and SQL', () => {
	it.each(pages)('in %s come from tested files', (page) => {
		const untested = codeBlocksOf(textOf(page)).filter(
			({ language, reference }) => ['ts', 'tsx', 'js', 'sql'].includes(language) && reference === undefined,
		);

		expect(untested.map(({ language, line }) => `${language} in line ${line}`)).toEqual([]);
	});
});
