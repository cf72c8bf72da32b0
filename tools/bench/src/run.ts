/** One server with one configuration for everything that is compared, a prepared template per system, and what belongs beside the figures. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { cpus, platform, release, totalmem } from 'node:os';
import { createFreshDatabase, createTemplate, startPostgres } from '@cb/test-postgres';
import type { Database, PostgresServer } from '@cb/test-postgres';
import { startProcess } from './child.ts';
import type { BenchContext } from './context.ts';
import { rowOf } from './measure.ts';
import type { SuiteResult } from './measure.ts';
import { meterSteal } from './processor-time.ts';
import { findRedis } from './redis.ts';
import type { RedisServer } from './redis.ts';
import type { Output, SuiteFacts } from './report.ts';
import { readServerFacts } from './server-facts.ts';
import { loadSystem } from './systems/index.ts';
import { systemNames } from './systems/system.ts';
import type { System, SystemName } from './systems/system.ts';

export type Suite = (context: BenchContext) => Promise<SuiteResult>;

export interface RunOptions {
	readonly suites: Readonly<Record<string, Suite>>;
	readonly peers: readonly SystemName[];
	readonly rounds: number;
	readonly isQuick: boolean;
	readonly onLine: (line: string) => void;
	/** Before the first suite and after each: what there is so far. */
	readonly onOutput: (output: Output) => Promise<void>;
}

export async function run(options: RunOptions): Promise<Output> {
	const server = await startPostgres({
		// Loaded for the suites that count statements, counting nothing elsewhere.
		settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'none' },
	});
	const redis = options.peers.includes('bullmq') ? await findRedis() : undefined;
	try {
		const chosen = await Promise.all(chosenNames(options, redis).map(loadSystem));
		const context = contextOf({ server, redis, chosen }, options);
		const facts = await readServerFacts(server.url);
		const ran: RanSuite[] = [];
		const outputSoFar = (): Output => ({
			suite: ran.map((one) => one.facts.suite).join(','),
			settings: { rounds: options.rounds, isQuick: options.isQuick, ...absent(options, redis) },
			versions: { ...versionsOf(chosen), node: process.version, ...facts.versions, ...redisFacts(redis) },
			rows: ran.flatMap(({ facts: { suite }, figures }) => figures.map((figure) => ({ suite, ...rowOf(figure) }))),
			bars: ran.flatMap(({ facts: { suite }, bars }) => bars.map((bar) => ({ suite, ...bar }))),
			suites: ran.map((one) => one.facts),
			machine: machineFacts(),
			server: facts.settings,
			systems: Object.fromEntries(chosen.map(({ label, settings }) => [label, settings])),
		});
		await options.onOutput(outputSoFar());
		for (const [name, suite] of Object.entries(options.suites)) {
			ran.push(await runSuite(name, suite, context));
			await options.onOutput(outputSoFar());
		}
		return outputSoFar();
	} finally {
		await redis?.stop();
		await server.stop();
	}
}

function chosenNames(options: RunOptions, redis: RedisServer | undefined): readonly SystemName[] {
	for (const line of Object.values(absent(options, redis))) options.onLine(line);
	return systemNames.filter((name) => {
		if (name === 'cb' || name === 'bare') return true;
		return options.peers.includes(name) && (name !== 'bullmq' || redis !== undefined);
	});
}

/** Who was asked for and cannot run here. */
function absent({ peers }: RunOptions, redis: RedisServer | undefined): { readonly absent?: string } {
	if (!peers.includes('bullmq') || redis !== undefined) return {};
	return { absent: 'BullMQ: there is no redis-server on the search path, and CB_REDIS_URL names none' };
}

interface Servers {
	readonly server: PostgresServer;
	readonly redis: RedisServer | undefined;
	readonly chosen: readonly System[];
}

function contextOf({ server, redis, chosen }: Servers, { rounds, isQuick, onLine }: RunOptions): BenchContext {
	const templates = new Map<SystemName, Promise<Database>>();
	const templateOf = (name: SystemName): Promise<Database> => {
		const template = templates.get(name) ?? createTemplate(server.url, 'bench', (url) => prepare(name, url));
		templates.set(name, template);
		return template;
	};
	return {
		systems: chosen,
		rounds,
		isQuick,
		progress: onLine,
		async freshDatabase(name = 'cb') {
			if (name !== 'bullmq') return createFreshDatabase(server.url, (await templateOf(name)).name);
			if (redis === undefined) throw new Error('BullMQ needs a Redis.');
			await redis.flush();
			return { name: 'redis', url: redis.url, drop: () => redis.flush() };
		},
	};
}

async function prepare(system: SystemName, url: string): Promise<void> {
	const child = await startProcess<{ readonly prepare: undefined }>('prepare', { system, url });
	try {
		await child.ask('prepare');
	} finally {
		await child.stop();
	}
}

interface RanSuite extends Pick<SuiteResult, 'figures' | 'bars'> {
	readonly facts: SuiteFacts;
}

/** One that fails takes nothing of the others with it: some of them take half an hour. */
async function runSuite(name: string, suite: Suite, context: BenchContext): Promise<RanSuite> {
	const progress = (line: string): void => {
		context.progress(`${name}: ${line}`);
	};
	const start = performance.now();
	const steal = meterSteal();
	const circumstances = (): Pick<SuiteFacts, 'suite' | 'seconds' | 'stolenPercent'> => {
		const seconds = (performance.now() - start) / 1_000;
		const stolenPercent = steal();
		return { suite: name, seconds, ...(!Number.isNaN(stolenPercent) && { stolenPercent }) };
	};
	try {
		const { settings, figures, bars } = await suite({ ...context, progress });
		return { facts: { ...circumstances(), settings }, figures, bars };
	} catch (error) {
		const text = error instanceof Error ? error.message : String(error);
		progress(`failed: ${error instanceof Error ? (error.stack ?? text) : text}`);
		return { facts: { ...circumstances(), settings: {}, error: text }, figures: [], bars: [] };
	}
}

function machineFacts(): Readonly<Record<string, string | number>> {
	return {
		cpu: cpus()[0]?.model ?? 'unknown',
		cores: cpus().length,
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		system: `${platform()} ${release()}`,
	};
}

function redisFacts(redis: RedisServer | undefined): Readonly<Record<string, string>> {
	return redis === undefined ? {} : { redis: `${redis.version} (${redis.settings})` };
}

/** As the installed packages say. */
function versionsOf(chosen: readonly System[]): Readonly<Record<string, string>> {
	const names = chosen.flatMap(({ packages }) => packages);
	return Object.fromEntries(
		['pg', ...names].map((name) => {
			const file = findPackageJSON(name, import.meta.url);
			const { version } = JSON.parse(file === undefined ? '{}' : readFileSync(file, 'utf8')) as { version?: string };
			return [name, version ?? 'unknown'];
		}),
	);
}
