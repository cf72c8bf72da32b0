/**
 * Three-step processes with one worker and one router process, beside the plain drain of the same run: finished processes per second empty and
 * after many, and the time from one step to the next at a quiet 20 processes a second.
 */
import { commandRequest, createCommandBus } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { createProcessManager } from '@cb/process';
import { Pool } from 'pg';
import { drainInChild, startChild } from '../child.ts';
import type { BenchContext } from '../context.ts';
import { limitBar, perSecond, ratioBar, timed } from '../measure.ts';
import type { Figure, SuiteResult } from '../measure.ts';
import { Noop } from '../noop-command.ts';
import { ThreeSteps } from '../workers/three-steps.ts';

type Backend = ReturnType<typeof createPgBackend>;

export async function processSuite({ freshDatabase, rounds, isQuick, progress }: BenchContext): Promise<SuiteResult> {
	const count = isQuick ? 200 : 3_000;
	const history = isQuick ? 500 : 100_000;
	const drainCount = isQuick ? 1_000 : 20_000;
	const paced = isQuick ? 40 : 400;
	const drain: Rounds = { name: 'plain drain', unit: 'commands/s', rounds: [] };
	const fresh: Rounds = { name: 'finished processes, empty tables', unit: 'processes/s', rounds: [] };
	const grown: Rounds = {
		name: `finished processes, ${history.toLocaleString('en')} in the tables`,
		unit: 'processes/s',
		rounds: [],
	};
	const latency: Rounds = { name: 'p99 from step to step at 20 processes/s', unit: 'ms', rounds: [] };
	for (let round = 1; round <= rounds; round++) {
		progress(`round ${round} of ${rounds}`);
		await onFreshDatabase(freshDatabase, async ({ url, backend, pool }) => {
			await fill(backend, drainCount);
			drain.rounds.push(perSecond(drainCount, (await drainInChild('worker-drain', url, drainCount)).milliseconds));
			const children = await Promise.all(['step-worker', 'step-router'].map((name) => startChild(name, [url])));
			try {
				fresh.rounds.push(await finishedRate(backend, pool, count));
				latency.rounds.push(await stepLatency(backend, pool, paced));
				await fillHistory(pool, history);
				grown.rounds.push(await finishedRate(backend, pool, count));
			} finally {
				for (const child of children) child.kill('SIGKILL');
			}
		});
	}
	return {
		settings: { rounds, count, history, drainCount, paced },
		figures: [drain, fresh, grown, latency],
		bars: [
			ratioBar('finished processes per drained command', [fresh, drain], 0.04),
			ratioBar('grown / empty', [grown, fresh], 0.8),
			limitBar('step to step p99 / 50 ms', latency, 50),
		],
	};
}

interface Stage {
	readonly url: string;
	readonly backend: Backend;
	readonly pool: Pool;
}

async function onFreshDatabase(
	freshDatabase: BenchContext['freshDatabase'],
	work: (stage: Stage) => Promise<void>,
): Promise<void> {
	const database = await freshDatabase();
	const pool = new Pool({ connectionString: database.url, max: 2 });
	const backend = createPgBackend({ connection: database.url });
	try {
		await backend.domains.create('bench');
		await work({ url: database.url, backend, pool });
	} finally {
		await backend.close();
		await pool.end();
		await database.drop();
	}
}

type Rounds = Figure & { readonly rounds: number[] };

async function fill(backend: Backend, count: number): Promise<void> {
	const bus = createCommandBus(backend);
	await bus.sendMany(Array.from({ length: count }, (_, number) => commandRequest(Noop, { number })));
	await bus.close();
}

async function finishedRate(backend: Backend, pool: Pool, count: number): Promise<number> {
	const manager = createProcessManager(backend, [ThreeSteps]);
	const inputs = Array.from({ length: count }, (_, number) => ({ number }));
	const before = await finishedCount(pool);
	const milliseconds = await timed(async () => {
		await manager.startMany(ThreeSteps, inputs, { batch: {} });
		await until(async () => (await finishedCount(pool)) >= before + count);
	});
	return perSecond(count, milliseconds);
}

/** 99th percentile of the time between the sending of one step and of the next, by the database's clock. */
async function stepLatency(backend: Backend, pool: Pool, count: number): Promise<number> {
	const manager = createProcessManager(backend, [ThreeSteps]);
	const before = await finishedCount(pool);
	const since = new Date();
	for (let number = 0; number < count; number++) {
		const pause = new Promise((resolve) => setTimeout(resolve, 50));
		await manager.start(ThreeSteps, { number });
		await pause;
	}
	await until(async () => (await finishedCount(pool)) >= before + count);
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

async function finishedCount(pool: Pool): Promise<number> {
	const { rows } = await pool.query<{ count: string }>(
		'select count(*) as count from cb.process where completed_at is not null',
	);
	return Number(rows[0]?.count);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
	const deadline = performance.now() + 300_000;
	while (!(await isTrue())) {
		if (performance.now() > deadline) throw new Error('The processes did not finish within five minutes.');
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}
