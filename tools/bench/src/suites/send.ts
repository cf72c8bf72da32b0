/** Sending one by one with 50 callers and with one, inside a transaction of the caller, and in bulk. */
import type { BenchContext } from '../context.ts';
import { newFigure, perSecond, ratioBar } from '../measure.ts';
import type { Bar, GrowingFigure, SuiteResult } from '../measure.ts';
import { onStages, rotated } from '../stage.ts';
import type { Stage } from '../stage.ts';
import type { System, SystemName } from '../systems/system.ts';
import type { RateRequest, SendingMode } from '../workers/sender.ts';

interface Way {
	readonly title: string;
	readonly mode: SendingMode;
	readonly callers: number;
	readonly bars: Readonly<Partial<Record<SystemName, number>>>;
}

const ways: readonly Way[] = [
	{
		title: 'send, 50 callers',
		mode: 'alone',
		callers: 50,
		bars: { 'pg-boss': 12, 'graphile-worker': 12, dbos: 10, bullmq: 1.8, bare: 3 },
	},
	{ title: 'send, 1 caller', mode: 'alone', callers: 1, bars: { 'pg-boss': 1.5, bare: 0.75 } },
	{ title: "send in the caller's transaction, 10 callers", mode: 'in-transaction', callers: 10, bars: { bare: 0.7 } },
	{ title: 'sendMany, 1,000 per call', mode: 'in-bulk', callers: 1, bars: { 'pg-boss': 1.2, 'graphile-worker': 1.2 } },
];

/** What has no such call: DBOS sends no bulk, and BullMQ joins no transaction. */
const missing: Readonly<Partial<Record<SendingMode, readonly SystemName[]>>> = {
	'in-bulk': ['dbos'],
	'in-transaction': ['bullmq'],
};

export function send(context: BenchContext): Promise<SuiteResult> {
	return measureSends(context, ways);
}

/** The first of the ways alone, with bars of one's own. */
export function sendFromManyCallers(context: BenchContext, bars: Way['bars']): Promise<SuiteResult> {
	return measureSends(
		context,
		ways.slice(0, 1).map((way) => ({ ...way, bars })),
	);
}

async function measureSends(context: BenchContext, measured: readonly Way[]): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const times = isQuick ? { warmUpMs: 100, milliseconds: 400 } : { warmUpMs: 1_000, milliseconds: 4_000 };
	const lines = measured.map((way) => ({ way, figures: figuresOf(way, context.systems) }));
	for (let round = 1; round <= rounds; round++) {
		await onStages({ context, systems: rotated(context.systems, round) }, async (stages) => {
			for (const { way, figures } of lines) {
				progress(`${way.title}, round ${round} of ${rounds}`);
				for (const stage of stages) {
					const { system } = stage;
					const figure = figures.get(system.name);
					if (figure === undefined) continue;
					await stage.quieten();
					figure.rounds.push(await sendRate(stage, { ...times, mode: way.mode, callers: way.callers }));
				}
			}
		});
	}
	return {
		settings: { rounds, ...times },
		figures: lines.flatMap(({ figures }) => [...figures.values()]),
		bars: lines.flatMap(({ way, figures }) => barsOf(way, figures)),
	};
}

export async function sendRate(stage: Stage, request: RateRequest): Promise<number> {
	const before = await stage.countOpen();
	const { count, milliseconds, total } = await stage.sender.ask('rate', request);
	const stored = (await stage.countOpen()) - before;
	if (stored !== total) throw new Error(`${stage.system.label} has stored ${stored} of the ${total} that were sent.`);
	return perSecond(count, milliseconds);
}

function figuresOf(way: Way, systems: readonly System[]): ReadonlyMap<SystemName, GrowingFigure> {
	const able = systems.filter(({ name }) => missing[way.mode]?.includes(name) !== true);
	return new Map(able.map(({ name, label }) => [name, newFigure(`${way.title}: ${label}`, 'per second')]));
}

function barsOf({ title, bars }: Way, figures: ReadonlyMap<SystemName, GrowingFigure>): readonly Bar[] {
	const ours = figures.get('cb');
	return Object.entries(bars).flatMap(([name, bar]) => {
		const peer = figures.get(name as SystemName);
		return ours === undefined || peer === undefined
			? []
			: [ratioBar(`${title}: cb / ${peer.name.slice(title.length + 2)}`, [ours, peer], bar)];
	});
}
