/** What a command costs in write-ahead log, which is what disks, replicas and backups bear of it: sent by 50 callers, sent in bulk, and drained. */
import type { BenchContext } from '../context.ts';
import { newFigure } from '../measure.ts';
import type { GrowingFigure, SuiteResult } from '../measure.ts';
import { numberOf } from '../number-of.ts';
import { onStage, rotated } from '../stage.ts';
import type { Stage } from '../stage.ts';
import type { System } from '../systems/system.ts';
import { drained } from './drain-rate.ts';

const titles = {
	sent: 'log of a command sent by one of 50 callers',
	inBulk: 'log of a command sent with 1,000 others',
	drained: 'log of a drained command',
} as const;
type Line = Readonly<Record<keyof typeof titles, GrowingFigure>>;

export async function cost(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const sending = isQuick ? { warmUpMs: 0, milliseconds: 200 } : { warmUpMs: 0, milliseconds: 3_000 };
	// Redis keeps a log of its own, and DBOS has no bulk.
	const systems = context.systems.filter(({ name }) => name !== 'bullmq' && name !== 'dbos');
	const lines = new Map(systems.map((system) => [system, newLine(system)]));
	for (let round = 1; round <= rounds; round++) {
		for (const [system, line] of rotated([...lines], round)) {
			progress(`${system.label}, round ${round} of ${rounds}`);
			await onStage(context, system, async (stage) => {
				const alone = await logOf(stage, () => stage.sender.ask('rate', { ...sending, mode: 'alone', callers: 50 }));
				line.sent.rounds.push(alone.bytes / alone.result.total);
				const inBulk = await logOf(stage, () => stage.sender.ask('rate', { ...sending, mode: 'in-bulk', callers: 1 }));
				line.inBulk.rounds.push(inBulk.bytes / inBulk.result.total);
				const count = alone.result.total + inBulk.result.total;
				const worked = await logOf(stage, () => drained(stage, { warmUp: 0, count, isFilled: true }));
				line.drained.rounds.push(worked.bytes / count);
			});
		}
	}
	return {
		settings: { rounds, ...sending, begins: 'after a checkpoint' },
		figures: (Object.keys(titles) as (keyof typeof titles)[]).flatMap((title) =>
			[...lines.values()].map((line) => line[title]),
		),
		bars: [],
	};
}

function newLine({ label }: System): Line {
	const figure = (of: keyof typeof titles): GrowingFigure => newFigure(`${titles[of]}: ${label}`, 'bytes');
	return { sent: figure('sent'), inBulk: figure('inBulk'), drained: figure('drained') };
}

const logPositionText = `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as value`;

/** Everything that the server wrote meanwhile. */
async function logOf<Result>(
	stage: Stage,
	work: () => Promise<Result>,
): Promise<{ readonly bytes: number; readonly result: Result }> {
	await stage.quieten();
	const before = await numberOf(stage.url, logPositionText);
	const result = await work();
	return { bytes: (await numberOf(stage.url, logPositionText)) - before, result };
}
