/** The demo: a payments service on a ledger. This file only decides which role this process plays. */
import { isCommandBusError } from '@cb/core';
import { parseArguments, usage } from './command-line.ts';
import type { Arguments } from './command-line.ts';
import { readConfig } from './config.ts';
import type { DemoConfig } from './config.ts';
import { runScenario } from './scenario/run-scenario.ts';
import { serve } from './serve.ts';
import { listenForStop } from './shutdown.ts';
import { work } from './work.ts';

try {
	process.exitCode = await play(parseArguments(process.argv.slice(2)), readConfig());
} catch (error) {
	const isOurs = isCommandBusError(error, 'configuration');
	process.stderr.write(
		`${isOurs ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
	);
	process.exitCode = isOurs ? 2 : 1;
}
// Whatever still waits now would only keep a finished process alive.
process.exit();

async function play(said: Arguments, config: DemoConfig): Promise<number> {
	switch (said.command) {
		case 'serve':
			return serve(withServeArguments(config, said), listenForStop());
		case 'worker':
		case 'router':
			return work(said.command, config, listenForStop());
		case 'scenario':
			return runScenario({ ...said, seed: said.seed ?? config.seed }, listenForStop());
		case 'help':
			process.stdout.write(usage);
			return 0;
	}
}

function withServeArguments(config: DemoConfig, said: Extract<Arguments, { command: 'serve' }>): DemoConfig {
	return {
		...config,
		http: { ...config.http, port: said.port ?? config.http.port },
		transfersPerSecond: said.quiet ? 0 : config.transfersPerSecond,
	};
}
