/** Parts of the documentation that are written by what they describe: the help of the CLI, and the figures of benchmark runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const figuresFolder = join(root, 'docs', 'explanation', 'figures');

const migrationsFolder = join(root, 'packages', 'pg', 'sql', 'migrations');

const generators: Readonly<Record<string, () => string>> = {
	cli: cliHelp,
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

/** What `npm run bench -- --json --out <file>` writes. */
interface BenchOutput {
	readonly suite: string;
	readonly settings: Readonly<Record<string, string | number>>;
	readonly versions: Readonly<Record<string, string>>;
	readonly rows: readonly {
		readonly name: string;
		readonly unit: string;
		readonly median: number;
		readonly min: number;
		readonly max: number;
	}[];
	readonly bars: readonly {
		readonly name: string;
		readonly ratio: number;
		readonly bar: number;
		readonly met: boolean;
	}[];
}

const noFigures = '_No run has been recorded yet._';

function benchFigures(): string {
	if (!existsSync(figuresFolder)) return noFigures;
	const files = readdirSync(figuresFolder)
		.filter((file) => file.endsWith('.json'))
		.sort();
	const outputs = files.map((file) => JSON.parse(readFileSync(join(figuresFolder, file), 'utf8')) as BenchOutput);
	return outputs.length === 0 ? noFigures : outputs.map(figuresOf).join('\n\n');
}

function figuresOf({ suite, settings, versions, rows, bars }: BenchOutput): string {
	const facts = Object.entries({ ...versions, ...settings }).map(([name, value]) => `${name} ${String(value)}`);
	const lines = rows.map(
		({ name, unit, median, min, max }) =>
			`| ${name} | ${unit} | ${rounded(median)} | ${rounded(min)} | ${rounded(max)} |`,
	);
	const judged = bars.map(
		({ name, ratio, bar, met }) => `| ${name} | ${ratio.toFixed(2)} | ${String(bar)} | ${met ? 'met' : 'missed'} |`,
	);
	return [
		`### Suite \`${suite}\``,
		`${facts.join(' · ')}.`,
		['| figure | unit | median | lowest | highest |', '| --- | --- | ---: | ---: | ---: |', ...lines].join('\n'),
		['| ratio | measured | bar | |', '| --- | ---: | ---: | --- |', ...judged].join('\n'),
	].join('\n\n');
}

function rounded(value: number): string {
	return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
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
