/** Parts of the documentation that are written by what they describe: the help of the CLI, and the figures of benchmark runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartOf } from './bench/src/chart.ts';
import { figuresOf, summaryOf } from './bench/src/figures-markdown.ts';
import type { Output } from './bench/src/report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What `npm run bench -- --suite all --out <file>` wrote. */
const recordedFile = join(root, 'docs', 'explanation', 'figures', 'full.json');
const migrationsFolder = join(root, 'packages', 'pg', 'sql', 'migrations');

const generators: Readonly<Record<string, () => string>> = {
	cli: cliHelp,
	'bench-chart': benchChart,
	figures: benchFigures,
	'sql-functions': sqlFunctions,
};

/** Throws for a name that no generator has. */
export function generatedBlock(name: string): string {
	const generator = generators[name];
	if (generator === undefined)
		throw new Error(`There is no generator "${name}": ${Object.keys(generators).join(', ')}.`);
	return generator();
}

interface CommandHelp {
	readonly path: string;
	readonly help: string;
}

function cliHelp(): string {
	const program = ['--conditions=@cb/source', '--no-warnings', join(root, 'tools', 'cli-help.mjs')];
	const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' });
	if (status !== 0)
		throw new Error(`the command line cannot say its help: ${/^Error.*$/mu.exec(stderr)?.[0] ?? stderr}`);
	const pages = JSON.parse(stdout) as readonly CommandHelp[];
	return pages
		.map(({ path, help }) => {
			const depth = path.split(' ').length > 2 ? '###' : '##';
			return `${depth} ${path}\n\n\`\`\`text\n${help.trim()}\n\`\`\``;
		})
		.join('\n\n');
}

const noFigures = '_No run has been recorded yet._';

/** The recorded run of all suites, for the page on performance. */
function benchFigures(): string {
	const run = recordedRun();
	return run === undefined ? noFigures : `![${chartText}](figures/full.svg)\n\n${figuresOf(run)}`;
}

/** The same in a picture and a sentence, for the README. */
function benchChart(): string {
	const run = recordedRun();
	return run === undefined ? noFigures : `![${chartText}](docs/explanation/figures/full.svg)\n\n${summaryOf(run)}`;
}

const chartText = 'Bars: sends, drains, latency and behaviour under pressure of cb, the bare queue and its peers';

function recordedRun(): Output | undefined {
	return existsSync(recordedFile) ? (JSON.parse(readFileSync(recordedFile, 'utf8')) as Output) : undefined;
}

/** Files that are generated as a whole: their contents by their paths. */
export function generatedFiles(): Readonly<Record<string, string>> {
	const run = recordedRun();
	return run === undefined ? {} : { [recordedFile.replace(/json$/u, 'svg')]: chartOf(run) };
}

/** Every function of schema cb, as the newest migration that has it makes it, with the comment above it. */
function sqlFunctions(): string {
	const functions = new Map<string, string>();
	for (const file of readdirSync(migrationsFolder).sort()) {
		const text = readFileSync(join(migrationsFolder, file), 'utf8');
		for (const [, comment = '', name = '', signature = ''] of text.matchAll(functionPattern)) {
			functions.set(name, `- \`${name}(${oneLine(signature)})\`${explained(comment)}`);
		}
	}
	return [...functions.keys()]
		.sort()
		.map((name) => functions.get(name) ?? '')
		.join('\n');
}

const functionPattern = /((?:^--.*\n)*)^create (?:or replace )?function (cb\.\w+)\(([^)]*)\)/gmu;

function explained(comment: string): string {
	// Numbers in brackets are of the design's own pages, which readers do not have.
	const text = oneLine(comment.replaceAll(/^-- ?/gmu, '').replaceAll(/ \(\d\.\d+\)/gu, ''));
	return text === '' ? '' : `: ${text.replaceAll('<', '&lt;')}`;
}

function oneLine(text: string): string {
	return text.replaceAll(/\s+/gu, ' ').trim();
}
