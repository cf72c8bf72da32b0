/** Directories that are gone when the process that asked for them is, however it went; on a small filesystem of their own where asked. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { supervisorEnvironment } from './config.ts';

export interface TemporaryDirectory {
	readonly path: string;
	/** Deletes it, once no server runs in it any more. Harmless when called again. */
	remove(): Promise<void>;
}

export interface TemporaryDirectoryOptions {
	/** Mounts a filesystem of this size there, which needs root. @default as much as the system has */
	readonly sizeBytes?: number | undefined;
}

type Janitor = ChildProcessByStdio<Writable, Readable, null>;

export async function createTemporaryDirectory(options: TemporaryDirectoryOptions = {}): Promise<TemporaryDirectory> {
	const path = mkdtempSync(join(tmpdir(), 'cb-directory-'));
	const isMounted = options.sizeBytes !== undefined;
	// First whoever cleans up, then what is to be cleaned up.
	const janitor = await startJanitor(path, isMounted);
	const problem = options.sizeBytes === undefined ? undefined : mount(path, options.sizeBytes);
	if (problem !== undefined) {
		await end(janitor);
		throw new Error(`A small filesystem could not be mounted, which needs root: ${problem}`);
	}
	chmodSync(path, 0o711);
	return { path, remove: () => end(janitor) };
}

/** Whether this process may mount filesystems: as root, outside most containers. */
export function canMount(): boolean {
	return process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0;
}

/** Why it could not be mounted. */
function mount(path: string, sizeBytes: number): string | undefined {
	const size = `size=${String(sizeBytes)}`;
	const result = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'cb-small', path], { encoding: 'utf8' });
	return result.status === 0 ? undefined : (result.error?.message ?? result.stderr.trim());
}

async function startJanitor(path: string, isMounted: boolean): Promise<Janitor> {
	const program = fileURLToPath(new URL('janitor.ts', import.meta.url));
	const janitor = spawn(process.execPath, [program, path, isMounted ? 'mounted' : 'plain'], {
		cwd: '/',
		detached: true,
		stdio: ['pipe', 'pipe', 'ignore'],
		env: supervisorEnvironment(),
	});
	await once(janitor.stdout, 'data');
	janitor.unref();
	for (const pipe of [janitor.stdin, janitor.stdout]) {
		pipe.on('error', () => undefined);
		if (pipe instanceof Socket) pipe.unref();
	}
	return janitor;
}

async function end(janitor: Janitor): Promise<void> {
	if (janitor.exitCode !== null || janitor.signalCode !== null) return;
	janitor.ref();
	janitor.stdin.end();
	await once(janitor, 'exit');
}
