/** The tree of commands, with what all of them share: global flags, help, suggestions. */
import { Command } from 'commander';
import type { Argument } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addBatchCommands } from './commands/batch.ts';
import { addCommandCommands } from './commands/command.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDomainCommands } from './commands/domain.ts';
import { addMigrateCommands } from './commands/migrate.ts';
import { addProcessCommands } from './commands/process.ts';
import { addPrune } from './commands/prune.ts';
import { addQueues } from './commands/queues.ts';
import { addRepliesCommands } from './commands/replies.ts';
import { addRolesCommands } from './commands/roles.ts';
import { addSend } from './commands/send.ts';
import { addTop } from './commands/top.ts';
import { addTsqCommands } from './commands/tsq.ts';
import { exitCodeMeanings } from './exit-code.ts';
import type { OutputStream } from './output.ts';
import type { Execute } from './result.ts';

export interface ProgramOptions {
	readonly stdout: OutputStream;
	readonly stderr: OutputStream;
	readonly execute: Execute;
	readonly hasColors: (stream: OutputStream) => boolean;
}

export function createProgram(options: ProgramOptions): Command {
	const program = createRoot(options);
	const { execute } = options;
	program.commandsGroup('Set up:');
	addMigrateCommands(program, execute);
	addDomainCommands(program, execute);
	addDoctor(program, execute);
	addRolesCommands(program, execute);
	program.commandsGroup('Commands:');
	addSend(program, execute);
	addCommandCommands(program, execute);
	addBatchCommands(program, execute);
	addQueues(program, execute);
	addTop(program, execute);
	program.commandsGroup('Operate:');
	addTsqCommands(program, execute);
	addProcessCommands(program, execute);
	addRepliesCommands(program, execute);
	addPrune(program, execute);
	return program;
}

/** `cb tsq list --help` for whatever of the words is a command. */
export function helpCommandFor(program: Command, words: readonly string[]): string {
	const path = ['cb'];
	let current: Command = program;
	for (const word of words) {
		const found = current.commands.find((command) => command.name() === word);
		if (found === undefined) continue;
		path.push(word);
		current = found;
	}
	return `${path.join(' ')} --help`;
}

function createRoot({ stdout, stderr, hasColors }: ProgramOptions): Command {
	const program = new Command('cb');
	return program
		.description(
			'The command line of the @cb command bus: look at commands, work off what is parked, set up databases.',
		)
		.version(packageJson.version, '--version', 'show the version')
		.helpOption('-h, --help', 'show help')
		.option('--database <url>', 'PostgreSQL to work on (else CB_DATABASE_URL, else the demo if it runs)')
		.option('--json', 'print exactly one JSON document on standard output')
		.option('--no-color', 'no colours (also with NO_COLOR)')
		.option('--debug', 'show stacks and causes of errors')
		.configureHelp({
			showGlobalOptions: true,
			subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
			visibleGlobalOptions: () => program.options.filter(({ long }) => long !== '--version'),
		})
		.configureOutput({
			writeOut: (text) => stdout.write(text),
			writeErr: (text) => stderr.write(text),
			outputError: () => undefined,
			getOutHelpWidth: () => stdout.columns ?? 80,
			getErrHelpWidth: () => stderr.columns ?? 80,
			getOutHasColors: () => hasColors(stdout),
			getErrHasColors: () => hasColors(stderr),
		})
		.exitOverride()
		.addHelpText('after', rootHelp());
}

function argumentTerm(argument: Argument): string {
	const term = `${argument.name()}${argument.variadic ? '...' : ''}`;
	return argument.required ? `<${term}>` : `[${term}]`;
}

function rootHelp(): string {
	const codes = Object.entries(exitCodeMeanings).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`);
	return `
Examples:
  $ cb migrate up --database postgres://user:password@localhost:5432/app
  $ cb queues --watch
  $ cb tsq list --domain payments

Environment:
  CB_DATABASE_URL  the database, where --database is absent
  CB_OPERATOR      who acts on parked work, where --operator is absent
  NO_COLOR         no colours

Exit codes:
${codes.join('\n')}`;
}
