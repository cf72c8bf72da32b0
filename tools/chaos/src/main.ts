/** `npm run chaos -- --scenario worker-kill --seconds 20 --seed 7 --json` */
import { parseCommandLine } from './command-line.ts';
import { prepareTemplate } from './chaos-database.ts';
import { openServer } from './chaos-server.ts';
import { describeResult } from './describe-result.ts';
import { runMutations } from './mutations/run-mutations.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';

const interruptedTwice = 130;

async function main(): Promise<number> {
	const said = parseCommandLine(process.argv.slice(2), scenarios);
	if (said.kind === 'over') return said.exitCode;
	if (said.kind === 'mutations') return (await runMutations(tell)) ? 0 : 1;
	const server = await openServer(said.scenario.serverSettings);
	try {
		const template = await prepareTemplate(server.url);
		const progress = (line: string): void => {
			tell(`${said.scenario.name}: ${line}`);
		};
		const result = await runScenario({ ...said, server, template, progress, interrupted: interruption(progress) });
		process.stderr.write(describeResult(result));
		if (said.isJson) process.stdout.write(`${JSON.stringify(result)}\n`);
		const isMissed = said.isStrict && result.bars.some(({ met }) => !met);
		return result.ok && !isMissed ? 0 : 1;
	} finally {
		await server.close();
	}
}

function tell(line: string): void {
	process.stderr.write(`chaos: ${line}\n`);
}

/** Ctrl-C ends the fault, and what happened until then is checked; a second one ends everything. */
function interruption(progress: (line: string) => void): AbortSignal {
	const interrupted = new AbortController();
	process.on('SIGINT', () => {
		if (interrupted.signal.aborted) process.exit(interruptedTwice);
		progress('interrupted: the fault ends now, and what happened is checked; press Ctrl-C again to leave at once');
		interrupted.abort();
	});
	return interrupted.signal;
}

// Not by letting the process run out: broken sockets have been seen to keep Node.js 24 busy for ever while it takes itself apart.
process.exit(await main());
