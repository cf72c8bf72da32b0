/** Reply routers where only PostgreSQL shows something: messages of others, refused statements, rivals, shared connections. */
import { commandRequest, createHandlers, defineCommand, domainQueues } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { createProcessManager, defineProcess } from '@cb/process';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { closeGate } from './src/gate.ts';
import { openReportOffice } from './src/report-office.ts';
import { openScene } from './src/scene.ts';
import type { Row } from './src/scene.ts';
import { CompensatingReport, Query, StatementReport, defineReport, domain } from './src/statement-report.ts';
import { until } from './src/until.ts';

/** No router of this file knows it. */
const Unknown = defineReport({ type: 'UnknownReport' });
const scene = await openScene(await freshDatabase());
const { backend, bus, query, count } = scene;
const definitions = [StatementReport, CompensatingReport];
/** Nobody waits long for what cannot be handled. */
const impatient = { maxReplyAttempts: 2, retryDelaySeconds: 0.05, unknownProcessGraceSeconds: 0.1 };
const office = await openReportOffice(scene, definitions, impatient);
const { manager, reaches, start } = office;
// The same queue from a second router: everything below happens with two of them.
await scene.startRouter({ domain, definitions, ...impatient });
const operator = { id: 'olga' };
const queue = domainQueues(domain).processReplies;

beforeEach(() => {
	office.mend();
});

async function storedOf(processId: string): Promise<Row | undefined> {
	const [row] = await query(
		`select (select count(*)::integer from cb.process where process_id = $1::uuid) as processes,
			(select count(*)::integer from cb.process_step where process_id = $1::uuid) as steps,
			(select count(*)::integer from cb.process_event where process_id = $1::uuid) as events,
			(select count(*)::integer from cb.command where correlation_id = $1::uuid) as commands,
			(select count(*)::integer from pgmq.q_reports__commands q where q.message ->> 'correlation_id' = $1::text) as messages`,
		[processId],
	);
	return row;
}

async function put(message: unknown): Promise<string> {
	const [row] = await query('select pgmq.send($1::text, $2::jsonb)::text as id', [queue, JSON.stringify(message)]);
	return String(row?.['id']);
}

/** Resolves with the reason for which the message was set aside. */
async function reasonFor(messageId: string): Promise<string> {
	const unhandled = await until(
		async () => (await backend.replies.listUnhandled(queue, 100)).find((one) => one.messageId === messageId),
		(found) => found !== undefined,
		{ what: `message ${messageId} set aside` },
	);
	const archived = await count(`select count(*) from pgmq.a_${queue} where msg_id = $1::bigint`, [messageId]);
	expect(archived).toBe(1);
	return unhandled?.reason ?? '';
}

function replyOf(said: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
	return {
		kind: 'reply',
		reply_id: randomUUID(),
		command_id: randomUUID(),
		command_type: Query.type,
		domain,
		correlation_id: randomUUID(),
		generation: 1,
		outcome: 'SUCCESS',
		data: { rows: 1 },
		error: null,
		completed_at: new Date().toISOString(),
		...said,
	};
}

/** Reports whose answers go to a domain without a router: they lie there until a test starts one. */
async function unattended(type: string) {
	const home = await scene.newDomain();
	const Report = defineReport({ type, domain: home });
	return {
		home,
		Report,
		own: createProcessManager(backend, [Report]),
		/** Resolves when so many answers lie there. */
		answered: async (amount: number): Promise<void> => {
			const { processReplies } = domainQueues(home);
			await until(
				() => count(`select count(*) from pgmq.q_${processReplies}`),
				(answers) => answers === amount,
				{
					what: `${amount} answers`,
				},
			);
		},
	};
}

describe('answers nobody can handle', () => {
	it('O1, O2, O5: without correlation, for an unknown process, malformed: set aside where operators see them, and others go on', async () => {
		const processId = await start('o5');
		const strays = {
			malformed: await put({ kind: 'reply', nonsense: true }),
			'no-correlation': await put(replyOf({ correlation_id: null })),
			'unknown-process': await put(replyOf({})),
		};

		await reaches(processId, 'COMPLETED');
		for (const [kind, messageId] of Object.entries(strays)) expect(await reasonFor(messageId)).toContain(kind);
		expect(await count(`select count(*) from pgmq.q_${queue}`)).toBe(0);
	});

	it('O3: for a type without definition: the process is unchanged, and a router that knows it can have its answer applied', async () => {
		const knowing = createProcessManager(backend, [Unknown]);
		const { processId } = await knowing.start(Unknown, { account: 'o3' });

		const [row] = await until(
			() =>
				query(`select u.msg_id::text as id from cb.unhandled_reply u where u.body ->> 'correlation_id' = $1::text`, [
					processId,
				]),
			(rows) => rows.length > 0,
			{ what: 'the answer set aside' },
		);

		expect(await reasonFor(String(row?.['id']))).toContain('no-definition');
		expect((await manager.get(processId))?.process).toMatchObject({
			status: 'WAITING_FOR_REPLY',
			currentStep: 'QUERY',
			version: 1,
		});
		await knowing.retryReply(processId, { operator, reason: 'deployed' });
		expect((await manager.get(processId))?.process).toMatchObject({ currentStep: 'AGGREGATE', version: 2 });
	});

	it('O4: an advance that the database refuses is undone as a whole and set aside, and takes no other of its set along', async () => {
		const { own, Report, home, answered } = await unattended('O4Report');
		const poisoned = randomUUID();
		await query(`
			create function public.refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$;
			create trigger refuse before insert on cb.process_event for each row
				when (new.type = 'STEP_ANSWERED' and new.process_id = '${poisoned}') execute function public.refuse();
		`);
		await own.start(Report, { account: 'o4' }, { processId: poisoned });
		const { processIds } = await own.startMany(Report, [{ account: 'o4 a' }, { account: 'o4 b' }, { account: 'o4 c' }]);
		await answered(4);

		await scene.startRouter({ domain: home, definitions: [Report], maxReplyAttempts: 1 });
		await until(
			() => own.count({ processType: Report.type, statuses: ['COMPLETED'] }),
			(ended) => ended === 3,
			{
				what: 'the end of the other three',
			},
		);

		expect(processIds).toHaveLength(3);
		expect(await backend.replies.listUnhandled(domainQueues(home).processReplies, 10)).toMatchObject([
			{ body: { correlation_id: poisoned } },
		]);
		expect((await own.get(poisoned))?.process).toMatchObject({
			status: 'WAITING_FOR_REPLY',
			currentStep: 'QUERY',
			version: 1,
		});
		expect(await storedOf(poisoned)).toMatchObject({ steps: 1, commands: 1, events: 2 });
		await query('drop function public.refuse() cascade');
	});
});

describe('two routers', () => {
	it('O6, O8: an answer that lies on the queue twice while both advance its process: each step is sent once', async () => {
		const { own, Report, home, answered } = await unattended('O8Report');
		const { processId } = await own.start(Report, { account: 'o8' });
		const answers = domainQueues(home).processReplies;
		await answered(1);
		await query(`select pgmq.send($1::text, q.message) from pgmq.q_${answers} q`, [answers]);
		const routerNamed = (applicationName: string): ReturnType<typeof scene.startRouter> =>
			scene.startRouter({
				domain: home,
				definitions: [Report],
				batchSize: 1,
				// Or the first would take both answers.
				concurrency: 1,
				backend: scene.openBackend({ applicationName }),
			});

		const gate = await closeGate(scene, 'first router', 'insert on cb.process_event');
		await routerNamed('first router');
		await gate.reached();
		await routerNamed('second router');
		await until(
			() =>
				count(
					`select count(*) from pg_stat_activity where application_name = 'second router' and wait_event_type = 'Lock'`,
				),
			(waiting) => waiting === 1,
			{ what: 'the second router at the row of the process' },
		);
		await gate.open();
		await until(
			() => own.get(processId),
			(found) => found?.process.status === 'COMPLETED',
			{ what: 'the end of the process' },
		);

		expect(office.ran('o8')).toEqual(['Query', 'Aggregate', 'Render', 'Mail']);
		const trail = await office.trail(processId);
		expect(trail.filter((line) => line === 'STEP_ANSWERED QUERY')).toHaveLength(1);
		expect(trail.filter((line) => line === 'REPLY_IGNORED QUERY')).toHaveLength(1);
		expect(await count(`select count(*) from pgmq.q_${answers}`)).toBe(0);
	});

	it('O10: a router that is told to stop stores the answer it is at, and then receives no more', async () => {
		const stopping = 'stopping router';
		const elsewhere = await scene.newDomain();
		const Elsewhere = defineReport({ type: 'ElsewhereReport', domain: elsewhere });
		const own = createProcessManager(backend, [Elsewhere]);
		const router = await scene.startRouter({
			domain: elsewhere,
			definitions: [Elsewhere],
			backend: scene.openBackend({ applicationName: stopping }),
		});
		const gate = await closeGate(scene, stopping, 'insert on cb.process_event');
		const { processId } = await own.start(Elsewhere, { account: 'o10' });
		await gate.reached();

		let isStopped = false;
		const stopped = router.stop().then(() => (isStopped = true));
		await gate.reached();
		expect(isStopped).toBe(false);
		await gate.open();
		await stopped;

		expect((await own.get(processId))?.process).toMatchObject({ currentStep: 'AGGREGATE', version: 2 });
		// The worker answers AGGREGATE; nobody takes that answer any more.
		await expect.poll(() => count(`select count(*) from pgmq.q_${elsewhere}__process_replies`)).toBe(1);
		expect((await own.get(processId))?.process).toMatchObject({ currentStep: 'AGGREGATE', version: 2 });
	});

	it('O11: a router that shares five connections with a worker whose handlers would take them all still gets on', async () => {
		const shared = await scene.newDomain();
		const backendOfBoth = scene.openBackend({ maxConnections: 5 });
		const Hold = defineCommand({ domain: shared, type: 'Hold', data: z.object({}) });
		const Step = defineCommand({ domain: shared, type: 'Step', data: z.object({ n: z.int() }) });
		const handlers = createHandlers<Queryable>()
			.on(Hold, (_, { transaction }) =>
				transaction(async (tx) => {
					await tx.query('select pg_advisory_xact_lock_shared(11)');
				}),
			)
			.on(Step, () => undefined);
		const Steps = defineProcess({
			type: 'Steps',
			domain: shared,
			input: z.object({}),
			state: z.object({ n: z.int() }),
			initialState: () => ({ n: 1 }),
			first: 'STEP',
			steps: { STEP: { definition: Step, command: ({ n }) => ({ data: { n } }), next: 'end' } },
		});
		const holder = await scene.connect();
		await holder.query('select pg_advisory_lock(11)');
		await bus.sendMany(Array.from({ length: 10 }, () => commandRequest(Hold, {})));
		await scene.startWorker({ domain: shared, handlers, backend: backendOfBoth, concurrency: 30 });
		await scene.startRouter({ domain: shared, definitions: [Steps], backend: backendOfBoth });
		await until(
			() => count(`select count(*) from pg_stat_activity a where a.wait_event = 'advisory'`),
			(waiting) => waiting > 0,
			{ what: 'a handler in its transaction' },
		);
		const own = createProcessManager(backend, [Steps]);

		const { processIds } = await own.startMany(
			Steps,
			Array.from({ length: 20 }, () => ({})),
		);
		await until(
			() => own.count({ processType: 'Steps', statuses: ['COMPLETED'] }),
			(completed) => completed === 20,
			{
				what: 'the end of twenty processes while handlers hold their connections',
			},
		);

		expect(processIds).toHaveLength(20);
		await holder.query('select pg_advisory_unlock(11)');
	});
});
