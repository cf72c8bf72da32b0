/**
 * `scenario`: real transfers over real HTTP, worker processes, failures of every kind, one worker killed on the way, an operator who works
 * off what was parked; then every invariant is checked in SQL. Uses a database of its own and leaves nothing behind.
 */
import { layeredEnvironment, readConfig } from '../config.ts';
import { createClosings } from '../runtime/closings.ts';
import { createLogger } from '../runtime/logging.ts';
import type { StopRequest } from '../shutdown.ts';
import { readProgress } from '../statements/read-progress.ts';
import { readTiming } from '../statements/read-timing.ts';
import { checkFiles } from './check-files.ts';
import { allChecks, checkInvariants, together } from './check-invariants.ts';
import { freezeSomeAccounts, playOperator } from './operator-act.ts';
import { playProcesses } from './processes-act.ts';
import { humanReport, machineReport } from './report.ts';
import type { Outcome } from './report.ts';
import { ScenarioError } from './scenario-error.ts';
import { playWithinMs, scenarioDefaults, stopWithinMs } from './settings.ts';
import type { ScenarioOptions } from './settings.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { playTransfers } from './transfers-act.ts';

export interface ScenarioArguments extends ScenarioOptions {
	readonly json: boolean;
}

/** Resolves with the exit code. */
export async function runScenario(said: ScenarioArguments, stop: StopRequest): Promise<number> {
	const startedAt = performance.now();
	const logger = createLogger(readConfig(layeredEnvironment(scenarioDefaults, {})).log, 'scenario');
	const closings = createClosings(logger);
	try {
		const stage = await setStage({ said, closings, logger, say });
		const outcome = { ...(await play(stage, stop)), durationMs: performance.now() - startedAt };
		say(humanReport(outcome));
		const report = machineReport(outcome);
		if (said.json) process.stdout.write(`${JSON.stringify(report)}\n`);
		return report.ok ? 0 : 1;
	} catch (error) {
		if (!stop.signal.aborted) logger.error({ err: error }, 'the scenario could not be played to its end');
		return stop.signal.aborted ? 130 : 1;
	} finally {
		await closings.closeAll(stopWithinMs);
	}
}

async function play(stage: Stage, stop: StopRequest): Promise<Omit<Outcome, 'durationMs'>> {
	const { crew, engine, said, files } = stage;
	const { database } = engine;
	const deadline = AbortSignal.any([stop.signal, AbortSignal.timeout(playWithinMs(said))]);
	const workers = [await crew.hire('worker'), await crew.hire('worker')];
	say(`Two workers run: process ${workers.map(({ pid }) => String(pid)).join(' and ')}.`);

	await freezeSomeAccounts(stage, true);
	const transfers = await playTransfers(stage, deadline);
	const timing = await readTiming(database);
	const processes = await playProcesses(stage, deadline);
	const operator = await playOperator(stage, deadline);
	if (stop.signal.aborted) throw new ScenarioError('It was asked to stop.');

	const isSettled = transfers.isSettled && processes.isSettled && operator.isSettled;
	const troubles = isSettled ? [] : [`Not everything had settled after ${String(playWithinMs(said) / 1_000)} s.`];
	troubles.push(...(await crew.dismiss()));
	const progress = await readProgress(database);
	if (progress.transferCount !== said.transfers) {
		troubles.push(`${String(said.transfers)} transfers were accepted, ${String(progress.transferCount)} are stored.`);
	}
	return {
		progress,
		timing,
		troubles,
		verdict: together(await checkInvariants(database, allChecks), await checkFiles(database, files.rendered)),
		events: [transfers.event, processes.event, ...operator.events],
	};
}

function say(text: string): void {
	process.stderr.write(`${text}\n`);
}
