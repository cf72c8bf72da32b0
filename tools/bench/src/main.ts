/** `npm run bench`: figures with their spread, ratios against bars. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { headOf, tableOf } from './report.ts';
import { run } from './run.ts';
import { allSuites, defaultSuites, suites } from './suites/index.ts';
import { systemNames } from './systems/system.ts';
import type { SystemName } from './systems/system.ts';

const peerNames = systemNames.filter((name) => name !== 'cb' && name !== 'bare');

const help = `npm run bench -- [options]

  --suite <names>  of ${Object.keys(suites).join(', ')};
                   or all, which takes about two hours
                   (default: ${defaultSuites.join(', ')}: about twenty minutes)
  --peers <names>  of ${peerNames.join(', ')}; or all, or none (default: all)
                   bullmq needs CB_REDIS_URL, or redis-server on the search path
  --rounds <n>     rounds, interleaved (default: 3)
  --quick          a few seconds: shows that it works, not how fast it is
  --json           one JSON object as the last line of standard output
  --out <file>     write that object to a file as well, after each suite

Examples:

  npm run bench                                            the three suites that most people ask for
  npm run bench -- --quick                                 does it run here?
  npm run bench -- --suite lifecycle --peers none          a minute or two: has a change made something slower?
  npm run bench -- --suite drain --peers pg-boss --rounds 5
  npm run bench -- --suite all --out docs/explanation/figures/full.json && npm run docs:sync
                                                           the figures and the chart in the documentation
`;

interface Chosen {
	readonly suites: readonly string[];
	readonly peers: readonly SystemName[];
	readonly rounds: number;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			suite: { type: 'string', default: defaultSuites.join(',') },
			peers: { type: 'string', default: 'all' },
			rounds: { type: 'string' },
			quick: { type: 'boolean', default: false },
			json: { type: 'boolean', default: false },
			out: { type: 'string' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		process.stdout.write(help);
		return;
	}
	const chosen = chosenBy({ ...values, rounds: values.rounds ?? (values.quick ? '1' : '3') });
	if (typeof chosen === 'string') {
		process.stderr.write(`${chosen}\n\n${help}`);
		process.exitCode = 2;
		return;
	}
	const output = await run({
		...chosen,
		suites: Object.fromEntries(Object.entries(suites).filter(([name]) => chosen.suites.includes(name))),
		isQuick: values.quick,
		onLine: (line) => process.stderr.write(`${line}\n`),
		async onOutput(soFar) {
			const last = soFar.suites.at(-1);
			process.stderr.write(last === undefined ? headOf(soFar) : tableOf(last, soFar));
			if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(soFar, undefined, '\t')}\n`);
		},
	});
	if (output.suites.some(({ error }) => error !== undefined)) process.exitCode = 1;
	if (values.json) process.stdout.write(`${JSON.stringify(output)}\n`);
}

/** Or what is wrong with it. */
function chosenBy(said: { readonly suite: string; readonly peers: string; readonly rounds: string }): Chosen | string {
	const names = said.suite === 'all' ? allSuites : said.suite.split(',');
	const unknown = names.find((name) => !Object.hasOwn(suites, name));
	if (unknown !== undefined) return `There is no suite "${unknown}".`;
	const peers = said.peers === 'all' ? peerNames : said.peers === 'none' ? [] : said.peers.split(',');
	const stranger = peers.find((name) => !peerNames.some((peer) => peer === name));
	if (stranger !== undefined) return `There is no peer "${stranger}".`;
	const rounds = Number(said.rounds);
	if (!Number.isInteger(rounds) || rounds < 1) return 'Say a whole number of rounds.';
	return { suites: names, peers: peerNames.filter((name) => peers.includes(name)), rounds };
}

await main();
