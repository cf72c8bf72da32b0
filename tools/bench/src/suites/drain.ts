/** Working off what lies there: handlers that do nothing beside the peers, with replies, in one batch, with slow handlers, beside what is not due. */
import type { BenchContext } from '../context.ts';
import { median, newFigure, ratioBar } from '../measure.ts';
import type { Bar, Figure, GrowingFigure, SuiteResult } from '../measure.ts';
import { onStage, rotated, systemNamed } from '../stage.ts';
import type { SystemName } from '../systems/system.ts';
import { notDue } from './drain-not-due.ts';
import { drainCounts, drainRate } from './drain-rate.ts';
import type { DrainRequest } from './drain-rate.ts';
import { slowHandlers } from './drain-slow.ts';
import { merged } from './merged.ts';

export async function drain(context: BenchContext): Promise<SuiteResult> {
	return merged([
		await besideOthers(context, { bare: 1, bestPeer: 1.25 }),
		await withReplies(context),
		await ofOneBatch(context),
		await slowHandlers(context),
		await notDue(context),
	]);
}

/** DBOS has no call that sends many and drains a thousand a second: it gets as many as take about as long. */
const dbosShare = 8;

interface DrainBars {
	readonly bare: number;
	readonly bestPeer?: number;
}

export async function besideOthers(context: BenchContext, bars: DrainBars): Promise<SuiteResult> {
	const { rounds, progress } = context;
	const counts = drainCounts(context);
	const figures = new Map<SystemName, GrowingFigure>(
		context.systems.map(({ name, label }) => [name, newFigure(`drain: ${label}`, 'per second')]),
	);
	for (let round = 1; round <= rounds; round++) {
		for (const system of rotated(context.systems, round)) {
			progress(`drain, ${system.label}, round ${round} of ${rounds}`);
			const share = system.name === 'dbos' ? dbosShare : 1;
			const request = { warmUp: Math.ceil(counts.warmUp / share), count: Math.ceil(counts.count / share) };
			figures.get(system.name)?.rounds.push(await onStage(context, system, (stage) => drainRate(stage, request)));
		}
	}
	return {
		settings: { rounds, ...counts, dbosCount: Math.ceil(counts.count / dbosShare) },
		figures: [...figures.values()],
		bars: drainBars(figures, bars),
	};
}

function drainBars(figures: ReadonlyMap<SystemName, Figure>, bars: DrainBars): readonly Bar[] {
	const [ours, bare, ...peers] = (['cb', 'bare', 'pg-boss', 'graphile-worker'] as const).map((name) =>
		figures.get(name),
	);
	if (ours === undefined || bare === undefined) return [];
	const besideBare = ratioBar('drain: cb / bare PGMQ', [ours, bare], bars.bare);
	const [boss, graphile] = peers;
	if (bars.bestPeer === undefined || boss === undefined || graphile === undefined) return [besideBare];
	const best = median(boss.rounds) > median(graphile.rounds) ? boss : graphile;
	return [ratioBar('drain: cb / the best of pg-boss and graphile-worker', [ours, best], bars.bestPeer), besideBare];
}

async function withReplies(context: BenchContext): Promise<SuiteResult> {
	const counts = drainCounts(context);
	return inPairs(context, {
		settings: {},
		plain: { title: 'drain without a reply', ...counts },
		other: { title: 'drain with a reply per command', ...counts, fill: { withReply: true } },
		bar: { name: 'drain: with a reply / without', atLeast: 0.8 },
	});
}

/** B20. */
export async function ofOneBatch(context: BenchContext): Promise<SuiteResult> {
	const counts = context.isQuick ? drainCounts(context) : { warmUp: 5_000, count: 95_000 };
	const size = (counts.warmUp + counts.count).toLocaleString('en');
	return inPairs(context, {
		settings: { batch: counts.warmUp + counts.count },
		plain: { title: `drain of ${size} single commands`, ...counts },
		other: { title: `drain of one batch of ${size}`, ...counts, fill: { asBatch: true } },
		bar: { name: 'drain: batch / single commands (B20)', atLeast: 0.9 },
	});
}

type Titled = DrainRequest & { readonly title: string };

interface Pair {
	readonly settings: SuiteResult['settings'];
	readonly plain: Titled;
	readonly other: Titled;
	readonly bar: { readonly name: string; readonly atLeast: number };
}

/** Two ways of ours, each on a fresh database, taking turns in who goes first. */
async function inPairs(context: BenchContext, { settings, plain, other, bar }: Pair): Promise<SuiteResult> {
	const { rounds, progress } = context;
	const cb = systemNamed(context, 'cb');
	const lines = [plain, other].map((request) => ({ request, figure: newFigure(request.title, 'per second') }));
	for (let round = 1; round <= rounds; round++) {
		for (const { request, figure } of rotated(lines, round)) {
			progress(`${request.title}, round ${round} of ${rounds}`);
			figure.rounds.push(await onStage(context, cb, (stage) => drainRate(stage, request)));
		}
	}
	const [plainFigure, otherFigure] = lines.map(({ figure }) => figure);
	if (plainFigure === undefined || otherFigure === undefined) throw new Error('A pair has two ways.');
	return {
		settings,
		figures: [plainFigure, otherFigure],
		bars: [ratioBar(bar.name, [otherFigure, plainFigure], bar.atLeast)],
	};
}
