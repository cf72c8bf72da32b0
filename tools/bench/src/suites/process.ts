/**
 * Three-step processes with one worker and one router process, beside the plain drain of the same run: finished processes per second empty and
 * after many, and the time from one step to the next at a quiet 20 processes a second.
 */
import { createPgBackend } from '@cb/pg';
import { createProcessManager } from '@cb/process';
import { Pool } from 'pg';
import { startProcess } from '../child.ts';
import type { BenchContext } from '../context.ts';
import { limitBar, newFigure, perSecond, ratioBar, timed } from '../measure.ts';
import type { SuiteResult } from '../measure.ts';
import { onStage, systemNamed } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { drainCounts, drainRate } from './drain-rate.ts';
import { ThreeSteps } from '../workers/three-steps.ts';

/** As many as `sendMany` sends at once in the suite `send`: the first are worked off while the others are started. */
const startedAtOnce = 1_000;

type Backend = ReturnType<typeof createPgBackend>;

export async function processSuite(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const size = isQuick
		? { warmUp: 50, count: 100, history: 200, paced: 10 }
		: { warmUp: 3_000, count: 10_000, history: 100_000, paced: 400 };
	const drain = newFigure('plain drain', 'commands/s');
	const fresh = newFigure('finished processes, empty tables', 'processes/s');
	const grown = newFigure(`finished processes, ${size.history.toLocaleString('en')} in the tables`, 'processes/s');
	const latency = newFigure('p99 from step to step at 20 processes/s', 'ms');
	for (let round = 1; round <= rounds; round++) {
		progress(`round ${round} of ${rounds}`);
		const cb = systemNamed(context, 'cb');
		drain.rounds.push(await onStage(context, cb, (stage) => drainRate(stage, drainCounts(context))));
		await onStage(context, cb, (stage) =>
			withProcesses(stage, async ({ backend, pool }) => {
				await finishedRate(backend, pool, size.warmUp);
				fresh.rounds.push(await finishedRate(backend, pool, size.count));
				latency.rounds.push(await stepLatency(backend, pool, size.paced));
				await fillHistory(pool, size.history);
				grown.rounds.push(await finishedRate(backend, pool, size.count));
			}),
		);
	}
	return {
		settings: { rounds, ...size, startedAtOnce },
		figures: [drain, fresh, grown, latency],
		bars: [
			ratioBar('finished processes per drained command', [fresh, drain], 0.08),
			ratioBar('processes: grown / empty', [grown, fresh], 0.8),
			limitBar('processes: p99 from step to step', latency, 50),
		],
	};
}

interface Engine {
	readonly backend: Backend;
	readonly pool: Pool;
}

/** One worker and one router process, and a connection of ours to start processes and to count them. */
async function withProcesses({ url }: Stage, work: (engine: Engine) => Promise<void>): Promise<void> {
	const pool = new Pool({ connectionString: url, max: 2 });
	const backend = createPgBackend({ connection: url });
	const children = await Promise.all(['step-worker', 'step-router'].map((name) => startProcess(name, { url })));
	try {
		await work({ backend, pool });
	} finally {
		await Promise.all(children.map((child) => child.stop()));
		await backend.close();
		await pool.end();
	}
}

async function finishedRate(backend: Backend, pool: Pool, count: number): Promise<number> {
	const manager = createProcessManager(backend, [ThreeSteps]);
	const inputs = Array.from({ length: count }, (_, number) => ({ number }));
	const since = new Date();
	const milliseconds = await timed(async () => {
		for (let from = 0; from < count; from += startedAtOnce) {
			await manager.startMany(ThreeSteps, inputs.slice(from, from + startedAtOnce), { batch: {} });
		}
		await finished(pool, since);
	});
	return perSecond(count, milliseconds);
}

/** 99th percentile of the time between the sending of one step and of the next, by the database's clock. */
async function stepLatency(backend: Backend, pool: Pool, count: number): Promise<number> {
	const manager = createProcessManager(backend, [ThreeSteps]);
	const since = new Date();
	for (let number = 0; number < count; number++) {
		const pause = new Promise((resolve) => setTimeout(resolve, 50));
		await manager.start(ThreeSteps, { number });
		await pause;
	}
	await finished(pool, since);
	const { rows } = await pool.query<{ p99: number }>(
		`select percentile_cont(0.99) within group (order by 1000 * extract(epoch from next.sent_at - step.sent_at))::double precision as p99
		from cb.process_step step
		join cb.process_step next on next.process_id = step.process_id and next.position = step.position + 1
		where step.sent_at > $1`,
		[since],
	);
	return rows[0]?.p99 ?? Number.NaN;
}

async function fillHistory(pool: Pool, count: number): Promise<void> {
	await pool.query(
		`with numbered as materialized (select n, cb.new_id() as id from generate_series(1, $1::integer) n),
		processes as (
			insert into cb.process (process_id, domain, process_type, status, state, completed_at)
			select id, 'bench', 'ThreeSteps', 'COMPLETED', jsonb_build_object('number', n), clock_timestamp() from numbered
			returning process_id
		)
		insert into cb.process_step (process_id, command_id, position, step, kind, domain, command_type, status, answered_at)
		select id, cb.new_id(), position, 'ONE', 'forward', 'bench', 'Step', 'SUCCEEDED', clock_timestamp()
		from numbered, generate_series(1, 3) as position`,
		[count],
	);
	await pool.query('vacuum analyze');
}

/** Looks along the index of what was started since, and no further than the first that runs: a count of all would be work beside what is measured. */
async function finished(pool: Pool, since: Date): Promise<void> {
	const deadline = performance.now() + 300_000;
	for (;;) {
		const { rows } = await pool.query<{ is_done: boolean }>(
			'select not exists (select from cb.process where created_at >= $1 and completed_at is null) as is_done',
			[since],
		);
		if (rows[0]?.is_done === true) return;
		if (performance.now() > deadline) throw new Error('The processes did not finish within five minutes.');
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}
