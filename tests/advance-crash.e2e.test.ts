/** A router killed between two statements of an advance: its process is where it was, or where it should be. */
import { createProcessManager } from '@cb/process';
import { describe, expect, it } from 'vitest';
import { startChild } from './src/child.ts';
import { closeGate } from './src/gate.ts';
import type { Gate } from './src/gate.ts';
import { databaseOnOwnServer } from './src/own-server.ts';
import { brokenRules } from './src/process-invariants.ts';
import { openScene } from './src/scene.ts';
import type { Row } from './src/scene.ts';
import { StatementReport, domain } from './src/statement-report.ts';
import { until } from './src/until.ts';

const scene = await openScene(await databaseOnOwnServer());
const { backend, query, count } = scene;
const definitions = [StatementReport];
const manager = createProcessManager(backend, definitions);
await backend.domains.create(domain);
await query('create table public.effect (command_id uuid not null, generation integer not null)');
await startChild(scene, 'report-worker', ['reliable']);

/** Every write of an advance, in the order in which it makes them. */
const writes = [
	'insert on cb.command',
	'insert on pgmq.q_reports__commands',
	'update on cb.process',
	'update on cb.process_step',
	'insert on cb.process_step',
	'insert on cb.process_event',
	'delete on pgmq.q_reports__process_replies',
];
const doomed = 'doomed router';

/** A process whose router was killed while it stored the answer to QUERY. */
async function killedAt(write: string): Promise<{ readonly processId: string; readonly gate: Gate }> {
	const router = await startChild(scene, 'report-router', [doomed]);
	const gate = await closeGate(scene, doomed, write);
	const { processId } = await manager.start(StatementReport, { account: write });
	await gate.reached();
	await router.kill();
	return { processId, gate };
}

/** What others see of the step that comes next. */
async function seenOf(processId: string): Promise<Row | undefined> {
	const [row] = await query(
		`select p.version, p.current_step,
			(select count(*)::integer from cb.process_step s where s.process_id = p.process_id) as steps,
			(select count(*)::integer from cb.command c where c.correlation_id = p.process_id) as commands,
			(select count(*)::integer from pgmq.q_reports__commands q where q.message ->> 'correlation_id' = p.process_id::text) as messages,
			(select count(*)::integer from pgmq.q_reports__process_replies q where q.message ->> 'correlation_id' = p.process_id::text) as replies
		from cb.process p where p.process_id = $1::uuid`,
		[processId],
	);
	return row;
}

const before = { version: 1, current_step: 'QUERY', steps: 1, commands: 1, messages: 0, replies: 1 };

/** Another router takes over; the dead one's leases are over at once. */
async function finish(processId: string): Promise<void> {
	await query(`update pgmq.q_reports__process_replies set vt = clock_timestamp()`);
	const router = await scene.startRouter({ domain, definitions });
	await until(
		() => manager.get(processId),
		(found) => found?.process.status === 'COMPLETED',
		{ what: `the end of process ${processId}` },
	);
	await router.stop();
}

describe.each(writes)('a router killed at its %s', (write) => {
	it('S7, P18: and its session gone as well: nothing of the advance is visible, and another router makes it once', async () => {
		const { processId, gate } = await killedAt(write);
		expect(await seenOf(processId)).toEqual(before);

		await gate.cutOff();
		await until(
			() => count(`select count(*) from pg_stat_activity where application_name = $1::text`, [doomed]),
			(left) => left === 0,
			{
				what: 'the end of the sessions of the killed router',
			},
		);
		expect(await seenOf(processId)).toEqual(before);
		await finish(processId);

		expect(await brokenRules(scene)).toEqual({});
	});

	it('P18: and its statement going on without it: the advance holds as a whole, and nobody makes it again', async () => {
		const { processId, gate } = await killedAt(write);
		expect(await seenOf(processId)).toEqual(before);

		await gate.open();
		await finish(processId);

		expect(await brokenRules(scene)).toEqual({});
	});
});
