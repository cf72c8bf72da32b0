/** Processes whose routers and workers are killed without warning, at random moments under load. */
import { isCommandBusError } from '@cb/core';
import type { TroubleshootingItem } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import { commandsOf, createProcessManager } from '@cb/process';
import { expect, it } from 'vitest';
import { startChild } from './src/child.ts';
import type { Child } from './src/child.ts';
import { databaseOnOwnServer } from './src/own-server.ts';
import { brokenRules } from './src/process-invariants.ts';
import { openScene } from './src/scene.ts';
import { between, seededRandom } from './src/seeded-random.ts';
import { CompensatingReport, StatementReport, domain, results } from './src/statement-report.ts';
import { until } from './src/until.ts';

const definitions = [StatementReport, CompensatingReport];
const scene = await openScene(await databaseOnOwnServer());
const { backend, query, count } = scene;
const manager = createProcessManager(backend, definitions);
const tsq = createTroubleshootingQueue(backend, { definitions: commandsOf(definitions) });
await backend.domains.create(domain);
await query('create table public.effect (command_id uuid not null, generation integer not null)');

const eventCount = (): Promise<number> => count('select count(*) from cb.process_event');

/** Works parked commands off as they come, two operators at the same pages, until told to stop. */
async function operate(id: string, seed: number, signal: AbortSignal): Promise<void> {
	const random = seededRandom(seed);
	while (!signal.aborted) {
		const { items } = await tsq.list({ domain, limit: 20 });
		for (const item of items) {
			await actOn(item, id, random()).catch((error: unknown) => {
				// The other operator was faster.
				if (!isCommandBusError(error, 'invalid-operation') && !isCommandBusError(error, 'conflict')) throw error;
			});
		}
		await until(
			() => tsq.count({ domain }),
			(parked) => parked > 0 || signal.aborted,
			{ what: 'parked commands', withinMs: 170_000 },
		);
	}
}

async function actOn(item: TroubleshootingItem, id: string, chance: number): Promise<unknown> {
	const said = { domain, commandId: item.commandId, operator: { id }, expectedVersion: item.version };
	if (chance < 0.34) return tsq.retry(said);
	if (chance < 0.67) return tsq.complete({ ...said, result: results[item.commandType] ?? null });
	return tsq.cancel({ ...said, reason: `${id} has decided so` });
}

it('P14, P18: routers and workers killed and put to sleep at random under load: every process ends where it should, nothing happens twice', async () => {
	const killCount = 14;
	const random = seededRandom(618);
	const done = new AbortController();
	const operators = [operate('olga', 1, done.signal), operate('otto', 2, done.signal)];

	let router = await startChild(scene, 'report-router');
	let worker = await startChild(scene, 'report-worker');
	let killedUnderLoad = 0;
	for (let kill = 0; kill < killCount; kill++) {
		await startProcesses(10);
		const enough = (await eventCount()) + between(random, 20, 60);
		await untilEvents(enough);
		const victims = kill % 3 === 0 ? [router, worker] : [router];
		if (kill % 4 === 1) await outliveTheirLeases([router, worker]);
		await Promise.all(victims.map((victim) => victim.kill()));
		if ((await unfinishedCount()) > 0) killedUnderLoad++;
		router = await startChild(scene, 'report-router');
		if (victims.includes(worker)) worker = await startChild(scene, 'report-worker');
	}
	await until(unfinishedCount, (unfinished) => unfinished === 0, { what: 'the end of every process' });
	await until(
		async () => (await openStepCount()) + (await tsq.count({ domain })) + (await messageCount()),
		(open) => open === 0,
		{
			what: 'the resolution of every undo that was parked, and the end of every message',
		},
	);
	done.abort();
	await Promise.all([...operators, router.kill(), worker.kill()]);

	expect(killedUnderLoad).toBeGreaterThanOrEqual(10);
	expect(await brokenRules(scene)).toEqual({});
	expect(await endings()).toEqual(['COMPENSATED', 'COMPLETED', 'FAILED']);
});

/** Of each definition. */
async function startProcesses(processCount: number): Promise<void> {
	const inputs = Array.from({ length: processCount }, (_, index) => ({ account: `account ${index}` }));
	for (const definition of definitions) await manager.startMany(definition, inputs);
}

/** They stand still until others have what they had, go on beside them, and must not change anything of it. */
async function outliveTheirLeases(sleepers: readonly Child[]): Promise<void> {
	for (const sleeper of sleepers) sleeper.pause();
	const others = await Promise.all([startChild(scene, 'report-router'), startChild(scene, 'report-worker')]);
	const held = (queue: string): string =>
		`select from pgmq.${queue} q where q.last_read_at <= $1::timestamptz and q.vt > clock_timestamp()`;
	const [{ now } = {}] = await query('select clock_timestamp() as now');
	await until(
		() =>
			count(`select count(*) from (${held('q_reports__commands')} union all ${held('q_reports__process_replies')}) h`, [
				now,
			]),
		(leases) => leases === 0,
		{ what: 'the end of the leases of those who stand still' },
	);
	await startProcesses(10);
	await untilEvents((await eventCount()) + 10);
	for (const sleeper of sleepers) sleeper.goOn();
	await untilEvents((await eventCount()) + 20);
	await Promise.all(others.map((other) => other.kill()));
}

/** Or until nothing is left to happen. */
async function untilEvents(enough: number): Promise<void> {
	await until(async () => (await eventCount()) >= enough || (await unfinishedCount()) === 0, Boolean, {
		what: `${enough} events of processes`,
	});
}

async function unfinishedCount(): Promise<number> {
	return count('select count(*) from cb.process p where p.completed_at is null');
}

async function openStepCount(): Promise<number> {
	return count(`select count(*) from cb.process_step s where s.status in ('OPEN', 'PARKED')`);
}

/** Also a notice that was overtaken by the resolution of what it tells of is worked off, if a little later. */
async function messageCount(): Promise<number> {
	return count(
		'select count(*) from (select msg_id from pgmq.q_reports__commands union all select msg_id from pgmq.q_reports__process_replies) q',
	);
}

async function endings(): Promise<readonly unknown[]> {
	return (await query('select distinct p.status from cb.process p order by 1')).map(({ status }) => status);
}
