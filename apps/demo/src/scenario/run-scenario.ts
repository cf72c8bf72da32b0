/**
 * `scenario`: real transfers over real HTTP, two worker processes, failures of every kind, one worker killed on the way; then every
 * invariant is checked in SQL. Uses a database of its own and leaves nothing behind.
 */
import { createFreshDatabase, startPostgres } from '@cb/test-postgres';
import type { Logger } from 'pino';
import { layeredEnvironment, readConfig } from '../config.ts';
import type { DemoConfig } from '../config.ts';
import { createHttpApp } from '../http/app.ts';
import { startHttp } from '../http/start-http.ts';
import { sampleCustomers } from '../payments/sample-transfers.ts';
import { createClosings } from '../runtime/closings.ts';
import type { Closings } from '../runtime/closings.ts';
import { openEngine } from '../runtime/engine.ts';
import type { Engine } from '../runtime/engine.ts';
import { createLogger } from '../runtime/logging.ts';
import { prepareDatabase } from '../runtime/open-server.ts';
import type { StopRequest } from '../shutdown.ts';
import { openAccounts } from '../statements/open-accounts.ts';
import { readProgress } from '../statements/read-progress.ts';
import type { Progress } from '../statements/read-progress.ts';
import { readTiming } from '../statements/read-timing.ts';
import { checkInvariants } from './check-invariants.ts';
import { placeTransfers } from './place-transfers.ts';
import type { Placing } from './place-transfers.ts';
import { humanReport, machineReport } from './report.ts';
import type { Outcome } from './report.ts';
import { startRole } from './role-process.ts';
import type { RoleProcess } from './role-process.ts';
import { ScenarioError } from './scenario-error.ts';
import {
	customerCount,
	killAfterShare,
	openingBalanceCents,
	scenarioDefaults,
	settleWithinMs,
	stopWithinMs,
} from './settings.ts';
import type { ScenarioOptions } from './settings.ts';
import { untilSettled } from './until-settled.ts';

export interface ScenarioArguments extends ScenarioOptions {
	readonly json: boolean;
}

/** Resolves with the exit code. */
export async function runScenario(said: ScenarioArguments, stop: StopRequest): Promise<number> {
	const startedAt = performance.now();
	const logger = createLogger(readConfig(layeredEnvironment(scenarioDefaults, {})).log, 'scenario');
	const closings = createClosings(logger);
	try {
		const stage = await setStage(said, { closings, logger });
		const played = await play(said, { ...stage, stop });
		const outcome = { ...played, durationMs: performance.now() - startedAt };
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

interface Stage {
	readonly engine: Engine;
	readonly url: string;
	readonly environment: NodeJS.ProcessEnv;
	readonly closings: Closings;
}

/** A fresh database on the configured or an embedded server, customers with money, and the service's HTTP. */
async function setStage(
	said: ScenarioOptions,
	{ closings, logger }: { readonly closings: Closings; readonly logger: Logger },
): Promise<Stage> {
	say('Starting PostgreSQL …');
	const server = await startPostgres();
	closings.add('PostgreSQL', () => server.stop());
	const fresh = await createFreshDatabase(server.url);
	closings.add('database', () => fresh.drop());
	await prepareDatabase(fresh.url);
	const environment = layeredEnvironment(scenarioDefaults, { CB_DATABASE_URL: fresh.url, CB_DEMO_SEED: said.seed });
	const config: DemoConfig = readConfig(environment);
	const engine = openEngine({ url: fresh.url, config, logger, closings });
	await openAccounts(engine.database, sampleCustomers(customerCount), openingBalanceCents);
	const http = await startHttp(createHttpApp({ ...engine, health: { workers: () => [] } }), {
		host: '127.0.0.1',
		port: 0,
	});
	closings.add('HTTP', () => http.close());
	return { engine, url: http.url, environment, closings };
}

interface Play extends Stage {
	readonly stop: StopRequest;
}

async function play(said: ScenarioOptions, stage: Play): Promise<Omit<Outcome, 'durationMs'>> {
	const { engine, environment, closings, stop } = stage;
	const workers = await Promise.all([startRole('worker', environment), startRole('worker', environment)]);
	const crew: RoleProcess[] = [...workers];
	closings.add('worker processes', () => Promise.all(crew.map((worker) => worker.stop(stopWithinMs))));
	say(`Two workers run: process ${workers.map(({ pid }) => String(pid)).join(' and ')}.`);
	const events: string[] = [];
	const troubles: string[] = [];
	const deadline = AbortSignal.any([stop.signal, AbortSignal.timeout(settleWithinMs(said))]);
	const placing = placeTransfers(stage.url, said, deadline);
	let isAllPlaced = false;
	const watching = untilSettled({
		database: engine.database,
		signal: deadline,
		isAllSent: () => isAllPlaced,
		tell: (progress) => {
			say(progressLine(progress, said));
		},
	});
	const killing = killOne({ said, stage, placing, crew, deadline });
	await placing.done;
	isAllPlaced = true;
	events.push(await killing);
	const isSettled = await watching;
	if (stop.signal.aborted) throw new ScenarioError('It was asked to stop.');
	if (!isSettled) troubles.push(`Not everything had settled after ${String(settleWithinMs(said) / 1_000)} s.`);
	troubles.push(...(await dismiss(crew)));
	return { ...(await takeStock(said, engine)), events, troubles, processes: {} };
}

interface Killing {
	readonly said: ScenarioOptions;
	readonly stage: Play;
	readonly placing: Placing;
	readonly crew: RoleProcess[];
	readonly deadline: AbortSignal;
}

/** Kills the first worker in the middle of its work, and hires another one. */
async function killOne({ said, stage, placing, crew, deadline }: Killing): Promise<string> {
	const { engine, environment } = stage;
	for (let isDue = false; !isDue && !deadline.aborted;) {
		const { inFlightCount } = await readProgress(engine.database);
		isDue = inFlightCount > 0 && placing.acceptedCount() >= said.transfers * killAfterShare;
	}
	const victim = crew.shift();
	if (victim === undefined) throw new ScenarioError('There is no worker to kill.');
	await victim.kill();
	const { inFlightCount } = await readProgress(engine.database);
	const successor = await startRole('worker', environment);
	crew.push(successor);
	const event = `worker ${String(victim.pid)} was killed with SIGKILL, ${String(inFlightCount)} commands were leased; process ${String(successor.pid)} took its place`;
	say(event);
	return event;
}

/** Lets every worker drain; says which did not. */
async function dismiss(crew: RoleProcess[]): Promise<readonly string[]> {
	const results = await Promise.all(
		crew.splice(0).map(async (worker) => ({ worker, isClean: await worker.stop(stopWithinMs) })),
	);
	return results.flatMap(({ worker, isClean }) =>
		isClean ? [] : [`${worker.role} ${String(worker.pid)} did not stop by itself when asked to.`],
	);
}

async function takeStock(
	said: ScenarioOptions,
	{ database }: Engine,
): Promise<Pick<Outcome, 'progress' | 'timing' | 'verdict'>> {
	const progress = await readProgress(database);
	if (progress.transferCount !== said.transfers) {
		throw new ScenarioError(
			`${String(said.transfers)} transfers were accepted, ${String(progress.transferCount)} are stored.`,
		);
	}
	return { progress, timing: await readTiming(database), verdict: await checkInvariants(database) };
}

function progressLine(progress: Progress, { transfers }: ScenarioOptions): string {
	const { transferCount, sentCount, completedCount, failedCount, parkedCount, liveCount } = progress;
	return (
		`${String(transferCount)} of ${String(transfers)} transfers, ${String(sentCount)} commands: ${String(completedCount)} completed, ` +
		`${String(failedCount)} failed, ${String(parkedCount)} parked, ${String(liveCount)} under way`
	);
}

function say(text: string): void {
	process.stderr.write(`${text}\n`);
}
