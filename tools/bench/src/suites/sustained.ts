/**
 * 4,000 commands a second, sent one by one for a minute whether or not earlier ones have returned, and two worker processes. A warm-up comes first,
 * as in the other suites: neither connecting nor the first compilation counts. Beside it the bare loop; there one call per tick sends what is due,
 * because one call per message would not keep up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext } from '../context.ts';
import { limitBar, newFigure, perSecond, quantile, ratioBar, ratioLimit } from '../measure.ts';
import type { GrowingFigure, SuiteResult } from '../measure.ts';
import { numberOf } from '../number-of.ts';
import { onStage, rotated, systemNamed } from '../stage.ts';
import type { Stage } from '../stage.ts';
import { allHandled } from './handled.ts';

const workers = 2;
/** What a session has counted is in the view at the latest when the session is gone. */
const statisticsMs = 1_500;

export async function sustained(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const pace = isQuick
		? { perSecond: 200, warmUpMs: 200, milliseconds: 1_000 }
		: { perSecond: 4_000, warmUpMs: 2_000, milliseconds: 60_000 };
	const lines = (['cb', 'bare'] as const).map((name) => newLine(systemNamed(context, name).label));
	const [ours, bare] = lines;
	if (ours === undefined || bare === undefined) throw new Error('Ours and the bare loop are part of every run.');
	const completed = newFigure('sustained, send → completed, p99: cb', 'ms');
	const offered = newFigure('sustained, offered', 'commands');
	for (let round = 1; round <= rounds; round++) {
		offered.rounds.push((pace.perSecond * pace.milliseconds) / 1_000);
		for (const [name, line] of rotated([['cb', ours] as const, ['bare', bare] as const], round)) {
			progress(`${name}, round ${round} of ${rounds}`);
			await onStage(context, systemNamed(context, name), async (stage) => {
				const since = await sustain(stage, line, { ...pace, inBulk: name === 'bare' });
				if (name === 'cb') completed.rounds.push(await endToEnd(stage.url, since));
			});
		}
	}
	return {
		settings: { rounds, ...pace, workers, bareSends: 'in bulk' },
		figures: [offered, ...lines.flatMap((line) => Object.values(line)), completed],
		bars: [
			ratioBar('sustained: done / offered', [ours.done, offered], 1),
			limitBar('sustained: p99 from send to completed', completed, 50),
			ratioLimit('sustained: dead rows at the end, cb / bare PGMQ', [ours.dead, bare.dead], 2),
		],
	};
}

type Line = Readonly<Record<'done' | 'sends' | 'rate' | 'p50' | 'p99' | 'dead', GrowingFigure>>;

function newLine(label: string): Line {
	return {
		done: newFigure(`sustained, done: ${label}`, 'commands'),
		sends: newFigure(`sustained, sends that returned: ${label}`, 'per second'),
		rate: newFigure(`sustained, sent and done: ${label}`, 'per second'),
		p50: newFigure(`sustained, send → handler start, p50: ${label}`, 'ms'),
		p99: newFigure(`sustained, send → handler start, p99: ${label}`, 'ms'),
		dead: newFigure(`sustained, dead rows at the end: ${label}`, 'rows'),
	};
}

interface Pace {
	readonly perSecond: number;
	readonly warmUpMs: number;
	readonly milliseconds: number;
	readonly inBulk: boolean;
}

/** Returns when the warm-up had ended. */
async function sustain(stage: Stage, line: Line, { warmUpMs, ...pace }: Pace): Promise<Date> {
	const consumers = await Promise.all(Array.from({ length: workers }, () => stage.startConsumer({ isTimed: true })));
	for (const consumer of consumers) await consumer.ask('start');
	const latencies = async (): Promise<number[]> =>
		(await Promise.all(consumers.map((consumer) => consumer.ask('latencies')))).flat();
	const warm = await stage.sender.ask('pace', { ...pace, milliseconds: warmUpMs });
	await allHandled(consumers, warm.total);
	await latencies();
	const since = new Date();
	const start = performance.now();
	const { total, milliseconds } = await stage.sender.ask('pace', pace);
	line.sends.rounds.push(perSecond(total, milliseconds));
	await allHandled(consumers, warm.total + total);
	line.rate.rounds.push(perSecond(total, performance.now() - start));
	const measured = await latencies();
	line.done.rounds.push(total - (await stage.countOpen()));
	line.p50.rounds.push(quantile(measured, 0.5));
	line.p99.rounds.push(quantile(measured, 0.99));
	await Promise.all([stage.sender, ...consumers].map((child) => child.stop()));
	line.dead.rounds.push(await deadRows(stage.url));
	return since;
}

async function deadRows(url: string): Promise<number> {
	await sleep(statisticsMs);
	return numberOf(url, 'select sum(n_dead_tup) as value from pg_stat_user_tables');
}

/** Milliseconds from the call of the send, whose moment is in the id, to the end that the store recorded. */
function endToEnd(url: string, since: Date): Promise<number> {
	return numberOf(
		url,
		`select percentile_cont(0.99) within group (order by
			extract(epoch from completed_at) * 1000 - ('x' || left(replace(command_id::text, '-', ''), 12))::bit(48)::bigint) as value
		from cb.command
		where created_at >= '${since.toISOString()}'`,
	);
}
