/** An embedded server that a test stops, crashes and starts again under the same address, with its data. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './server.ts';
import { superviseServer, type StartPostgresOptions, type SupervisedServer } from './start-postgres.ts';
import { createTemporaryDirectory } from './temporary-directory.ts';

/** `fast` lets nobody finish, `immediate` does not even write what is in memory, `kill` is the SIGKILL that nothing survives. */
export type StopMode = 'fast' | 'immediate' | 'kill';

export interface RestartableServer {
	/** Superuser access to the database `postgres`; the same after every start. */
	readonly url: string;
	readonly port: number;
	readonly dataDirectory: string;
	/** One thing after the other, whoever asks. Resolves when the server is gone. Harmless when it is not running. */
	stop(mode?: StopMode): Promise<void>;
	/** Resolves when the server takes connections, after its recovery. */
	start(): Promise<void>;
	/** Stops it and deletes its data, as the end of this process does in any case. */
	close(): Promise<void>;
}

export interface RestartableServerOptions {
	readonly settings?: StartPostgresOptions['settings'];
	/** Called once with the data directory, before the first start; without, a new database cluster is made there. */
	readonly prepare?: (dataDirectory: string) => Promise<void>;
}

const startAttempts = 50;
const startPauseMs = 100;

export async function startRestartableServer(options: RestartableServerOptions = {}): Promise<RestartableServer> {
	const directory = await createTemporaryDirectory();
	try {
		const dataDirectory = join(directory.path, 'data');
		await options.prepare?.(dataDirectory);
		return await runIn(dataDirectory, options.settings ?? {}, () => directory.remove());
	} catch (error) {
		await directory.remove();
		throw error;
	}
}

async function runIn(
	wantedDirectory: string,
	settings: NonNullable<StartPostgresOptions['settings']>,
	remove: () => Promise<void>,
): Promise<RestartableServer> {
	const options = { dataDirectory: wantedDirectory, persistent: true, port: await freePort(), settings };
	let server: SupervisedServer | undefined = await superviseServer(options);
	let last: Promise<unknown> = Promise.resolve();
	const { url, dataDirectory } = server;

	function inTurn(act: () => Promise<void>): Promise<void> {
		const done = last.then(act);
		last = done.catch(() => undefined);
		return done;
	}

	async function stop(mode: StopMode): Promise<void> {
		const running = server;
		server = undefined;
		if (mode === 'fast') await running?.stop();
		else await running?.kill(mode === 'kill' ? 'SIGKILL' : 'SIGQUIT');
	}

	return {
		url,
		port: options.port,
		dataDirectory,
		stop: (mode = 'fast') => inTurn(() => stop(mode)),
		start: () =>
			inTurn(async () => {
				server ??= await startPatiently(options);
			}),
		close: () =>
			inTurn(async () => {
				await stop('fast');
				await remove();
			}),
	};
}

/** What a killed server leaves behind ends a moment after it; until then its data cannot be used. */
async function startPatiently(options: StartPostgresOptions): Promise<SupervisedServer> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await superviseServer(options);
		} catch (error) {
			const isStillUsed = error instanceof Error && /still in use|lock file|could not bind/u.test(error.message);
			if (!isStillUsed || attempt === startAttempts) throw error;
			await sleep(startPauseMs);
		}
	}
}
