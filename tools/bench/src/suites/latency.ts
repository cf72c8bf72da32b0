/** From the call of a send to the start of its handler in another process, at a quiet 50 a second: everybody set up to be soon. */
import type { BenchContext } from '../context.ts';
import { limitBar, newFigure, quantile, ratioLimit } from '../measure.ts';
import type { Bar, GrowingFigure, SuiteResult } from '../measure.ts';
import { onStage, rotated } from '../stage.ts';
import type { Stage } from '../stage.ts';
import type { SystemName } from '../systems/system.ts';
import { allHandled } from './handled.ts';

const perSecond = 50;

interface Latency {
	readonly p50: GrowingFigure;
	readonly p99: GrowingFigure;
}

export async function latency(context: BenchContext): Promise<SuiteResult> {
	const { systems, rounds, isQuick, progress } = context;
	const times = isQuick ? { warmUpMs: 200, milliseconds: 600 } : { warmUpMs: 3_000, milliseconds: 30_000 };
	const p50Title = `send → handler start at ${perSecond}/s, p50`;
	const p99Title = `send → handler start at ${perSecond}/s, p99`;
	const figures = new Map<SystemName, Latency>(
		systems.map(({ name, label }) => [
			name,
			{ p50: newFigure(`${p50Title}: ${label}`, 'ms'), p99: newFigure(`${p99Title}: ${label}`, 'ms') },
		]),
	);
	for (let round = 1; round <= rounds; round++) {
		for (const system of rotated(systems, round)) {
			progress(`${system.label}, round ${round} of ${rounds}`);
			const measured = await onStage(context, { system, purpose: 'latency' }, (stage) => latenciesOf(stage, times));
			figures.get(system.name)?.p50.rounds.push(quantile(measured, 0.5));
			figures.get(system.name)?.p99.rounds.push(quantile(measured, 0.99));
		}
	}
	const all = [...figures.values()];
	return {
		settings: { rounds, perSecond, ...times },
		figures: [...all.map(({ p50 }) => p50), ...all.map(({ p99 }) => p99)],
		bars: barsOf(figures),
	};
}

async function latenciesOf(
	stage: Stage,
	times: { readonly warmUpMs: number; readonly milliseconds: number },
): Promise<readonly number[]> {
	const consumer = await stage.startConsumer({ isTimed: true });
	await consumer.ask('start');
	const warmUp = await stage.sender.ask('pace', { perSecond, milliseconds: times.warmUpMs });
	await allHandled([consumer], warmUp.total);
	await consumer.ask('latencies');
	const sent = await stage.sender.ask('pace', { perSecond, milliseconds: times.milliseconds });
	await allHandled([consumer], warmUp.total + sent.total);
	return consumer.ask('latencies');
}

function barsOf(figures: ReadonlyMap<SystemName, Latency>): readonly Bar[] {
	const ours = figures.get('cb');
	if (ours === undefined) return [];
	const graphile = figures.get('graphile-worker');
	const boss = figures.get('pg-boss');
	return [
		...(graphile === undefined ? [] : [ratioLimit('latency p50: cb / graphile-worker', [ours.p50, graphile.p50], 1.1)]),
		limitBar('latency p99: cb', ours.p99, 10),
		...(boss === undefined ? [] : [ratioLimit('latency p99: cb / pg-boss with notify', [ours.p99, boss.p99], 1)]),
	];
}
