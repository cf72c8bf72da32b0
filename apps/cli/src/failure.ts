/** Any thrown value as what the user sees: one line, what to do, an exit code, and the facts for the JSON form. */
import { exitCodeOf, exitCodeOfStore, exitCodes } from './exit-code.ts';
import { CliError } from './cli-error.ts';
import type { ExitCode } from './exit-code.ts';

export interface Failure {
	readonly code: string;
	readonly message: string;
	readonly advice: string | undefined;
	readonly exitCode: ExitCode;
	/** The error's own fields: issues, status, last act, reason, … */
	readonly facts: Readonly<Record<string, unknown>>;
}

/** The packages are loaded only now: most runs of `cb` never fail. */
export async function describeFailure(error: unknown): Promise<Failure> {
	if (error instanceof CliError) return failureOf(error, { exitCode: error.exitCode, advice: error.advice });
	if (isPromptAbort(error)) return interruptedFailure;
	const { isCommandBusError } = await import('@cb/core');
	if (isCommandBusError(error, 'store')) {
		return failureOf(error, { exitCode: exitCodeOfStore(error.reason), advice: storeAdvice(error.reason) });
	}
	if (isCommandBusError(error)) {
		return failureOf(error, { exitCode: exitCodeOf(error.code), advice: adviceByCode[error.code] });
	}
	return {
		code: 'unexpected',
		message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
		advice: 'This is a defect of cb: repeat with --debug and report what it prints.',
		exitCode: exitCodes.unexpected,
		facts: {},
	};
}

const interruptedFailure: Failure = {
	code: 'interrupted',
	message: 'Interrupted; nothing was done.',
	advice: undefined,
	exitCode: exitCodes.interrupted,
	facts: {},
};

interface CodedError extends Error {
	readonly code: string;
}

function failureOf(error: CodedError, { exitCode, advice }: Pick<Failure, 'exitCode' | 'advice'>): Failure {
	return { code: error.code, message: error.message, advice, exitCode, facts: factsOf(error) };
}

const notFacts = new Set(['name', 'code', 'message', 'stack', 'cause', 'advice', 'exitCode']);

/** Errors carry their facts as plain fields, so their names are the same in TypeScript and in JSON. */
function factsOf(error: Error): Readonly<Record<string, unknown>> {
	return Object.fromEntries(
		Object.entries(error).filter(([name, value]) => !notFacts.has(name) && value !== undefined),
	);
}

/** Messages of the packages say what to do in code; this says it for the command line, where it differs. */
const adviceByCode: Readonly<Record<string, string>> = {
	'command-not-found': 'List what there is: cb command list --domain <domain>',
	'batch-not-found': 'List what there is: cb batch list',
	'bulk-not-found': 'List what there is: cb tsq bulk list',
	'process-not-found': 'List what there is: cb process list',
	'duplicate-command': 'On the command line that is --return-existing.',
	'reply-queue-not-found': 'An act on parked commands can do without the reply: --suppress-reply.',
	'schema-mismatch': 'See "cb migrate status".',
};

function storeAdvice(reason: string): string {
	switch (reason) {
		case 'connection':
			return 'Check that PostgreSQL runs and that --database or CB_DATABASE_URL names it.';
		case 'authorization':
			return 'Check the user, its password and its privileges; "cb doctor" says which are missing.';
		case 'syntax':
			return 'Is this a database of cb? See "cb migrate status".';
		default:
			return 'Repeat it; if it stays, "cb doctor" may say why.';
	}
}

/** Ctrl-C at a question ends it with an error of the prompt's own. */
function isPromptAbort(error: unknown): boolean {
	return error instanceof Error && ['ExitPromptError', 'AbortPromptError', 'AbortError'].includes(error.name);
}
