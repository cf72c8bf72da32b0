/**
 * Puts the examples that are tested (`docs/snippets`) and the parts that are generated into the Markdown files that show them, and draws the
 * chart of the recorded benchmark, so that no published line can rot. `--check` writes nothing and fails where a file would change.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Options } from 'prettier';
import { generatedBlock, generatedFiles } from './generated-blocks.ts';
import { filled } from './markdown-blocks.ts';
import { parseReference, regionsOf } from './snippet-regions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const notOurs = new Set(['node_modules', 'dist', '.git', '.turbo', '.tsbuild', '.data', 'coverage', 'api']);
const parsers: Readonly<Record<string, string>> = { ts: 'typescript', json: 'json' };

const isCheck = process.argv.includes('--check');
const options = (await resolveConfig(join(root, 'README.md'))) ?? {};
const stale: string[] = [];

for (const file of markdownFiles(root)) {
	const before = readFileSync(file, 'utf8');
	const after = await contentOf(file, before);
	if (after === undefined || after === before) continue;
	write(file, after);
}
for (const [file, content] of Object.entries(generatedFiles())) {
	if (!existsSync(file) || readFileSync(file, 'utf8') !== content) write(file, content);
}
for (const file of stale) console.error(isCheck ? `${file} shows something else than its sources.` : `${file} written`);
if (isCheck && stale.length > 0) {
	console.error('Run "npm run docs:sync" and look at the difference.');
	process.exitCode = 1;
}

function write(file: string, content: string): void {
	stale.push(relative(root, file));
	if (!isCheck) writeFileSync(file, content);
}

/** As prettier would leave it, so that the two never disagree about a file that has a marked place. */
async function contentOf(file: string, before: string): Promise<string | undefined> {
	if (!/^<!-- (?:snippet|generated): /mu.test(before)) return before;
	try {
		const text = await filled(before, { snippet, generated: (name) => Promise.resolve(generatedBlock(name)) });
		return await format(text, { ...options, parser: 'markdown' });
	} catch (error) {
		// One page that cannot be filled does not hold up the others.
		console.error(`${relative(root, file)}: ${error instanceof Error ? error.message : String(error)}`);
		process.exitCode = 1;
		return undefined;
	}
}

async function snippet(text: string, language: string): Promise<string> {
	const reference = parseReference(text);
	const code = regionsOf(readFileSync(join(root, reference.file), 'utf8'), reference).replaceAll('\t', '  ');
	const parser = parsers[language];
	return parser === undefined ? code : (await format(code, codeOptions(parser))).trimEnd();
}

function codeOptions(parser: string): Options {
	return { ...options, parser, useTabs: false };
}

function markdownFiles(folder: string): readonly string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : markdownFiles(path);
		return entry.name.endsWith('.md') ? [path] : [];
	});
}
