/** Starting other programs from the root of the repository. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const binaries = join(root, 'node_modules', '.bin');

const repeatedSignalMs = 500;

/** Runs a tool and resolves with its exit code. Its standard output goes where `output` says. */
export async function run(command, commandArguments, { output = 'stderr' } = {}) {
	const child = spawn(command, commandArguments, {
		cwd: root,
		env: environment(),
		stdio: ['ignore', output === 'stderr' ? 2 : 1, 2],
	});
	const stopForwarding = forwardSignals(child);
	const code = await exitCodeOf(child);
	stopForwarding();
	return code;
}

/** Runs the program that the user asked for, on the pinned Node, as if it had been started directly. */
export async function handOver(programArguments) {
	const child = spawn(join(binaries, 'node'), programArguments, { cwd: root, env: environment(), stdio: 'inherit' });
	const stopForwarding = forwardSignals(child);
	const code = await exitCodeOf(child);
	stopForwarding();
	return code;
}

function environment() {
	return {
		...process.env,
		// Every Node process below compiles a file once, not once per process; it keys what it stores by the file's content.
		NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(root, 'node_modules', '.cache', 'compiled'),
		PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}`,
		TURBO_TELEMETRY_DISABLED: '1',
		TURBO_NO_UPDATE_NOTIFIER: '1',
		DO_NOT_TRACK: '1',
	};
}

async function exitCodeOf(child) {
	const [code, signal] = await once(child, 'exit');
	return signal === null ? code : 128 + constants.signals[signal];
}

/**
 * On a terminal, Ctrl-C reaches the child by itself. npm passes the signals it receives on as well, so that one Ctrl-C may
 * arrive here more than once; the child sees one.
 */
function forwardSignals(child) {
	const lastSeen = {};
	const forward = (signal) => {
		const isRepeated = performance.now() - (lastSeen[signal] ?? -Infinity) < repeatedSignalMs;
		lastSeen[signal] = performance.now();
		if (!isRepeated && !(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
	};
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
	for (const signal of signals) process.on(signal, forward);
	return () => {
		for (const signal of signals) process.off(signal, forward);
	};
}
