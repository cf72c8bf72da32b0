/**
 * Retention on a long history: how fast ended commands go in chunks, the longest statement, and what a running worker and a sender notice of it.
 * Beside it what time partitions of the audit would give (ADR 0010).
 */
import { commandRequest, createCommandBus } from '@cb/core';
import { createMaintenance } from '@cb/ops';
import type { PruneReport } from '@cb/ops';
import { createPgBackend } from '@cb/pg';
import type { PgBackend } from '@cb/pg';
import { Pool } from 'pg';
import { startProcess } from '../child.ts';
import type { BenchContext } from '../context.ts';
import { limitBar, perSecond, ratioBar, timed } from '../measure.ts';
import type { Figure, SuiteResult } from '../measure.ts';
import { Noop } from '../noop-command.ts';
import type { ConsumerAnswers, ConsumerParameters } from '../workers/consumer.ts';
import { fillHistory } from './history.ts';
import { comparePartitions } from './prune-partitions.ts';

interface Bench {
	readonly url: string;
	readonly pool: Pool;
	readonly backend: PgBackend;
	readonly progress: (line: string) => void;
}

export function pruneSuite(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const endedCount = isQuick ? 2_000 : 1_000_000;
	const drainCount = isQuick ? 500 : 40_000;
	return withHistory(context, endedCount, async (bench) => {
		const pruning = pruningResult(await besideWorker(bench, { rounds, drainCount }), await pruneAlone(bench));
		const sends = await besideRememberedIds(bench, { rounds, sendCount: drainCount, idCount: endedCount });
		progress('comparing with partitions');
		const partitions = await comparePartitions(bench.pool, isQuick ? 2_000 : 600_000);
		return {
			settings: { rounds, endedCount, drainCount },
			figures: [...pruning.figures, sends.without, sends.beside, ...partitions],
			bars: [
				...pruning.bars,
				ratioBar('sends beside remembered ids / sends without', [sends.beside, sends.without], 0.8),
			],
		};
	});
}

/**
 * The same on ten million ended commands, all of which are pruned: maintenance that rests as it should takes more than half an hour for so many.
 */
export function pruneLargeSuite(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick } = context;
	const endedCount = isQuick ? 2_000 : 10_000_000;
	const drainCount = isQuick ? 500 : 20_000;
	return withHistory(context, endedCount, async (bench) => {
		const pruning = pruningResult(await besideWorker(bench, { rounds, drainCount }), await pruneAlone(bench));
		return { settings: { rounds, endedCount, drainCount }, ...pruning };
	});
}

/** A database of its own with so many ended commands. */
async function withHistory(
	{ freshDatabase, progress }: BenchContext,
	endedCount: number,
	work: (bench: Bench) => Promise<SuiteResult>,
): Promise<SuiteResult> {
	const database = await freshDatabase();
	const pool = new Pool({ connectionString: database.url, max: 2 });
	const backend = createPgBackend({ connection: database.url });
	try {
		await backend.domains.create('bench');
		progress(`filling in ${endedCount.toLocaleString('en')} ended commands`);
		await fillHistory(pool, { count: endedCount, firstDaysAgo: 41 });
		return await work({ url: database.url, pool, backend, progress });
	} finally {
		await backend.close();
		await pool.end();
		await database.drop();
	}
}

function pruningResult(
	worked: Beside,
	alone: { readonly rate: Figure; readonly report: PruneReport },
): Pick<SuiteResult, 'figures' | 'bars'> {
	const chunks = [...worked.reports, alone.report].map(({ longestChunkMs }) => longestChunkMs);
	const longest: Figure = { name: 'longest chunk', unit: 'ms', rounds: chunks };
	return {
		figures: [worked.without, worked.during, worked.pruned, alone.rate, longest],
		bars: [
			ratioBar('worker while pruning / worker alone', [worked.during, worked.without], 0.8),
			limitBar('longest chunk', { ...longest, rounds: [Math.max(...chunks)] }, 1_000),
		],
	};
}

interface Beside {
	readonly without: Figure;
	readonly during: Figure;
	/** How fast the history shrank meanwhile. */
	readonly pruned: Figure;
	readonly reports: readonly PruneReport[];
}

/** The same drain without and with the maintenance at its defaults, in turns. */
async function besideWorker(
	bench: Bench,
	counts: { readonly rounds: number; readonly drainCount: number },
): Promise<Beside> {
	const { rounds, drainCount } = counts;
	const without = { name: 'drain, one worker process', unit: 'commands/s', rounds: [] as number[] };
	const during = { name: 'drain, while the maintenance runs', unit: 'commands/s', rounds: [] as number[] };
	const pruned = { name: 'pruned beside the worker, at the defaults', unit: 'commands/s', rounds: [] as number[] };
	const reports: PruneReport[] = [];
	await drain(bench, drainCount);
	for (let round = 1; round <= rounds; round++) {
		bench.progress(`beside a worker, round ${round} of ${rounds}`);
		const measureDuring = async (): Promise<void> => {
			await send(bench, drainCount);
			const stop = new AbortController();
			const running = createMaintenance({ backend: bench.backend }).runOnce({ signal: stop.signal });
			during.rounds.push(await drainSent(bench, drainCount));
			stop.abort();
			const report = await running;
			reports.push(report);
			pruned.rounds.push(perSecond(report.kinds.commands.pruned, report.durationMs));
		};
		const measureWithout = async (): Promise<void> => void without.rounds.push(await drain(bench, drainCount));
		for (const measure of round % 2 === 0 ? [measureDuring, measureWithout] : [measureWithout, measureDuring]) {
			await measure();
		}
	}
	return { without, during, pruned, reports };
}

/** What is left, with nothing beside it, and no rest but what the length of the chunks asks for. */
async function pruneAlone({
	backend,
	progress,
}: Bench): Promise<{ readonly rate: Figure; readonly report: PruneReport }> {
	progress('pruning what is left');
	const report = await createMaintenance({ backend, pauseMs: 0 }).runOnce();
	const rate = perSecond(report.kinds.commands.pruned, report.durationMs);
	return { rate: { name: 'pruned with nothing beside it', unit: 'commands/s', rounds: [rate] }, report };
}

/** Bulk sends with the table of remembered ids empty, and with as many ids as the history had. */
async function besideRememberedIds(
	bench: Bench,
	counts: { readonly rounds: number; readonly sendCount: number; readonly idCount: number },
): Promise<{ readonly without: Figure; readonly beside: Figure }> {
	const { rounds, sendCount, idCount } = counts;
	const without = { name: 'bulk send, no remembered ids', unit: 'commands/s', rounds: [] as number[] };
	const beside = {
		name: `bulk send, ${idCount.toLocaleString('en')} remembered ids`,
		unit: 'commands/s',
		rounds: [] as number[],
	};
	await send(bench, sendCount);
	for (let round = 1; round <= rounds; round++) {
		bench.progress(`sends, round ${round} of ${rounds}`);
		await bench.pool.query('truncate cb.remembered_command');
		without.rounds.push(perSecond(sendCount, await send(bench, sendCount)));
		await bench.pool.query(
			`insert into cb.remembered_command (command_id, correlation_id, ended_at, has_audit, domain)
			select cb.new_id(), cb.new_id(), clock_timestamp(), false, 'bench' from generate_series(1, $1::integer)`,
			[idCount],
		);
		await bench.pool.query('vacuum analyze cb.remembered_command');
		beside.rounds.push(perSecond(sendCount, await send(bench, sendCount)));
	}
	return { without, beside };
}

async function drain(bench: Bench, count: number): Promise<number> {
	await send(bench, count);
	return drainSent(bench, count);
}

async function drainSent({ url }: Bench, count: number): Promise<number> {
	return perSecond(count, await drainMs(url, count));
}

/** Everything that is there, by a fresh worker process. */
async function drainMs(url: string, count: number): Promise<number> {
	const parameters: ConsumerParameters = { system: 'cb', url, purpose: 'throughput' };
	const worker = await startProcess<ConsumerAnswers>('consumer', parameters);
	try {
		return (await worker.ask('drain', { warmUp: 0, count })).milliseconds;
	} finally {
		await worker.stop();
	}
}

/** Returns how long it took. */
async function send({ backend }: Bench, count: number): Promise<number> {
	const bus = createCommandBus(backend);
	const requests = Array.from({ length: count }, (_, number) => commandRequest(Noop, { number }));
	const milliseconds = await timed(() => bus.sendMany(requests));
	await bus.close();
	return milliseconds;
}
