/** One run of one scenario: load, fault, load, drain, checks. */
import type { RestartableServer } from '@cb/test-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAllViolations } from './checks/index.ts';
import { applicationUrl, openDatabase } from './chaos-database.ts';
import type { ChaosTemplate } from './chaos-database.ts';
import { ChaosError } from './chaos-error.ts';
import type { Role } from './children/settings.ts';
import type { ChildOptions, Crew } from './crew.ts';
import { createCrew } from './crew.ts';
import { drained } from './drain.ts';
import { loadLedger } from './ledger/load-ledger.ts';
import { connectionOf, createPrimary } from './primary.ts';
import { openReferee } from './referee.ts';
import type { Query } from './referee.ts';
import { barsOf, countOf, readEndings, readFigures } from './result.ts';
import type { ChaosResult, Timeline } from './result.ts';
import type { Injector, Scenario, Stage } from './scenario.ts';
import { seededRandom } from './seeded-random.ts';
import { abortedAfter, pause, seen } from './waiting.ts';

type CrewSize = Readonly<Record<Role, number>>;

export interface RunOptions {
	readonly scenario: Scenario;
	/** How long things are broken. */
	readonly seconds: number;
	readonly seed: number;
	/** Sends per second. */
	readonly rate: number;
	readonly server: RestartableServer;
	readonly template: ChaosTemplate;
	/** @default a sender, three workers, two routers and an operator process */
	readonly crewSize?: CrewSize;
	/** How long nothing may get less at the end before it is called stuck. @default 60,000 */
	readonly drainWithinMs?: number;
	/** A defect for every child, and a change of the database (src/mutations). */
	readonly defect?: string;
	readonly breakDatabase?: (query: Query) => Promise<void>;
	/** Ends the fault early when it is aborted; the rest of the run follows as usual. */
	readonly interrupted?: AbortSignal;
	readonly progress: (line: string) => void;
}

const wholeCrew: CrewSize = { sender: 1, worker: 3, router: 2, operator: 1 };
const recoveryWithinMs = 30_000;
/** A LISTEN connection that is silently dead is found out within a quarter of a minute. */
const healthyWithinMs = 20_000;
/** What was sent while the workers were still coming up is not throughput. */
const warmUpMs = 1_000;
/** How long load goes on before and after the fault. */
const calmMs = { least: 2_000, most: 15_000 };

export async function runScenario(options: RunOptions): Promise<ChaosResult> {
	const { scenario, server, template, seed, progress } = options;
	const database = await openDatabase(server.url, template);
	const directory = await mkdtemp(join(tmpdir(), 'cb-chaos-ledger-'));
	const random = seededRandom(seed);
	const primary = createPrimary(server, {
		databaseUrl: database.url,
		applicationUrl: applicationUrl(database.url, template),
	});
	const referee = openReferee(() => primary.databaseUrl);
	const stage: Stage = {
		primary,
		query: referee.query,
		random,
		progress,
	};
	const injector = await scenario.open(stage);
	const crew = createCrew({
		directory,
		seed,
		defaults: (role, name) => childDefaults(options, stage, injector.optionsOf?.(role, name)),
	});
	try {
		await options.breakDatabase?.(stage.query);
		return await perform({ options, stage, injector, crew, directory });
	} finally {
		await crew.close();
		await referee.close();
		await injector.close?.();
		await database.drop().catch(() => undefined);
		await rm(directory, { recursive: true, force: true });
	}
}

function childDefaults(
	{ rate, defect }: RunOptions,
	{ primary }: Stage,
	special: ChildOptions = {},
): ChildOptions & { readonly connection: string | Readonly<Record<string, unknown>> } {
	const connection = connectionOf(primary.applicationUrls);
	return { connection, rate, ...(defect === undefined ? {} : { defect }), ...special };
}

interface Play {
	readonly options: RunOptions;
	readonly stage: Stage;
	readonly injector: Injector;
	readonly crew: Crew;
	readonly directory: string;
}

async function perform(play: Play): Promise<ChaosResult> {
	const { options, crew } = play;
	const { scenario, drainWithinMs = 60_000, progress } = options;
	const { query } = play.stage;
	const { timeline, faults } = await underLoad(play);
	progress('drain');
	const isDrained = await drained(query, drainWithinMs);
	const unwell = await crew.complaints(isDrained ? healthyWithinMs : 0);
	await crew.stop();
	progress('check');
	await loadLedger(query, play.directory);
	const violations = await findAllViolations(query, { forgetsLeases: scenario.forgetsLeases ?? false });
	const figures = await readFigures(query, timeline);
	const said = [...crew.deserters, ...unwell];
	return {
		scenario: scenario.name,
		seed: options.seed,
		seconds: options.seconds,
		ok: violations.length === 0 && said.length === 0,
		faults,
		...figures,
		lost: countOf(violations, 'lost'),
		doubled: countOf(violations, 'doubled'),
		stuck: countOf(violations, 'stuck'),
		inconsistent: countOf(violations, 'inconsistent'),
		endings: await readEndings(query),
		violations,
		crew: said,
		bars: barsOf(figures),
	};
}

/** Load before, during and after the fault; the senders have finished when it resolves. */
async function underLoad({
	options,
	stage,
	injector,
	crew,
}: Play): Promise<{ readonly timeline: Timeline; readonly faults: number }> {
	const { query } = stage;
	const { seconds, progress, interrupted = new AbortController().signal } = options;
	const forAWhileMs = Math.min(Math.max((seconds * 1_000) / 2, calmMs.least), calmMs.most);
	await startCrew(crew, options.crewSize ?? wholeCrew);
	await firstCompletion(query, 0);
	await pause(warmUpMs, interrupted);
	const beforeFrom = Date.now();
	progress('load');
	await pause(forAWhileMs, interrupted);
	const faultFrom = Date.now();
	progress('fault');
	let faults = 0;
	const count = (): void => {
		faults++;
	};
	const signal = abortedAfter(seconds * 1_000, interrupted);
	await injector.inject({ ...stage, crew, signal, count });
	const faultTo = Date.now();
	progress('load after the fault');
	await firstCompletion(query, faultTo).catch(() => undefined);
	await pause(forAWhileMs, interrupted);
	const loadTo = Date.now();
	await crew.stop('sender');
	return { timeline: { beforeFrom, faultFrom, faultTo, loadTo }, faults };
}

async function startCrew(crew: Crew, size: CrewSize): Promise<void> {
	for (const role of ['worker', 'router', 'operator', 'sender'] as const) {
		for (let index = 0; index < size[role]; index++) crew.add(role);
	}
	await Promise.all(crew.members().map(({ ready }) => ready));
}

/** Waits until something was completed after that time. */
async function firstCompletion(query: Query, after: number): Promise<void> {
	const look = async (): Promise<true | undefined> => {
		const rows = await query(
			`select from cb.command_audit a where a.type = 'COMPLETED' and a.at > to_timestamp($1::double precision / 1000) limit 1`,
			[after],
		);
		return rows.length > 0 ? true : undefined;
	};
	if ((await seen(look, recoveryWithinMs)) === undefined) throw new ChaosError('Nothing is completed.');
}
