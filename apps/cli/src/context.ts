/**
 * Where a run of `cb` gets what it works with: connection, operator and output, from flags and environment. The only reader of
 * the environment. Everything heavy is opened on first use, so that `cb --help` loads none of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Backend, Operator } from '@cb/core';
import { usageError } from './cli-error.ts';
import type { Output, OutputStream } from './output.ts';
import type { Services } from './services.ts';

export interface Environment {
	readonly databaseUrl: string | undefined;
	readonly operator: string | undefined;
	readonly noColor: boolean;
	readonly forceColor: boolean;
	/** Of the demo's embedded server, if it left a file. */
	readonly demoConnectionFile: string;
	/** The demo's process definitions, where it is built. */
	readonly demoDefinitionsFile: string;
}

/** Flags that every command takes. */
export interface GlobalFlags {
	readonly database?: string | undefined;
	readonly json?: true | undefined;
	readonly color: boolean;
	readonly debug?: true | undefined;
}

/** Standard input, as far as it matters. */
export interface InputStream extends NodeJS.ReadableStream {
	readonly isTTY?: boolean | undefined;
}

export interface Context {
	readonly output: Output;
	/** Aborted by Ctrl-C, SIGTERM, or when nobody reads the output any more. */
	readonly signal: AbortSignal;
	readonly stdin: InputStream;
	readonly stderr: OutputStream;
	readonly services: Services;
	/** Where to connect to. Throws a usage error that tells every way to say it. */
	connection(): string;
	/** The module with the demo's process definitions, where it is built and its database is the one worked on. */
	demoDefinitions(): string | undefined;
	/** The store, opened on first use; refused when its schema does not fit. */
	backend(): Promise<Backend>;
	/** Who acts: `flag`, else the environment. Throws a usage error when nobody is named. */
	operator(flag: string | undefined): Operator;
	close(): Promise<void>;
}

export interface ContextOptions extends Pick<Context, 'output' | 'signal' | 'stdin' | 'stderr' | 'services'> {
	readonly flags: GlobalFlags;
	readonly environment: Environment;
}

export function readEnvironment(): Environment {
	const { CB_DATABASE_URL, CB_OPERATOR, NO_COLOR, FORCE_COLOR, TERM } = process.env;
	return {
		databaseUrl: nonBlank(CB_DATABASE_URL),
		operator: nonBlank(CB_OPERATOR),
		noColor: nonBlank(NO_COLOR) !== undefined || TERM === 'dumb',
		forceColor: nonBlank(FORCE_COLOR) !== undefined && FORCE_COLOR !== '0',
		demoConnectionFile: fromRoot('.data/connection.json'),
		demoDefinitionsFile: fromRoot('apps/demo/dist/definitions.js'),
	};
}

/** A path in the repository; this file is as deep below its root when it is built as when it is not. */
function fromRoot(path: string): string {
	return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** https://no-color.org: the user's no wins, then the user's yes, then whether a person looks. */
export function wantsColor(stream: OutputStream, environment: Environment, isAllowed: boolean): boolean {
	if (!isAllowed || environment.noColor) return false;
	return environment.forceColor || stream.isTTY === true;
}

export function createContext(options: ContextOptions): Context {
	const { flags, environment, services } = options;
	let opened: Backend | undefined;
	let opening: Promise<Backend> | undefined;

	async function open(): Promise<Backend> {
		opened = await services.openBackend(connectionOf(flags, environment));
		await opened.checkSchema();
		return opened;
	}

	return {
		...options,
		demoDefinitions() {
			const isDemo = flags.database === undefined && environment.databaseUrl === undefined;
			return isDemo && existsSync(environment.demoDefinitionsFile) ? environment.demoDefinitionsFile : undefined;
		},
		connection: () => connectionOf(flags, environment),
		backend: () => (opening ??= open()),
		operator: (flag) => ({ id: operatorId(flag ?? environment.operator), kind: 'human' }),
		async close() {
			await opened?.close();
		},
	};
}

function operatorId(name: string | undefined): string {
	const id = nonBlank(name);
	if (id !== undefined) return id;
	throw usageError(
		'Who acts is not known, and every act on parked work is audited; nothing was done.',
		'Say --operator <you>, or set CB_OPERATOR.',
	);
}

function connectionOf({ database }: GlobalFlags, environment: Environment): string {
	if (database !== undefined) return checkedUrl(database, '--database');
	if (environment.databaseUrl !== undefined) return checkedUrl(environment.databaseUrl, 'CB_DATABASE_URL');
	return demoConnection(environment.demoConnectionFile);
}

/** The URL itself is never printed: it may hold a password. */
function checkedUrl(text: string, source: string): string {
	const url = URL.parse(text);
	if (url !== null && ['postgres:', 'postgresql:'].includes(url.protocol)) return text;
	throw usageError(
		`${source} is not a PostgreSQL connection URL.`,
		'It looks like postgres://user:password@host:5432/database',
	);
}

function demoConnection(file: string): string {
	const { url, pid } = readDemoFile(file);
	if (url === undefined) {
		throw usageError(
			'No database is named.',
			'Say --database <url>, or set CB_DATABASE_URL, or start the demo ("npm start"), whose database is then found.',
		);
	}
	if (pid === undefined || isAlive(pid)) return url;
	throw usageError(
		'No database is named, and the demo, whose database would be taken, is not running any more.',
		'Run "npm start", or say --database <url>, or set CB_DATABASE_URL.',
	);
}

function readDemoFile(file: string): { readonly url?: string; readonly pid?: number } {
	try {
		const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
		if (typeof content !== 'object' || content === null || !('url' in content)) return {};
		const pid = 'pid' in content && typeof content.pid === 'number' ? { pid: content.pid } : {};
		return typeof content.url === 'string' ? { url: content.url, ...pid } : {};
	} catch {
		return {};
	}
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}

function nonBlank(text: string | undefined): string | undefined {
	return text === undefined || text.trim() === '' ? undefined : text;
}
