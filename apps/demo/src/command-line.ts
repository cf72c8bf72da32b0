/** What the arguments say. */
import { parseArgs } from 'node:util';
import { ConfigurationError } from '@cb/core';
import { z } from 'zod';

export const usage = `Usage: main.js <command> [options]

  serve       the service: embedded PostgreSQL unless CB_DATABASE_URL is set, HTTP, workers, sample traffic
                --port <n>        default 3000 (CB_DEMO_PORT); 0 takes any free port
                --quiet           no sample traffic
  scenario    an unattended run that checks its own invariants; exit code 1 when one is broken
                --transfers <n>   default 5000
                --processes <n>   default 500, half of them reports, half of them orders
                --seed <text>     the same failures for the same seed
                --json            the last line of standard output is one JSON object
  worker      works commands off on the server that CB_DATABASE_URL names; run as many as you like
  router      moves processes on, likewise

README.md tells what to break and watch; CB_DEMO_* variables are listed there, too.
`;

const optionalCount = z.coerce.number().pipe(z.int().min(0)).optional();

const ArgumentsSchema = z.discriminatedUnion('command', [
	z.strictObject({
		command: z.literal('serve'),
		port: optionalCount,
		quiet: z.boolean().default(false),
	}),
	z.strictObject({
		command: z.literal('scenario'),
		transfers: z.coerce.number().pipe(z.int().min(1).max(1_000_000)).default(5_000),
		processes: z.coerce.number().pipe(z.int().min(2).max(10_000)).default(500),
		seed: z.string().optional(),
		json: z.boolean().default(false),
	}),
	z.strictObject({ command: z.enum(['worker', 'router']) }),
	z.strictObject({ command: z.literal('help') }),
]);

export type Arguments = z.output<typeof ArgumentsSchema>;

/** Throws `ConfigurationError` for what nobody could mean. */
export function parseArguments(argv: readonly string[]): Arguments {
	try {
		const { values, positionals } = parseArgs({
			args: [...argv],
			allowPositionals: true,
			options: {
				port: { type: 'string' },
				quiet: { type: 'boolean' },
				transfers: { type: 'string' },
				processes: { type: 'string' },
				seed: { type: 'string' },
				json: { type: 'boolean' },
				help: { type: 'boolean' },
			},
		});
		const { help, ...options } = values;
		if (help === true || positionals.length === 0) return { command: 'help' };
		return ArgumentsSchema.parse({ command: positionals.join(' '), ...options });
	} catch (error) {
		throw new ConfigurationError(`${problemOf(error)}\n\n${usage}`, { cause: error });
	}
}

function problemOf(error: unknown): string {
	if (error instanceof z.ZodError) return z.prettifyError(error);
	return error instanceof Error ? error.message : String(error);
}
