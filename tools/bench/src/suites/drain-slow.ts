/**
 * Handlers of 20 ms, 200 at a time: 10,000 a second are possible. Beside it what one core can do, measured by the same drain with
 * handlers that do nothing, because that may be less.
 */
import type { BenchContext } from '../context.ts';
import { median, newFigure, ratioBar } from '../measure.ts';
import type { SuiteResult } from '../measure.ts';
import { onStage, systemNamed } from '../stage.ts';
import { drainRate } from './drain-rate.ts';

const concurrency = 200;
const handlerMs = 20;

export async function slowHandlers(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const counts = isQuick ? { warmUp: 100, count: 500 } : { warmUp: 10_000, count: 60_000 };
	const cb = systemNamed(context, 'cb');
	const slow = newFigure(`drain, handlers of ${handlerMs} ms, ${concurrency} at a time`, 'per second');
	const idle = newFigure(`drain, handlers that do nothing, ${concurrency} at a time`, 'per second');
	for (let round = 1; round <= rounds; round++) {
		progress(`handlers of ${handlerMs} ms, round ${round} of ${rounds}`);
		const consumer = { concurrency, handlerMs };
		slow.rounds.push(await onStage(context, cb, (stage) => drainRate(stage, { ...counts, consumer })));
		idle.rounds.push(await onStage(context, cb, (stage) => drainRate(stage, { ...counts, consumer: { concurrency } })));
	}
	const possible = (1_000 / handlerMs) * concurrency;
	const limit = { ...idle, rounds: idle.rounds.map((rate) => Math.min(possible, rate)) };
	const what =
		median(limit.rounds) === possible
			? `the ${possible.toLocaleString('en')}/s of the concurrency`
			: 'what one core can do';
	return {
		settings: { handlerMs, slowConcurrency: concurrency },
		figures: [slow, idle],
		bars: [ratioBar(`drain: handlers of ${handlerMs} ms / ${what}`, [slow, limit], 0.95)],
	};
}
