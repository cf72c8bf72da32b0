/** What the command line itself refuses, with what to do about it. Errors of the packages pass through as they are. */
import { exitCodes } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';

export interface CliErrorFacts {
	/** Stable, kebab-case; stands in the JSON form. */
	readonly code: string;
	readonly exitCode: ExitCode;
	/** What to do, in one line. */
	readonly advice?: string | undefined;
}

export class CliError extends Error {
	override readonly name = 'CliError';
	readonly code: string;
	readonly exitCode: ExitCode;
	readonly advice: string | undefined;

	constructor(message: string, facts: CliErrorFacts, options?: ErrorOptions) {
		super(message, options);
		this.code = facts.code;
		this.exitCode = facts.exitCode;
		this.advice = facts.advice;
	}
}

/** A flag, argument or setting that is missing or wrong. Nothing was done. */
export function usageError(message: string, advice?: string): CliError {
	return new CliError(message, { code: 'usage', exitCode: exitCodes.usage, advice });
}

/** Text that is no JSON, or JSON that would not be stored as it was written. Nothing was stored. */
export function payloadError(message: string, advice?: string): CliError {
	return new CliError(message, { code: 'payload-invalid', exitCode: exitCodes.payloadInvalid, advice });
}

/** A question that was answered with no. Nothing was done. */
export function declinedError(message: string): CliError {
	return new CliError(message, { code: 'declined', exitCode: exitCodes.declined });
}
