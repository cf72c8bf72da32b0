/** Processes where only PostgreSQL, real routers and real workers show something that the in-memory tests cannot. */
import { BusinessRuleError, PermanentCommandError, commandRequest, domainQueues } from '@cb/core';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { openReportOffice } from './src/report-office.ts';
import { openScene } from './src/scene.ts';
import type { Row } from './src/scene.ts';
import { CompensatingReport, Query, StatementReport, domain } from './src/statement-report.ts';

const scene = await openScene(await freshDatabase());
const { bus, query, count } = scene;
const definitions = [StatementReport, CompensatingReport];
/** Nobody waits long for what cannot be handled. */
const impatient = { maxReplyAttempts: 2, retryDelaySeconds: 0.05, unknownProcessGraceSeconds: 0.1 };
const office = await openReportOffice(scene, definitions, impatient);
const { manager, tsq, reaches } = office;
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

describe('starting', () => {
	it("N1, N2: in a caller's transaction nothing is there before the commit, all of it after, and nothing after a rollback", async () => {
		office.fail('Query', new PermanentCommandError('LATER', 'Stay here.'));
		const client = await scene.connect();
		const nothing = { processes: 0, steps: 0, events: 0, commands: 0, messages: 0 };

		await client.query('begin');
		const rolledBack = await manager.start(StatementReport, { account: 'n2' }, { tx: client });
		expect(await storedOf(rolledBack.processId)).toEqual(nothing);
		await client.query('rollback');
		await client.query('begin');
		const committed = await manager.start(StatementReport, { account: 'n1' }, { tx: client });
		const own = await client.query<Row>('select count(*)::integer as mine from cb.process where process_id = $1', [
			committed.processId,
		]);
		await client.query('commit');

		expect(own.rows).toEqual([{ mine: 1 }]);
		expect(await storedOf(rolledBack.processId)).toEqual(nothing);
		expect(await storedOf(committed.processId)).toMatchObject({ processes: 1, steps: 1, commands: 1 });
		await reaches(committed.processId, 'WAITING_FOR_TSQ');
		const [command] = await query(
			'select reply_to, correlation_id, wants_notices from cb.command where correlation_id = $1::uuid',
			[committed.processId],
		);
		expect(command).toEqual({ reply_to: queue, correlation_id: committed.processId, wants_notices: true });
	});

	it('N3: started 20 times at once with one business key, there is one process, and everybody gets it', async () => {
		const starts = await Promise.all(
			Array.from({ length: 20 }, () => manager.start(StatementReport, { account: 'n3' }, { businessKey: 'march' })),
		);

		expect(new Set(starts.map(({ processId }) => processId)).size).toBe(1);
		expect(starts.filter(({ isExisting }) => !isExisting)).toHaveLength(1);
		await reaches(starts[0]?.processId ?? '', 'COMPLETED');
		expect(office.ran('n3')).toEqual(['Query', 'Aggregate', 'Render', 'Mail']);
	});
});

describe('process batches', () => {
	it('Q4: when the start of one fails midway, neither the batch nor any of its processes is there', async () => {
		const batchId = randomUUID();
		await query(`
			create function public.refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$;
			create trigger refuse before insert on cb.process for each row when (new.state ->> 'account' = 'q4 third') execute function public.refuse();
		`);
		const inputs = ['q4 first', 'q4 second', 'q4 third', 'q4 fourth'].map((account) => ({ account }));

		const refused = await manager
			.startMany(StatementReport, inputs, { batch: { batchId } })
			.catch((error: unknown) => error);
		await query('drop function public.refuse() cascade');

		expect(refused).toBeInstanceOf(Error);
		expect(await manager.getBatch(batchId)).toBeUndefined();
		expect(await count(`select count(*) from cb.process p where p.state ->> 'account' like 'q4%'`)).toBe(0);
		await manager.startMany(StatementReport, inputs, { batch: { batchId } });
		await expect.poll(async () => (await manager.getBatch(batchId))?.completedCount).toBe(4);
	});

	it('Q1, Q2, Q3, Q5: counts follow the processes, a blocked one is finished by its operator, command batches stay apart', async () => {
		const failing = (code: string): BusinessRuleError => new BusinessRuleError(code, 'The answer is no.');
		const batchId = randomUUID();
		office.failFor('q2 failed', 'Aggregate', failing('NO'));
		office.failFor('q2 blocked', 'Mail', new PermanentCommandError('BROKEN', 'An operator is needed.'));
		const inputs = ['q2 done', 'q2 failed', 'q2 blocked'].map((account) => ({ account }));
		const commandBatch = await bus.createBatch({ batchId, commands: [commandRequest(Query, { account: 'q5' })] });
		const { processIds } = await manager.startMany(StatementReport, inputs, { batch: { batchId } });
		const [, , blocked = ''] = processIds;

		const mail = await office.parkedAt(blocked, 'MAIL');
		await expect
			.poll(() => manager.getBatch(batchId))
			.toMatchObject({
				totalCount: 3,
				completedCount: 1,
				failedCount: 1,
				compensatedCount: 0,
				blockedCount: 1,
				completedAt: null,
			});
		await tsq.cancel({ ...mail, operator, reason: 'x' });
		await reaches(blocked, 'COMPENSATED');

		const batch = await manager.getBatch(batchId);
		expect(batch).toMatchObject({
			totalCount: 3,
			completedCount: 1,
			failedCount: 1,
			compensatedCount: 1,
			blockedCount: 0,
		});
		expect(batch?.completedAt).toBeInstanceOf(Date);
		await bus.waitFor(commandBatch.commands[0] ?? expect.fail('one was sent'));
		await expect
			.poll(() => bus.getBatch({ domain, batchId }))
			.toMatchObject({ totalCount: 1, completedCount: 1, status: 'COMPLETED' });
		expect((await manager.list({ batchId })).items).toHaveLength(3);
	});
});
