/** Starts the built demo as a user would, and finds what it leaves behind. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The built program; `CB_DEMO_PROGRAM` names another one, such as src/main.ts while working on it. */
const builtProgram = process.env['CB_DEMO_PROGRAM'] ?? fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface DemoProcess {
	readonly child: ChildProcess;
	/** What it wrote so far. */
	output(): { readonly stdout: string; readonly stderr: string };
	/** Resolves with the first match of `pattern` in what it writes to standard error. */
	says(pattern: RegExp): Promise<RegExpExecArray>;
	/** Resolves with the exit code, or the signal that ended it. */
	readonly ended: Promise<number | string>;
	/** Processes that descend from it and are still there, whoever their parent is now. */
	survivors(): readonly number[];
	/** Ends it, whatever the test did. */
	cleanUp(): Promise<void>;
}

export interface StartOptions {
	readonly program?: string;
	readonly environment?: Readonly<Record<string, string>>;
}

/** Every process below inherits a TMPDIR of its own: by that it is recognised. */
export function startDemo(
	argv: readonly string[],
	{ program = builtProgram, environment = {} }: StartOptions = {},
): DemoProcess {
	const home = mkdtempSync(join(tmpdir(), 'cb-demo-e2e-'));
	// The user that runs PostgreSQL must be able to pass through.
	chmodSync(home, 0o711);
	const child = spawn(process.execPath, [program, ...argv], {
		env: { ...process.env, ...environment, TMPDIR: home },
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	const written = { stdout: '', stderr: '' };
	child.stdout?.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
	child.stderr?.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
	const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
		if (typeof code === 'number') return code;
		return typeof signal === 'string' ? signal : 'unknown';
	});
	const isEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
	return {
		child,
		ended,
		output: () => written,
		async says(pattern) {
			for (;;) {
				const match = pattern.exec(written.stderr);
				if (match !== null) return match;
				if (isEnded()) throw new Error(`It ended before it said ${String(pattern)}:\n${written.stderr}`);
				await sleep(20);
			}
		},
		survivors: () => processesWith(`TMPDIR=${home}`),
		async cleanUp() {
			if (!isEnded()) child.kill('SIGKILL');
			await ended;
			rmSync(home, { recursive: true, force: true });
		},
	};
}

/** Reads /proc, so this sees descendants that were detached, too. */
function processesWith(variable: string): readonly number[] {
	return readdirSync('/proc')
		.map(Number)
		.filter((pid) => Number.isInteger(pid) && pid !== process.pid && environmentOf(pid).includes(variable));
}

function environmentOf(pid: number): readonly string[] {
	try {
		return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
	} catch {
		return [];
	}
}

/** Waits until `look` gives something, or fails with what it gave last. */
export async function eventually<Found>(look: () => Promise<Found | undefined>, withinMs = 20_000): Promise<Found> {
	const deadline = performance.now() + withinMs;
	for (;;) {
		const found = await look();
		if (found !== undefined) return found;
		if (performance.now() > deadline)
			throw new Error(`Nothing came of it within ${String(withinMs)} ms: ${String(look)}`);
		await sleep(25);
	}
}
