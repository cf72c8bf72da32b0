/**
 * What every script of the root package.json goes through. From a fresh clone it installs and builds first; later it only
 * does what is missing. It runs on the machine's own Node, so it has no dependencies, and starts everything else on the
 * pinned one. Progress goes to standard error: standard output belongs to the program that was asked for.
 */
import { ensureBuilt } from './run/build.mjs';
import { runChecks } from './run/check.mjs';
import { ensureInstalled } from './run/install.mjs';
import { withLock } from './run/lock.mjs';
import { handOver } from './run/program.mjs';
import { runTests } from './run/test.mjs';

const programs = {
	start: ['apps/demo/dist/main.js', 'serve'],
	demo: ['apps/demo/dist/main.js', 'scenario'],
	cb: ['apps/cli/dist/main.js'],
	bench: ['tools/bench/src/main.ts'],
	chaos: ['tools/chaos/src/main.ts'],
};

async function main([target, ...rest]) {
	if (target === 'test') return installed(runTests);
	if (target === 'check') return installed(async () => ((await runChecks()) === 0 ? 0 : 1));
	const program = programs[target];
	if (program === undefined) throw new Error(`unknown target "${target}"`);
	await withLock(async () => {
		await ensureInstalled();
		await ensureBuilt();
	});
	return handOver([...program, ...rest]);
}

async function installed(run) {
	await withLock(ensureInstalled);
	return run();
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	console.error(`run: ${error instanceof Error ? error.message : String(error)}`);
	process.exitCode = 1;
}
