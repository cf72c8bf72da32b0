/** Runs the benchmark as a user does, and reads what it writes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const Facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const OutputSchema = z.object({
	suite: z.string(),
	settings: Facts,
	versions: z.record(z.string(), z.string()),
	rows: z.array(
		z.object({
			suite: z.string(),
			name: z.string(),
			unit: z.string(),
			median: z.number(),
			min: z.number(),
			max: z.number(),
		}),
	),
	bars: z.array(
		z.object({
			suite: z.string(),
			name: z.string(),
			// Of next to nothing a ratio is not always a number.
			measured: z.number().nullable(),
			min: z.number().nullable(),
			max: z.number().nullable(),
			kind: z.enum(['at least', 'at most']),
			bar: z.number(),
			unit: z.string(),
			met: z.boolean(),
		}),
	),
	suites: z.array(z.object({ suite: z.string(), settings: Facts, error: z.string().optional() })),
	machine: Facts,
	server: Facts,
	systems: z.record(z.string(), Facts),
});

export type BenchOutput = z.output<typeof OutputSchema>;

export interface BenchRun {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export async function bench(...options: readonly string[]): Promise<BenchRun> {
	const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
	const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
	const [stdout, stderr] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		child.exitCode ?? once(child, 'exit'),
	]);
	return { code: child.exitCode, stdout, stderr };
}

/** The last line of standard output. */
export function outputOf({ stdout }: BenchRun): BenchOutput {
	return OutputSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
}
