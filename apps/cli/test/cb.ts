/** Runs the built `cb` as a process of its own, as a user or a script does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** As built. */
export const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface Ended {
	readonly exitCode: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Running {
	/** The whole standard output and standard error once it has ended. */
	readonly ended: Promise<Ended>;
	/** Resolves when standard output contains the text. */
	shows(wanted: string): Promise<void>;
	/** Stops reading, as `head` does. */
	closeStdout(): void;
	signal(signal: NodeJS.Signals): void;
}

export interface CbOptions {
	readonly database?: string | undefined;
	readonly operator?: string | undefined;
	readonly stdin?: string | undefined;
	readonly environment?: Readonly<Record<string, string>> | undefined;
}

export function startCb(words: readonly string[], options: CbOptions = {}): Running {
	const { database, operator, stdin = '', environment } = options;
	const child = spawn(process.execPath, [program, ...words], {
		env: {
			PATH: process.env['PATH'],
			...(database === undefined ? {} : { CB_DATABASE_URL: database }),
			...(operator === undefined ? {} : { CB_OPERATOR: operator }),
			...environment,
		},
	});
	child.stdin.on('error', () => undefined);
	child.stdin.end(stdin);
	const exit = once(child, 'close');
	const chunks: Buffer[] = [];
	child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
	const shown = (): string => Buffer.concat(chunks).toString();
	const stderr = text(child.stderr);
	return {
		ended: exit.then(async () => ({ exitCode: child.exitCode, stdout: shown(), stderr: await stderr })),
		async shows(wanted) {
			while (!shown().includes(wanted)) {
				if (child.exitCode !== null) throw new Error(`cb ended without showing "${wanted}".`);
				await Promise.race([once(child.stdout, 'data'), exit]);
			}
		},
		closeStdout: () => child.stdout.destroy(),
		signal: (signal) => child.kill(signal),
	};
}

export async function cb(words: readonly string[], options: CbOptions = {}): Promise<Ended> {
	return startCb(words, options).ended;
}
