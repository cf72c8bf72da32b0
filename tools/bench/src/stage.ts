/** A system on a database of its own, with a sending process and as many working processes as are asked for. */
import { Client } from 'pg';
import { startProcess } from './child.ts';
import type { MeasuredProcess } from './child.ts';
import type { BenchContext } from './context.ts';
import type { Purpose, System, SystemName } from './systems/system.ts';
import type { ConsumerAnswers, ConsumerParameters } from './workers/consumer.ts';
import type { SenderAnswers, SenderParameters } from './workers/sender.ts';

type SenderProcess = MeasuredProcess<SenderAnswers>;
type ConsumerProcess = MeasuredProcess<ConsumerAnswers>;

export interface Stage {
	readonly system: System;
	readonly url: string;
	readonly sender: SenderProcess;
	readonly startConsumer: (
		options?: Partial<ConsumerParameters>,
		nodeFlags?: readonly string[],
	) => Promise<ConsumerProcess>;
	/** How many were sent and have not ended. */
	readonly countOpen: () => Promise<number>;
	/** Leaves nothing to do that an earlier step caused: dead rows, statistics, dirty pages. */
	readonly quieten: () => Promise<void>;
	readonly close: () => Promise<void>;
}

/** A system, set up for what is asked of it. */
interface SystemFor {
	readonly system: System;
	readonly purpose: Purpose;
}

async function openStage(context: BenchContext, system: System, purpose: Purpose): Promise<Stage> {
	const database = await context.freshDatabase(system.name);
	const { url } = database;
	const consumers: ConsumerProcess[] = [];
	const parameters: SenderParameters = { system: system.name, url, purpose };
	const sender = await startProcess<SenderAnswers>('sender', parameters);
	return {
		system,
		url,
		sender,
		async startConsumer(said = {}, nodeFlags = []) {
			const consumer = await startProcess<ConsumerAnswers>('consumer', { ...parameters, ...said }, nodeFlags);
			consumers.push(consumer);
			return consumer;
		},
		countOpen: () => system.countOpen(url, purpose),
		quieten: () => (context.isQuick ? Promise.resolve() : quieten(url)),
		async close() {
			await Promise.all([sender, ...consumers].map((child) => child.stop()));
			await database.drop();
		},
	};
}

/** Opens a stage, and closes it whatever happens. */
export async function onStage<Result>(
	context: BenchContext,
	chosen: System | SystemFor,
	work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
	const { system, purpose } = 'system' in chosen ? chosen : { system: chosen, purpose: 'throughput' as const };
	const stage = await openStage(context, system, purpose);
	try {
		return await work(stage);
	} finally {
		await stage.close();
	}
}

/** All systems at once, so that figures that are compared are seconds apart. */
export async function onStages(
	{ context, systems }: StagesRequest,
	work: (stages: readonly Stage[]) => Promise<void>,
): Promise<void> {
	const stages: Stage[] = [];
	try {
		for (const system of systems) stages.push(await openStage(context, system, 'throughput'));
		await work(stages);
	} finally {
		for (const stage of stages) await stage.close();
	}
}

interface StagesRequest {
	readonly context: BenchContext;
	readonly systems: readonly System[];
}

/** Each round begins with another one, so that nobody always has the emptier or the warmer machine. */
export function rotated<Item>(items: readonly Item[], round: number): readonly Item[] {
	const start = round % Math.max(items.length, 1);
	return [...items.slice(start), ...items.slice(0, start)];
}

async function quieten(url: string): Promise<void> {
	if (!url.startsWith('postgres')) return;
	const client = new Client({ connectionString: url });
	await client.connect();
	try {
		await client.query('vacuum analyze');
		await client.query('checkpoint');
	} finally {
		await client.end();
	}
}

export function systemNamed(context: BenchContext, name: SystemName): System {
	const found = context.systems.find((system) => system.name === name);
	if (found === undefined) throw new Error(`The system "${name}" is not part of this run.`);
	return found;
}
