/** One run of `cb`: parse, execute, print, and say which exit code it earned. Knows no global: a test runs it in process. */
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { CliError, usageError } from './cli-error.ts';
import { createContext, wantsColor } from './context.ts';
import type { Environment, GlobalFlags, InputStream } from './context.ts';
import { exitCodes } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { describeFailure } from './failure.ts';
import { createOutput } from './output.ts';
import type { Output, OutputStream } from './output.ts';
import { createProgram, helpCommandFor } from './program.ts';
import type { Result } from './result.ts';
import type { Services } from './services.ts';

export interface Session {
	/** Without the names of node and of the script. */
	readonly arguments: readonly string[];
	readonly environment: Environment;
	readonly stdin: InputStream;
	readonly stdout: OutputStream;
	readonly stderr: OutputStream;
	/** Aborted with a `CliError` that says how to exit. */
	readonly signal: AbortSignal;
	readonly services: Services;
}

export async function run(session: Session): Promise<ExitCode> {
	let exitCode: ExitCode = exitCodes.ok;
	const program = createProgram({
		stdout: session.stdout,
		stderr: session.stderr,
		hasColors: (stream) => wantsColor(stream, session.environment, !session.arguments.includes('--no-color')),
		execute: async (work) => {
			const output = outputOf(session, program);
			const context = createContext({ ...session, output, flags: program.opts<GlobalFlags>() });
			try {
				const result = await work(context);
				await print(output, result);
				exitCode = result.exitCode ?? exitCodes.ok;
			} finally {
				await context.close();
			}
		},
	});
	try {
		await program.parseAsync(session.arguments, { from: 'user' });
	} catch (error) {
		exitCode = await fail(session, program, error);
	}
	return interruption(session.signal)?.exitCode ?? exitCode;
}

/** Why the run was ended from outside, if it was. */
function interruption({ aborted, reason }: AbortSignal): CliError | undefined {
	return aborted && reason instanceof CliError && reason.exitCode !== exitCodes.ok ? reason : undefined;
}

function outputOf(session: Session, program: Command): Output {
	const { color, debug } = program.opts<GlobalFlags>();
	return createOutput({
		...session,
		isJson: session.arguments.includes('--json'),
		isDebug: debug === true,
		wantsColor: (stream) => wantsColor(stream, session.environment, color),
	});
}

async function print(output: Output, { data, text, hints }: Result): Promise<void> {
	if (output.isJson) {
		output.document(data);
		return;
	}
	const shown = await text(output.screen());
	if (shown !== '') output.text(shown);
	for (const hint of hints ?? []) output.note(hint);
}

async function fail(session: Session, program: Command, error: unknown): Promise<ExitCode> {
	if (isHelp(error)) return exitCodes.ok;
	const failed = error instanceof CommanderError ? asUsageError(error, program, session.arguments) : error;
	const failure = await describeFailure(failed);
	if (failure.exitCode !== exitCodes.ok) outputOf(session, program).failure(failure, failed);
	return failure.exitCode;
}

function isHelp(error: unknown): boolean {
	return error instanceof CommanderError && error.exitCode === 0;
}

/** commander's messages, in our form: "error: unknown option '--jsn'\n(Did you mean --json?)". */
function asUsageError(error: CommanderError, program: Command, words: readonly string[]): CliError {
	const help = `See "${helpCommandFor(program, words)}".`;
	if (error.code === 'commander.help') return usageError('A command is missing.', help);
	const [problem = '', suggestion = ''] = error.message.replace(/^error: /u, '').split('\n');
	const advice = suggestion === '' ? help : `${suggestion.replace(/^\(|\)$/gu, '')} ${help}`;
	const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1)}`;
	return usageError(sentence.endsWith('.') ? sentence : `${sentence}.`, advice);
}
