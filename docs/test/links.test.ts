/** Every link between the files of the repository leads somewhere, headings included. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markdownFiles, root, textOf } from './markdown-files.ts';

const files = markdownFiles();

interface Link {
	readonly target: string;
	readonly line: number;
}

/** Inline links and images, without those in code and those to other sites. */
function linksOf(text: string): readonly Link[] {
	let isCode = false;
	return text.split('\n').flatMap((line, index) => {
		if (line.startsWith('```')) isCode = !isCode;
		if (isCode) return [];
		const prose = line.replaceAll(/`[^`]*`/gu, (code) => (code.includes('](') ? '' : code));
		return [...prose.matchAll(/\]\(([^()\s]+)\)/gu)].map(([, target = '']) => ({ target, line: index + 1 }));
	});
}

/** The anchors GitHub gives to headings. */
function anchorsOf(text: string): ReadonlySet<string> {
	const withoutCode = text.replaceAll(/^```[\s\S]*?^```$/gmu, '');
	const headings = [...withoutCode.matchAll(/^#{1,6}\s+(.+)$/gmu)].map(([, heading = '']) => heading);
	return new Set(headings.map(anchorOf));
}

function anchorOf(heading: string): string {
	return heading
		.replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1')
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
		.replaceAll(/\s/gu, '-');
}

function problemOf(file: string, { target }: Link): string | undefined {
	if (/^[a-z]+:/u.test(target)) return undefined;
	const [path = '', anchor] = target.split('#');
	const aimed = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
	if (aimed.startsWith('..')) return 'leads out of the repository';
	if (!existsSync(join(root, aimed))) return `${aimed} does not exist`;
	if (anchor === undefined) return undefined;
	if (statSync(join(root, aimed)).isDirectory() || !aimed.endsWith('.md')) return 'has an anchor that nothing defines';
	return anchorsOf(textOf(aimed)).has(anchor) ? undefined : `${aimed} has no heading #${anchor}`;
}

describe('links', () => {
	it.each(files)('of %s lead somewhere', (file) => {
		const problems = linksOf(textOf(file)).flatMap((link) => {
			const problem = problemOf(file, link);
			return problem === undefined ? [] : [`line ${link.line}: ${link.target}: ${problem}`];
		});

		expect(problems).toEqual([]);
	});

	it('every page of the documentation is on its map', () => {
		const linked = linksOf(textOf('docs/README.md')).map(({ target }) => normalize(join('docs', target)));

		const pages = files.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md');

		expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
	});
});

describe('paths in code spans', () => {
	it.each(files)('of %s exist', (file) => {
		const spans = [...textOf(file).matchAll(/`((?:packages|apps|docs|tools)\/[\w./-]+)`/gu)].map(
			([, path = '']) => path,
		);
		const isPattern = (path: string): boolean => /NNNN|first-command\.ts$/u.test(path);

		const missing = spans.filter((path) => !isPattern(path) && !existsSync(join(root, path)));

		expect(missing).toEqual([]);
	});
});
