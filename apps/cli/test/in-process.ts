/** Runs `cb` in this process over the in-memory backend: every command, flag and exit code without a database. */
import { PassThrough, Readable } from 'node:stream';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemorySubject } from '@cb/core/memory';
import type { Environment } from '../src/context.ts';
import type { ExitCode } from '../src/exit-code.ts';
import { run } from '../src/run.ts';
import type { Services } from '../src/services.ts';

export interface Outcome {
	readonly exitCode: ExitCode;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	readonly environment?: Partial<Environment>;
	readonly stdin?: string;
	readonly services?: Partial<Services>;
	readonly signal?: AbortSignal;
	/** Width of the terminal; without it the output is piped. */
	readonly columns?: number;
}

export interface InProcess {
	readonly subject: InMemorySubject;
	run(words: readonly string[], options?: RunOptions): Promise<Outcome>;
	/** Runs with `--json` and returns the one document. */
	json(words: readonly string[], options?: RunOptions): Promise<unknown>;
}

const environment: Environment = {
	databaseUrl: 'postgres://nowhere/test',
	operator: 'ada',
	noColor: false,
	forceColor: false,
	demoConnectionFile: '/nonexistent/connection.json',
	demoDefinitionsFile: '/nonexistent/definitions.js',
};

export function createInProcess(): InProcess {
	const subject = createInMemorySubject();
	const { backend } = subject;
	const services: Services = {
		openBackend: () => Promise.resolve({ ...backend, close: () => Promise.resolve() }),
		migrate: () => Promise.resolve({ applied: [], schemaVersion: 9, pgmq: 'script', pgmqVersion: '1.11.1' }),
		migrationStatus: () => Promise.resolve({ schemaVersion: 9, latestVersion: 9, pending: [], pgmqVersion: '1.11.1' }),
		diagnose: () => Promise.resolve([]),
	};
	const runWords = async (words: readonly string[], options: RunOptions = {}): Promise<Outcome> => {
		const stdout = collector(options.columns);
		const stderr = collector(undefined);
		const exitCode = await run({
			arguments: words,
			environment: { ...environment, ...options.environment },
			stdin: Readable.from([options.stdin ?? '']),
			stdout: stdout.stream,
			stderr: stderr.stream,
			signal: options.signal ?? new AbortController().signal,
			services: { ...services, ...options.services },
		});
		return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
	};
	return {
		subject,
		run: runWords,
		json: async (words, options) => {
			const document: unknown = JSON.parse((await runWords([...words, '--json'], options)).stdout);
			return document;
		},
	};
}

function collector(columns: number | undefined): {
	readonly stream: PassThrough & { isTTY?: boolean; columns?: number };
	text(): string;
} {
	const stream = new PassThrough();
	const chunks: string[] = [];
	stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
	return {
		stream: columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns }),
		text: () => chunks.join(''),
	};
}
