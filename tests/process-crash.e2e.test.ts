/** Processes whose routers and workers are killed without warning, at random moments under load. */
import { isCommandBusError } from '@cb/core';
import type { TroubleshootingItem } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import { commandsOf, createProcessManager } from '@cb/process';
import { expect, it } from 'vitest';
import { startChild } from './src/child.ts';
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
			{ what: 'parked commands' },
		);
	}
}

async function actOn(item: TroubleshootingItem, id: string, chance: number): Promise<unknown> {
	const said = { domain, commandId: item.commandId, operator: { id }, expectedVersion: item.version };
	if (chance < 0.34) return tsq.retry(said);
	if (chance < 0.67) return tsq.complete({ ...said, result: results[item.commandType] ?? null });
	return tsq.cancel({ ...said, reason: `${id} has decided so` });
}

it('P14, P18: routers and workers killed at random under load: every process ends where it should, nothing happens twice', async () => {
	const killCount = 14;
	const random = seededRandom(618);
	const inputs = Array.from({ length: 110 }, (_, index) => ({ account: `account ${index}` }));
	for (const definition of definitions) await manager.startMany(definition, inputs);
	const done = new AbortController();
	const operators = [operate('olga', 1, done.signal), operate('otto', 2, done.signal)];

	let router = await startChild(scene, 'report-router');
	let worker = await startChild(scene, 'report-worker');
	let killedUnderLoad = 0;
	for (let kill = 0; kill < killCount; kill++) {
		const enough = (await eventCount()) + between(random, 30, 110);
		await until(eventCount, (events) => events >= enough, { what: `${enough} events of processes` });
		await router.kill();
		if (kill % 3 === 0) await worker.kill();
		if ((await unfinishedCount()) > 0) killedUnderLoad++;
		[router, worker] = await Promise.all([
			startChild(scene, 'report-router'),
			kill % 3 === 0 ? startChild(scene, 'report-worker') : worker,
		]);
	}
	await until(unfinishedCount, (unfinished) => unfinished === 0, { what: 'the end of every process' });
	await until(
		async () => (await openStepCount()) + (await tsq.count({ domain })),
		(open) => open === 0,
		{
			what: 'the resolution of every undo that was parked',
		},
	);
	done.abort();
	await Promise.all([...operators, router.kill(), worker.kill()]);

	expect(killedUnderLoad).toBeGreaterThanOrEqual(10);
	expect(await brokenRules(scene)).toEqual({});
	expect(await endings()).toEqual(['COMPENSATED', 'COMPLETED', 'FAILED']);
});

async function unfinishedCount(): Promise<number> {
	return count('select count(*) from cb.process p where p.completed_at is null');
}

async function openStepCount(): Promise<number> {
	return count(`select count(*) from cb.process_step s where s.status in ('OPEN', 'PARKED')`);
}

async function endings(): Promise<readonly unknown[]> {
	return (await query('select distinct p.status from cb.process p order by 1')).map(({ status }) => status);
}
