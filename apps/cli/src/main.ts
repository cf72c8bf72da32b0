#!/usr/bin/env node
/** `cb`: parse, run, set the exit code. The only place that ends the process. */
import { CliError } from './cli-error.ts';
import { readEnvironment } from './context.ts';
import { exitCodes } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { onClosedPipe, sayLastWords } from './output.ts';
import { run } from './run.ts';
import { postgresServices } from './services.ts';

/** An interrupted command gets this long to end by itself: the answer to an act under way is worth waiting for. */
const graceMs = 2_000;
/** Ctrl-C may arrive twice, from the terminal and from npm; later than this it is a second wish. */
const repeatedSignalMs = 500;

const ending = new AbortController();

function end(code: string, message: string, exitCode: ExitCode): void {
	ending.abort(new CliError(message, { code, exitCode }));
}

function endOn(signal: NodeJS.Signals, exitCode: ExitCode): void {
	let firstAt = Number.POSITIVE_INFINITY;
	process.on(signal, () => {
		if (performance.now() - firstAt > repeatedSignalMs) process.exit(exitCode);
		if (ending.signal.aborted) return;
		firstAt = performance.now();
		end('interrupted', 'Interrupted.', exitCode);
		setTimeout(() => {
			sayLastWords(process.stderr);
			process.exit(exitCode);
		}, graceMs).unref();
	});
}

endOn('SIGINT', exitCodes.interrupted);
endOn('SIGTERM', exitCodes.terminated);
onClosedPipe([process.stdout, process.stderr], () => {
	end('output-closed', 'Nobody reads the output any more.', exitCodes.ok);
});

process.exitCode = await run({
	arguments: process.argv.slice(2),
	environment: readEnvironment(),
	stdin: process.stdin,
	stdout: process.stdout,
	stderr: process.stderr,
	signal: ending.signal,
	services: postgresServices,
});
