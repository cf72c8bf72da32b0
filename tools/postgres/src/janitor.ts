/**
 * The process that cleans a temporary directory up. It holds one end of a pipe whose other end only its parent has: when the pipe closes, it
 * waits for servers that still run there, unmounts, deletes and ends.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , directory = '', kind] = process.argv;
const longestWaitMs = 30_000;
const pollIntervalMs = 50;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdout.on('error', () => undefined);
process.stdout.write('ready\n');
await once(process.stdin.resume(), 'close');

const deadline = performance.now() + longestWaitMs;
while (isUsed() && performance.now() < deadline) await sleep(pollIntervalMs);
if (kind === 'mounted') await unmount();
rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
process.exit(0);

/** A server notes its process in its data directory. */
function isUsed(): boolean {
	return globSync(['postmaster.pid', '*/postmaster.pid'], { cwd: directory }).some((file) =>
		isAlive(Number(readFileSync(join(directory, file), 'utf8').split('\n')[0])),
	);
}

function isAlive(pid: number): boolean {
	try {
		return pid > 0 && process.kill(pid, 0);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}

/** A server whose tablespace lies here may take a moment to let go of it. */
async function unmount(): Promise<void> {
	while (spawnSync('umount', [directory]).status !== 0 && isMounted()) {
		if (performance.now() > deadline) spawnSync('umount', ['--lazy', directory]);
		await sleep(pollIntervalMs);
	}
}

function isMounted(): boolean {
	return readFileSync('/proc/self/mounts', 'utf8').includes(` ${directory} `);
}
