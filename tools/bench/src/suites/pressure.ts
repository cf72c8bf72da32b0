/**
 * Sending and draining at the same time while something keeps the server from removing dead rows: one transaction that is open for three
 * minutes, or four REPEATABLE READ readers that hold their snapshots in turns. The same for the bare loop, and once for each peer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext } from '../context.ts';
import { newFigure, perSecond, ratioBar } from '../measure.ts';
import type { Bar, GrowingFigure, SuiteResult } from '../measure.ts';
import { onStage, rotated } from '../stage.ts';
import type { Stage } from '../stage.ts';
import type { System, SystemName } from '../systems/system.ts';
import { allHandled, handledBy } from './handled.ts';
import { holdSnapshots, openTransaction } from './horizon-holders.ts';

const ways = ['clean', 'open', 'readers'] as const;
type Way = (typeof ways)[number];
type Seconds = Readonly<Record<Way, number>>;
type Line = Readonly<Record<Way, GrowingFigure>>;

const titles: Readonly<Record<Way, string>> = {
	clean: 'sent and done, clean',
	open: 'sent and done beside an open transaction',
	readers: 'sent and done beside four REPEATABLE READ readers',
};
/** How many lie in the queue all the time; DBOS sends one by one and gets fewer. */
const backlogs = { usual: 20_000, dbos: 2_000, quick: 200 };
const pauseMs = 20;

export async function pressure(context: BenchContext): Promise<SuiteResult> {
	const { rounds, isQuick, progress } = context;
	const seconds: Seconds = isQuick ? { clean: 0.5, open: 0.5, readers: 0.5 } : { clean: 30, open: 180, readers: 60 };
	// Redis keeps no row versions for anybody's transaction.
	const systems = context.systems.filter(({ name }) => name !== 'bullmq');
	const lines = new Map(systems.map(({ name, label }) => [name, newLine(label)]));
	for (let round = 1; round <= rounds; round++) {
		for (const system of rotated(systems, round)) {
			const line = lines.get(system.name);
			if (line === undefined || (round > 1 && !isMeasuredAgain(system))) continue;
			for (const way of ways) {
				progress(`${system.label}, ${way}, round ${round} of ${rounds}`);
				const backlog = isQuick ? backlogs.quick : system.name === 'dbos' ? backlogs.dbos : backlogs.usual;
				const request = { way, seconds: seconds[way], backlog };
				line[way].rounds.push(await onStage(context, system, (stage) => steadyRate(stage, request)));
			}
		}
	}
	return {
		settings: { rounds, roundsOfPeers: 1, ...seconds, backlog: backlogs.usual, backlogOfDbos: backlogs.dbos },
		figures: ways.flatMap((way) => [...lines.values()].map((line) => line[way])),
		bars: barsOf(lines),
	};
}

function isMeasuredAgain({ name }: System): boolean {
	return name === 'cb' || name === 'bare';
}

function newLine(label: string): Line {
	const figure = (way: Way): GrowingFigure => newFigure(`${titles[way]}: ${label}`, 'per second');
	return { clean: figure('clean'), open: figure('open'), readers: figure('readers') };
}

interface SteadyRequest {
	readonly way: Way;
	readonly seconds: number;
	readonly backlog: number;
}

type Release = () => Promise<void>;

/** What keeps dead rows for so many seconds; resolves with how to end it. */
const holds: Readonly<Record<Way, (url: string, seconds: number) => Promise<Release>>> = {
	clean: () => Promise.resolve(() => Promise.resolve()),
	open: openTransaction,
	readers: (url, seconds) => holdSnapshots(url, { readers: 4, holdMs: (seconds * 1_000) / 4 }),
};

/** Keeps a backlog in the queue, and counts what one worker process does of it in the time. */
async function steadyRate(stage: Stage, { way, seconds, backlog }: SteadyRequest): Promise<number> {
	const consumer = await stage.startConsumer();
	const handled = (): Promise<number> => handledBy([consumer]);
	let sent = 0;
	const topUp = async (): Promise<void> => {
		const missing = backlog - sent + (await handled());
		if (missing < backlog / 20) {
			await sleep(pauseMs);
			return;
		}
		await stage.sender.ask('fill', { count: missing });
		sent += missing;
	};
	await topUp();
	await consumer.ask('start');
	while ((await handled()) < backlog / 2) await topUp();
	const release = await holds[way](stage.url, seconds);
	const before = await handled();
	const start = performance.now();
	while (performance.now() < start + seconds * 1_000) await topUp();
	const rate = perSecond((await handled()) - before, performance.now() - start);
	await release();
	await allHandled([consumer], sent);
	return rate;
}

function barsOf(lines: ReadonlyMap<SystemName, Line>): readonly Bar[] {
	const ours = lines.get('cb');
	if (ours === undefined) return [];
	return [
		ratioBar('pressure: beside an open transaction / clean (S12)', [ours.open, ours.clean], 0.7),
		ratioBar('pressure: beside four readers / clean', [ours.readers, ours.clean], 0.7),
	];
}
