/** What the arguments say. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { Scenario } from './scenario.ts';

export type CommandLine =
	| {
			readonly kind: 'run';
			readonly scenario: Scenario;
			readonly seconds: number;
			readonly seed: number;
			readonly rate: number;
			readonly isJson: boolean;
			readonly isStrict: boolean;
	  }
	/** Every defect is made on purpose, to prove the checks. */
	| { readonly kind: 'mutations' }
	/** Everything has been said: help was shown, or what is wrong with the arguments. */
	| { readonly kind: 'over'; readonly exitCode: number };

interface Said {
	readonly scenario: string;
	readonly seconds: number;
	readonly seed: number;
	readonly rate: number;
	readonly json: boolean;
	readonly strict: boolean;
	readonly list: boolean;
	readonly mutations: boolean;
}

const examples = `
Examples:
  npm run chaos -- --list
  npm run chaos -- --scenario worker-kill --seconds 20 --seed 7
  npm run chaos -- --scenario everything --seconds 600 --json
  npm run chaos -- --mutations

Exit code 1 when an invariant is broken, 2 for arguments that make no sense.
With --json the last line of standard output is one JSON object; everything else goes to standard error.`;

const badArguments = 2;

export function parseCommandLine(argv: readonly string[], scenarios: readonly Scenario[]): CommandLine {
	const program = new Command('npm run chaos --')
		.description(
			'Breaks things under load on real processes and a real PostgreSQL, and checks that nothing is lost or doubled.',
		)
		.option('--scenario <name>', 'what to break; --list tells what there is', 'worker-kill')
		.option('--seconds <n>', 'how long to break it; load goes on before and after', numberBetween(1, 86_400), 10)
		.option('--seed <n>', 'the same faults and sends for the same seed', numberBetween(0, 1_000_000_000), 1)
		.option('--rate <n>', 'sends per second', numberBetween(1, 10_000), 100)
		.option('--json', 'one JSON object as the last line of standard output', false)
		.option('--strict', 'exit code 1 also when recovery or throughput miss their bar', false)
		.option('--mutations', 'break the code on purpose instead, in many ways, and see whether the checks find it', false)
		.option('--list', 'name the scenarios', false)
		.addHelpText('after', examples)
		.allowExcessArguments(false)
		.exitOverride();
	try {
		const said = program.parse(argv, { from: 'user' }).opts<Said>();
		const { scenario: name, json, strict, list, mutations, ...numbers } = said;
		if (list) {
			process.stdout.write(listOf(scenarios));
			return { kind: 'over', exitCode: 0 };
		}
		if (mutations) return { kind: 'mutations' };
		const scenario = scenarios.find((one) => one.name === name);
		if (scenario === undefined) return program.error(`There is no scenario "${name}"; --list tells what there is.`);
		return { kind: 'run', scenario, ...numbers, isJson: json, isStrict: strict };
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		return { kind: 'over', exitCode: error.exitCode === 0 ? 0 : badArguments };
	}
}

function numberBetween(least: number, most: number): (text: string) => number {
	return (text) => {
		const value = Number(text);
		if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
		throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
	};
}

function listOf(scenarios: readonly Scenario[]): string {
	return scenarios
		.map(
			({ name, fault, lines }) => `${name.padEnd(18)} ${fault}${lines.length === 0 ? '' : ` (${lines.join(', ')})`}\n`,
		)
		.join('');
}
