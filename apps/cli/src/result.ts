import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import type { Screen } from './output.ts';

/** What a command has found out or done: the same facts for programs and for people. */
export interface Result {
	/** Printed with `--json`: as the API returns it, in camel case. */
	readonly data: unknown;
	/** Printed without. */
	readonly text: (screen: Screen) => string | Promise<string>;
	/** @default 0 */
	readonly exitCode?: ExitCode | undefined;
	/** Hints that are no result: where to look next. Standard error, and not with `--json`. */
	readonly hints?: readonly string[] | undefined;
}

/** Runs the work of one command with a context and prints its result. */
export type Execute = (work: (context: Context) => Promise<Result>) => Promise<void>;
