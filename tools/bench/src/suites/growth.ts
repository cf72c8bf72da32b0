/** The same sends and the same drain in empty tables and beside five million ended commands: history must cost nothing on the way of a command. */
import { Pool } from 'pg';
import type { BenchContext } from '../context.ts';
import { newFigure, ratioBar } from '../measure.ts';
import type { GrowingFigure, SuiteResult } from '../measure.ts';
import { onStage, rotated, systemNamed } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { drainCounts, drained, drainRate } from './drain-rate.ts';
import { fillHistory } from './history.ts';
import { sendRate } from './send.ts';

interface Line {
	readonly send: GrowingFigure;
	readonly drain: GrowingFigure;
}

export async function growth(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const ended = isQuick ? 5_000 : 5_000_000;
	const cb = systemNamed(context, 'cb');
	const empty = newLine('in empty tables');
	const grown = newLine(`beside ${ended.toLocaleString('en')} ended`);
	await onStage(context, cb, async (old) => {
		progress(`filling in ${ended.toLocaleString('en')} ended commands`);
		await fill(old.url, ended);
		const ways = [
			() => onStage(context, cb, (fresh) => measure(context, fresh, empty)),
			() => measure(context, old, grown),
		];
		for (let round = 1; round <= rounds; round++) {
			progress(`round ${round} of ${rounds}`);
			for (const way of rotated(ways, round)) await way();
		}
	});
	return {
		settings: { rounds, ended, ...drainCounts(context) },
		figures: [empty.send, grown.send, empty.drain, grown.drain],
		bars: [
			ratioBar('growth: send, grown / empty', [grown.send, empty.send], 0.9),
			ratioBar('growth: drain, grown / empty', [grown.drain, empty.drain], 0.9),
		],
	};
}

function newLine(where: string): Line {
	return {
		send: newFigure(`send, 50 callers, ${where}`, 'per second'),
		drain: newFigure(`drain ${where}`, 'per second'),
	};
}

async function fill(url: string, count: number): Promise<void> {
	const pool = new Pool({ connectionString: url, max: 1 });
	try {
		await fillHistory(pool, { count, firstDaysAgo: 2 });
	} finally {
		await pool.end();
	}
}

async function measure(context: BenchContext, stage: Stage, line: Line): Promise<void> {
	const times = context.isQuick ? { warmUpMs: 100, milliseconds: 400 } : { warmUpMs: 1_000, milliseconds: 4_000 };
	await stage.quieten();
	line.send.rounds.push(await sendRate(stage, { ...times, mode: 'alone', callers: 50 }));
	// What was sent is not what the drain counts.
	await drained(stage, { warmUp: 0, count: await stage.countOpen(), isFilled: true });
	line.drain.rounds.push(await drainRate(stage, drainCounts(context)));
}
