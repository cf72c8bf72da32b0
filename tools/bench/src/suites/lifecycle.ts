/**
 * Our whole life cycle (row, three audit lines, message, settle) beside a bare PGMQ loop on the same server, interleaved: draining with one
 * worker process, sending from 50 concurrent callers, and the worker's memory with a large backlog.
 */
import { commandRequest, createCommandBus } from '@cb/core';
import { createPgBackend } from '@cb/pg';
import { Pool } from 'pg';
import { drainInChild } from '../child.ts';
import { limitBar, perSecond, ratioBar, timed } from '../measure.ts';
import type { Figure, SuiteResult } from '../measure.ts';
import { Noop } from '../noop-command.ts';
import type { BenchContext } from '../context.ts';

const callers = 50;

export async function lifecycle({ freshDatabase, rounds, isQuick, progress }: BenchContext): Promise<SuiteResult> {
	const drainCount = isQuick ? 2_000 : 20_000;
	const sendCount = isQuick ? 1_000 : 10_000;
	const backlog = isQuick ? 5_000 : 200_000;
	const figures = {
		bareDrain: figure('drain, bare pgmq.read(100) + pgmq.delete(array)', 'messages/s'),
		drain: figure('drain, one worker process, full life cycle', 'commands/s'),
		bareSend: figure('send, bare pgmq.send, 50 callers', 'messages/s'),
		send: figure('send, 50 callers, coalesced', 'commands/s'),
		memory: figure(`worker memory with a backlog of ${backlog.toLocaleString('en')}`, 'MB'),
	};
	for (let round = 1; round <= rounds; round++) {
		progress(`round ${round} of ${rounds}`);
		const database = await freshDatabase();
		const pool = new Pool({ connectionString: database.url, max: callers });
		const backend = createPgBackend({ connection: database.url });
		try {
			await pool.query(`select pgmq.create('bare')`);
			await backend.domains.create('bench');
			figures.bareSend.rounds.push(await bareSendRate(pool, sendCount));
			figures.send.rounds.push(await sendRate(backend, sendCount));
			await pool.query(`select pgmq.purge_queue('bare')`);
			await drainInChild('worker-drain', database.url, sendCount);
			await fillBare(pool, drainCount);
			await fill(backend, drainCount);
			figures.bareDrain.rounds.push(
				perSecond(drainCount, (await drainInChild('bare-drain', database.url, drainCount)).milliseconds),
			);
			figures.drain.rounds.push(
				perSecond(drainCount, (await drainInChild('worker-drain', database.url, drainCount)).milliseconds),
			);
			await fill(backend, backlog);
			const { peakMemoryBytes } = await drainInChild('worker-drain', database.url, Math.min(backlog, 40_000));
			figures.memory.rounds.push(peakMemoryBytes / 1_000_000);
		} finally {
			await backend.close();
			await pool.end();
			await database.drop();
		}
	}
	return {
		settings: { rounds, drainCount, sendCount, callers, backlog },
		figures: Object.values(figures),
		bars: [
			ratioBar('drain / bare drain', [figures.drain, figures.bareDrain], 0.4),
			ratioBar('send / bare send, 50 callers', [figures.send, figures.bareSend], 2.5),
			limitBar('worker memory / 200 MB', figures.memory, 200),
		],
	};
}

function figure(name: string, unit: string): Figure & { readonly rounds: number[] } {
	return { name, unit, rounds: [] };
}

async function bareSendRate(pool: Pool, count: number): Promise<number> {
	const milliseconds = await timed(() =>
		fromCallers(count, (number) =>
			pool.query(`select pgmq.send(queue_name => 'bare', msg => $1::jsonb)`, [JSON.stringify({ number })]),
		),
	);
	return perSecond(count, milliseconds);
}

type Backend = ReturnType<typeof createPgBackend>;

async function sendRate(backend: Backend, count: number): Promise<number> {
	const bus = createCommandBus(backend);
	const milliseconds = await timed(() => fromCallers(count, (number) => bus.send(Noop, { number })));
	await bus.close();
	return perSecond(count, milliseconds);
}

/** `callers` loops that each wait for their own call before they make the next. */
async function fromCallers(count: number, call: (number: number) => Promise<unknown>): Promise<void> {
	let next = 0;
	const loop = async (): Promise<void> => {
		while (next < count) await call(next++);
	};
	await Promise.all(Array.from({ length: callers }, loop));
}

async function fillBare(pool: Pool, count: number): Promise<void> {
	await pool.query(
		`select pgmq.send_batch(queue_name => 'bare', msgs => (select array_agg(jsonb_build_object('number', n)) from generate_series(1, $1::integer) n))`,
		[count],
	);
}

async function fill(backend: Backend, count: number): Promise<void> {
	const bus = createCommandBus(backend);
	await bus.sendMany(Array.from({ length: count }, (_, number) => commandRequest(Noop, { number })));
	await bus.close();
}
