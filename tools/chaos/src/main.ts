/** `npm run chaos -- --scenario worker-kill --seconds 20 --seed 7 --json` */
import { parseCommandLine } from './command-line.ts';
import { prepareTemplate } from './chaos-database.ts';
import { openServer } from './chaos-server.ts';
import { useOwnServer } from './config.ts';
import { describeResult } from './describe-result.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';

async function main(): Promise<number> {
	const said = parseCommandLine(process.argv.slice(2), scenarios);
	if (said.kind === 'over') return said.exitCode;
	useOwnServer();
	const server = await openServer(said.scenario.serverSettings);
	try {
		const template = await prepareTemplate(server.url);
		const progress = (line: string): void => {
			process.stderr.write(`chaos: ${said.scenario.name}: ${line}\n`);
		};
		const result = await runScenario({ ...said, server, template, progress });
		process.stderr.write(describeResult(result));
		if (said.isJson) process.stdout.write(`${JSON.stringify(result)}\n`);
		const isMissed = said.isStrict && result.bars.some(({ met }) => !met);
		return result.ok && !isMissed ? 0 : 1;
	} finally {
		await server.close();
	}
}

process.exitCode = await main();
