/** What one waiting worker costs: its queries and connections, and its processor time beside 100,000 commands that are not due. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { BenchContext } from '../context.ts';
import { limitBar, newFigure } from '../measure.ts';
import type { SuiteResult } from '../measure.ts';
import { processorShares } from '../processor-time.ts';
import { onStage, systemNamed } from '../stage.ts';
import type { Stage } from '../stage.ts';

interface Times {
	/** Until what a start causes is over. */
	readonly restMs: number;
	readonly windowMs: number;
}

export async function idle(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const times = isQuick ? { restMs: 300, windowMs: 500 } : { restMs: 10_000, windowMs: 30_000 };
	const waiting = isQuick ? 200 : 100_000;
	const cb = systemNamed(context, 'cb');
	const beside = `beside ${waiting.toLocaleString('en')} not due for an hour`;
	const queries = newFigure('idle worker: queries', 'per second');
	const connections = newFigure('idle worker: connections', 'connections');
	const worker = newFigure(`idle worker ${beside}: processor of the worker`, '% of a core');
	const server = newFigure(`idle worker ${beside}: processor of its server sessions`, '% of a core');
	for (let round = 1; round <= rounds; round++) {
		progress(`round ${round} of ${rounds}`);
		await onStage(context, cb, async (stage) => {
			const seen = await traffic(stage, times);
			queries.rounds.push(seen.queriesPerSecond);
			connections.rounds.push(seen.connections);
		});
		await onStage(context, cb, async (stage) => {
			await stage.sender.ask('fill', { count: waiting, delaySeconds: 3_600 });
			const used = await processorUse(stage, times);
			worker.rounds.push(used.worker);
			server.rounds.push(used.server);
		});
	}
	return {
		settings: { rounds, waiting, ...times },
		figures: [queries, connections, worker, server],
		bars: [
			limitBar('idle: queries of a worker', queries, 2),
			limitBar('idle: connections of a worker', connections, 3),
			limitBar(`idle: processor of a worker ${beside}`, worker, 1),
		],
	};
}

async function traffic(
	stage: Stage,
	{ restMs, windowMs }: Times,
): Promise<{ readonly queriesPerSecond: number; readonly connections: number }> {
	await stage.sender.stop();
	return withObserver(stage, async (observer) => {
		await observer.query('create extension if not exists pg_stat_statements');
		// Of sessions that begin now: the observer's own statements stay uncounted.
		await observer.query(
			`do $$ begin execute format('alter database %I set pg_stat_statements.track = ''top''', current_database()); end $$`,
		);
		await startWaiting(stage, restMs);
		const before = await statementCount(observer);
		await sleep(windowMs);
		const count = (await statementCount(observer)) - before;
		const sessions = await sessionIds(observer);
		return { queriesPerSecond: (count / windowMs) * 1_000, connections: sessions.length };
	});
}

async function processorUse(
	stage: Stage,
	{ restMs, windowMs }: Times,
): Promise<{ readonly worker: number; readonly server: number }> {
	await stage.quieten();
	await stage.sender.stop();
	return withObserver(stage, async (observer) => {
		const worker = await startWaiting(stage, restMs);
		const sessions = await sessionIds(observer);
		const [ofWorker = Number.NaN, ofSessions = Number.NaN] = await processorShares([[worker.pid], sessions], windowMs);
		return { worker: ofWorker, server: ofSessions };
	});
}

async function startWaiting(stage: Stage, restMs: number): ReturnType<Stage['startConsumer']> {
	const worker = await stage.startConsumer();
	await worker.ask('start');
	await sleep(restMs);
	return worker;
}

async function statementCount(observer: Client): Promise<number> {
	const { rows } = await observer.query<{ calls: string }>(
		`select coalesce(sum(calls), 0) as calls from pg_stat_statements
		where dbid = (select oid from pg_database where datname = current_database())`,
	);
	return Number(rows[0]?.calls);
}

/** Server processes of all sessions but the observer's own. */
async function sessionIds(observer: Client): Promise<readonly number[]> {
	const { rows } = await observer.query<{ pid: number }>(
		`select pid from pg_stat_activity
		where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
	);
	return rows.map(({ pid }) => pid);
}

async function withObserver<Result>({ url }: Stage, work: (observer: Client) => Promise<Result>): Promise<Result> {
	const observer = new Client({ connectionString: url });
	await observer.connect();
	try {
		return await work(observer);
	} finally {
		await observer.end();
	}
}
