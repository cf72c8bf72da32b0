/** Runs `cb` in this process over the in-memory backend: every command, flag and exit code without a database. */
import { PassThrough } from 'node:stream';
import { createCommandBus, defineCommand, errorFingerprint } from '@cb/core';
import type { ErrorRecord } from '@cb/core';
import { createInMemorySubject } from '@cb/core/memory';
import type { InMemorySubject } from '@cb/core/memory';
import { z } from 'zod';
import type { Environment } from '../src/context.ts';
import type { ExitCode } from '../src/exit-code.ts';
import { run } from '../src/run.ts';
import type { Services } from '../src/services.ts';

export interface Outcome {
	readonly exitCode: ExitCode;
	readonly stdout: string;
	readonly stderr: string;
}

interface RunOptions {
	readonly environment?: Partial<Environment>;
	readonly stdin?: string;
	/** Typed once a question is asked. */
	readonly answer?: string;
	readonly services?: Partial<Services>;
	readonly signal?: AbortSignal;
	/** Width of a terminal; without it, input and output are pipes. */
	readonly columns?: number;
}

interface ParkOptions {
	readonly domain?: string;
	readonly type?: string;
	readonly code?: string;
	readonly message?: string;
	readonly replyTo?: string;
}

export interface InProcess {
	readonly subject: InMemorySubject;
	run(words: readonly string[], options?: RunOptions): Promise<Outcome>;
	/** Runs with `--json` and returns the one document. */
	json(words: readonly string[], options?: RunOptions): Promise<unknown>;
	/** Parks so many commands and returns their ids, oldest first. */
	park(count: number, options?: ParkOptions): Promise<readonly string[]>;
}

const environment: Environment = {
	databaseUrl: 'postgres://nowhere/test',
	operator: 'ada',
	noColor: true,
	forceColor: false,
	demoConnectionFile: '/nonexistent/connection.json',
	demoDefinitionsFile: '/nonexistent/definitions.js',
};

export function createInProcess(): InProcess {
	const subject = createInMemorySubject();
	const services: Services = {
		openBackend: () => Promise.resolve({ ...subject.backend, close: () => Promise.resolve() }),
		migrate: () => Promise.resolve({ applied: [], schemaVersion: 9, pgmq: 'script', pgmqVersion: '1.11.1' }),
		migrationStatus: () => Promise.resolve({ schemaVersion: 9, latestVersion: 9, pending: [], pgmqVersion: '1.11.1' }),
		diagnose: () => Promise.resolve([]),
		grantRole: () => Promise.resolve(),
		revokeRole: () => Promise.resolve(),
		missingPrivileges: () => Promise.resolve([]),
	};
	const runWords = async (words: readonly string[], options: RunOptions = {}): Promise<Outcome> => {
		const stdin = input(options);
		const stdout = collector(options.columns);
		const stderr = collector(options.columns, answering(stdin, options.answer));
		const exitCode = await run({
			arguments: words,
			environment: { ...environment, ...options.environment },
			stdin,
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
			const { stdout } = await runWords([...words, '--json'], options);
			const document: unknown = JSON.parse(stdout);
			return document;
		},
		park: (count, options = {}) => park(subject, count, options),
	};
}

function input({ stdin = '', columns }: RunOptions): PassThrough {
	const stream = Object.assign(new PassThrough(), { isTTY: columns !== undefined });
	if (columns === undefined) stream.end(stdin);
	return stream;
}

/** The question is drawn again while it is answered, and answered only once. */
function answering(stdin: PassThrough, answer: string | undefined): (text: string) => void {
	let isAnswered = answer === undefined;
	return (text) => {
		if (isAnswered || !text.includes('(y/N)')) return;
		isAnswered = true;
		setImmediate(() => stdin.write(`${answer ?? ''}\n`));
	};
}

interface Collector {
	readonly stream: PassThrough;
	text(): string;
}

function collector(columns: number | undefined, seen: (text: string) => void = () => undefined): Collector {
	const stream = new PassThrough();
	const chunks: string[] = [];
	stream.on('data', (chunk: Buffer) => {
		chunks.push(chunk.toString());
		seen(chunk.toString());
	});
	return {
		// As with a real terminal, nobody can end it.
		stream: columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns, end: () => stream }),
		text: () => chunks.join(''),
	};
}

async function park({ backend }: InMemorySubject, count: number, options: ParkOptions): Promise<readonly string[]> {
	const {
		domain = 'payments',
		type = 'DebitAccount',
		code = 'CARD_EXPIRED',
		message = 'The card expired.',
		replyTo,
	} = options;
	await backend.domains.create(domain);
	const error: ErrorRecord = { type: 'PERMANENT', code, message, details: null };
	const bus = createCommandBus(backend);
	const definition = defineCommand({ domain, type, data: z.unknown() });
	const ids: string[] = [];
	for (let index = 0; index < count; index++) {
		const { commandId } = await bus.send(definition, { index }, { replyTo });
		ids.push(commandId);
	}
	const { commands } = await backend.commands.receive({
		...{ domain, workerId: 'w-1', limit: count, leaseSeconds: 30, maxAttemptsByType: {}, defaultMaxAttempts: 3 },
		exhausted: { error, fingerprint: errorFingerprint(error) },
	});
	const parking = {
		kind: 'park',
		error,
		fingerprint: errorFingerprint(error),
		reason: 'PERMANENT',
		maxAttempts: 3,
	} as const;
	await backend.commands.settle(
		domain,
		commands.map(({ lease }) => ({ ...parking, lease })),
	);
	await bus.close();
	return ids;
}
