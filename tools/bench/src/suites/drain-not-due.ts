/** The same drain beside 100,000 commands that are not due for an hour, and beside as many that wait after a failure. */
import type { BenchContext } from '../context.ts';
import { newFigure, ratioBar } from '../measure.ts';
import type { SuiteResult } from '../measure.ts';
import { onStage, rotated, systemNamed } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { drainCounts, drainRate } from './drain-rate.ts';

const seconds = 3_600;

export async function notDue(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	// Three times as many as elsewhere: single drains differ by more than what is looked for.
	const counts = isQuick ? drainCounts(context) : { warmUp: 5_000, count: 120_000 };
	const waiting = isQuick ? 200 : 100_000;
	const cb = systemNamed(context, 'cb');
	const many = waiting.toLocaleString('en');
	const none = { title: 'drain beside nothing', put: () => Promise.resolve() };
	const delayed = { title: `drain beside ${many} not due for an hour`, put: (stage: Stage) => delay(stage, waiting) };
	const failed = { title: `drain beside ${many} backing off`, put: (stage: Stage) => fail(stage, waiting) };
	const lines = [none, delayed, failed].map((way) => ({ way, figure: newFigure(way.title, 'per second') }));
	for (let round = 1; round <= rounds; round++) {
		for (const { way, figure } of rotated(lines, round)) {
			progress(`${way.title}, round ${round} of ${rounds}`);
			figure.rounds.push(
				await onStage(context, cb, async (stage) => {
					await way.put(stage);
					return drainRate(stage, counts);
				}),
			);
		}
	}
	const [base, ...others] = lines.map(({ figure }) => figure);
	return {
		settings: { waiting, countBesideWaiting: counts.count },
		figures: lines.map(({ figure }) => figure),
		bars: others.flatMap((figure) =>
			base === undefined ? [] : [ratioBar(`${figure.name} / beside nothing`, [figure, base], 0.95)],
		),
	};
}

/** Sent, and not to be handed out for an hour. */
async function delay(stage: Stage, count: number): Promise<void> {
	await stage.sender.ask('fill', { count, delaySeconds: seconds });
}

/** Handed out once, failed, and left alone for an hour. */
async function fail(stage: Stage, count: number): Promise<void> {
	await stage.sender.ask('fill', { count });
	const failing = await stage.startConsumer({ backoffSeconds: seconds });
	await failing.ask('drain', { warmUp: 0, count });
	await failing.stop();
}
