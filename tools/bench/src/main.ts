/** `npm run bench -- --suite lifecycle [--rounds 3] [--quick] [--json] [--out file]`: figures with their spread, ratios against bars. */
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { migrate } from '@cb/pg';
import { createFreshDatabase, createTemplate, startPostgres } from '@cb/test-postgres';
import { rowOf } from './measure.ts';
import type { Bar, Row, SuiteResult } from './measure.ts';
import type { BenchContext } from './context.ts';
import { batchSuite } from './suites/batch.ts';
import { lifecycle } from './suites/lifecycle.ts';
import { processSuite } from './suites/process.ts';
import { pruneSuite } from './suites/prune.ts';
import { tsq } from './suites/tsq.ts';

const suites: Readonly<Record<string, (context: BenchContext) => Promise<SuiteResult>>> = {
	lifecycle,
	tsq,
	process: processSuite,
	prune: pruneSuite,
	batch: batchSuite,
};

interface Output {
	readonly suite: string;
	readonly settings: SuiteResult['settings'];
	readonly versions: Readonly<Record<string, string>>;
	readonly rows: readonly Row[];
	readonly bars: readonly Bar[];
}

const help = `npm run bench -- [options]

  --suite <name>   ${Object.keys(suites).join(', ')} (default: lifecycle)
  --rounds <n>     rounds, interleaved (default: 3)
  --quick          a few seconds: shows that it works, not how fast it is
  --json           one JSON object as the last line of standard output
  --out <file>     write that object to a file as well

  npm run bench -- --suite lifecycle --rounds 5
`;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			suite: { type: 'string', default: 'lifecycle' },
			rounds: { type: 'string' },
			quick: { type: 'boolean', default: false },
			json: { type: 'boolean', default: false },
			out: { type: 'string' },
			help: { type: 'boolean', default: false },
		},
	});
	const suite = suites[values.suite];
	if (values.help || suite === undefined) {
		process.stderr.write(suite === undefined ? `There is no suite "${values.suite}".\n\n${help}` : help);
		process.exitCode = suite === undefined ? 2 : 0;
		return;
	}
	const output = await run(values.suite, suite, {
		rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
		isQuick: values.quick,
	});
	if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(output, undefined, '\t')}\n`);
	process.stderr.write(tableOf(output));
	if (values.json) process.stdout.write(`${JSON.stringify(output)}\n`);
}

async function run(
	name: string,
	suite: (context: BenchContext) => Promise<SuiteResult>,
	options: { readonly rounds: number; readonly isQuick: boolean },
): Promise<Output> {
	const server = await startPostgres();
	try {
		const template = await createTemplate(server.url, 'bench', async (url) => {
			await migrate(url);
		});
		const result = await suite({
			...options,
			freshDatabase: () => createFreshDatabase(server.url, template.name),
			progress: (line) => process.stderr.write(`${name}: ${line}\n`),
		});
		return {
			suite: name,
			settings: {
				...result.settings,
				cpu: cpus()[0]?.model ?? 'unknown',
				cores: cpus().length,
				memoryGiB: Math.round(totalmem() / 2 ** 30),
			},
			versions: { node: process.version, postgres: '18', pgmq: '1.11.1' },
			rows: result.figures.map(rowOf),
			bars: result.bars,
		};
	} finally {
		await server.stop();
	}
}

function tableOf({ rows, bars }: Output): string {
	const lines = rows.map(
		({ name, unit, median, min, max }) =>
			`${name.padEnd(60)} ${format(median).padStart(10)} ${unit.padEnd(11)} (${format(min)} to ${format(max)})`,
	);
	const judged = bars.map(
		({ name, ratio, bar, met }) => `${met ? 'met   ' : 'MISSED'} ${name}: ${ratio.toFixed(2)} (bar ${bar})`,
	);
	return `\n${lines.join('\n')}\n\n${judged.join('\n')}\n`;
}

function format(value: number): string {
	return Math.round(value).toLocaleString('en');
}

await main();
