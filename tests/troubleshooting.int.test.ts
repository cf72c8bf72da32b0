/** The Troubleshooting Queue where only PostgreSQL can show it: races on real connections, rollbacks, rows of other sessions. */
import { PermanentCommandError, commandRequest, domainQueues, isCommandBusError } from '@cb/core';
import { createTroubleshootingQueue } from '@cb/ops';
import type { TroubleshootingQueue } from '@cb/ops';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { beforeEach, describe, expect, it } from 'vitest';
import { openPayments, park, parkMany } from './src/payments.ts';
import type { Payments } from './src/payments.ts';
import { raceFor } from './src/race.ts';
import { openReportOffice } from './src/report-office.ts';
import { openScene, queuedCount, repliesIn } from './src/scene.ts';

const scene = await openScene(await freshDatabase());
const { backend, bus, query, count } = scene;
const tsq = createTroubleshootingQueue(backend);
const operator = { id: 'ada' };
let payments: Payments;

beforeEach(async () => {
	payments = await openPayments(scene);
});

async function actsOn({ commandId }: { readonly commandId: string }): Promise<number> {
	return count(`select count(*) from cb.command_audit a where a.command_id = $1::uuid and a.type like 'OPERATOR%'`, [
		commandId,
	]);
}

describe('an act and its transaction', () => {
	it('J7: a retry whose audit line cannot be written sends no message and changes nothing', async () => {
		const parked = await park(scene, payments);
		const before = await tsq.get(parked);
		await query(`
			create function public.refuse() returns trigger language plpgsql as $$ begin raise 'no audit today'; end $$;
			create trigger refuse before insert on cb.command_audit_entry for each row when (new.type like 'OPERATOR%') execute function public.refuse();
		`);

		const refused = await tsq.retry({ ...parked, operator }).catch((error: unknown) => error);
		await query('drop function public.refuse() cascade');

		expect(isCommandBusError(refused, 'store')).toBe(true);
		expect(await queuedCount(scene, parked)).toBe(0);
		expect(await tsq.get(parked)).toEqual(before);
		payments.mend();
		await tsq.retry({ ...parked, operator });
		expect(await bus.waitFor(parked)).toMatchObject({ status: 'COMPLETED' });
	});

	it('M2: without the reply queue a cancel rolls back with a named error, and can be repeated once the queue exists', async () => {
		const parked = await park(scene, payments);
		await query('select pgmq.drop_queue($1::text)', [payments.replyQueue]);

		const refused = await tsq.cancel({ ...parked, operator, reason: 'x' }).catch((error: unknown) => error);

		expect(isCommandBusError(refused, 'reply-queue-not-found')).toBe(true);
		expect(await bus.get(parked)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE' });
		expect(await actsOn(parked)).toBe(0);
		await backend.domains.createReplyQueue(payments.replyQueue);
		await tsq.cancel({ ...parked, operator, reason: 'x' });
		expect(await repliesIn(scene, payments.domain)).toMatchObject([{ outcome: 'CANCELED' }]);
		expect(await actsOn(parked)).toBe(1);
	});

	it('M3: the member resolved last finishes the batch, and the listener fires after the commit', async () => {
		const { domain, Debit } = payments;
		const other = await scene.connect();
		const { batchId, commands } = await bus.createBatch({
			commands: [1, 2].map((cents) => commandRequest(Debit, { order: 'b', cents })),
		});
		await Promise.all(commands.map((command) => bus.waitFor(command, { until: 'settled' })));
		const [first, last] = commands.map(({ commandId }) => ({ domain, commandId }));
		if (first === undefined || last === undefined) expect.fail('the batch has two members');
		const fired: unknown[] = [];
		const heard = new Promise<void>((resolve) => {
			bus.onBatchFinished({ domain, batchId }, async (batch) => {
				const { rows } = await other.query('select status from cb.batch where batch_id = $1::uuid', [batchId]);
				fired.push({ told: batch.status, stored: rows });
				resolve();
			});
		});

		await tsq.complete({ ...first, operator });
		expect(await bus.getBatch({ domain, batchId })).toMatchObject({ status: 'IN_PROGRESS', parkedCount: 1 });
		await tsq.cancel({ ...last, operator, reason: 'x' });
		await heard;

		const status = 'COMPLETED_WITH_FAILURES';
		expect(fired).toEqual([{ told: status, stored: [{ status }] }]);
		expect(await bus.getBatch({ domain, batchId })).toMatchObject({
			completedCount: 1,
			canceledCount: 1,
			failedCount: 0,
			parkedCount: 0,
		});
	});
});

describe('operators at the same moment', () => {
	const operatorCount = 20;
	/** Each operator has a connection, so that all of them stand at the row at once. */
	const crowd = createTroubleshootingQueue(
		scene.openBackend({ maxConnections: operatorCount + 4, listen: false, applicationName: 'crowd' }),
	);

	it('J8: of 20 concurrent retries one succeeds, and one message is queued', async () => {
		const parked = await park(scene, payments);
		const queued = await scene.connect();
		await queued.query('create table public.sent (message_id bigint)');
		await queued.query(`
			create function public.note() returns trigger language plpgsql as $$ begin insert into public.sent values (new.msg_id); return null; end $$;
			create trigger note after insert on pgmq.q_${domainQueues(payments.domain).commands} for each row execute function public.note();
		`);
		payments.mend();

		const retries = Array.from(
			{ length: operatorCount },
			(_, index) => () => crowd.retry({ ...parked, operator: { id: `operator ${index}` } }),
		);
		const outcomes = await raceFor(scene, parked, retries);
		await bus.waitFor(parked);

		expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		for (const outcome of outcomes) {
			if (outcome.status === 'rejected') expect(isCommandBusError(outcome.reason, 'invalid-operation')).toBe(true);
		}
		expect(await count('select count(*) from public.sent')).toBe(1);
		expect(await actsOn(parked)).toBe(1);
		expect(await repliesIn(scene, payments.domain)).toHaveLength(1);
	});

	it('M1: of 20 operators who retry, cancel and complete one command, exactly one wins: one reply, one audit line', async () => {
		const parked = await park(scene, payments);
		payments.mend();

		const outcomes = await raceFor(
			scene,
			parked,
			Array.from({ length: operatorCount }, (_, index) => actOf(crowd, parked, index)),
		);
		await bus.waitFor(parked);

		const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
		expect(winners).toHaveLength(1);
		for (const outcome of outcomes) {
			if (outcome.status === 'rejected') {
				expect(outcome.reason).toMatchObject({ code: 'invalid-operation', lastAct: { operator: { kind: 'human' } } });
			}
		}
		expect(await actsOn(parked)).toBe(1);
		expect(await repliesIn(scene, payments.domain)).toHaveLength(1);
	});

	it('M7: one requestId, 20 times at once: one act, and everybody gets its result', async () => {
		const parked = await park(scene, payments);
		const click = (): ReturnType<typeof crowd.complete> =>
			crowd.complete({ ...parked, operator, result: 'by hand', requestId: 'click-1' });

		const outcomes = await raceFor(
			scene,
			parked,
			Array.from({ length: operatorCount }, () => click),
		);

		const results = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
		expect(results).toHaveLength(operatorCount);
		expect(results.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
		expect(new Set(results.map(({ version, status }) => `${status} ${version}`)).size).toBe(1);
		expect(await actsOn(parked)).toBe(1);
		expect(await repliesIn(scene, payments.domain)).toHaveLength(1);
		expect(await click()).toMatchObject({ isRepeated: true, status: 'COMPLETED' });
	});

	it('M8: of two who saw the same page one wins, and the other is told who acted and when', async () => {
		const parked = await park(scene, payments);
		const page = await tsq.list({ domain: payments.domain });
		const expectedVersion = page.items[0]?.version ?? expect.fail('one is parked');

		await tsq.retry({ ...parked, operator: { id: 'bob' }, reason: 'was quicker', expectedVersion });
		await bus.waitFor(parked, { until: 'settled' });
		const refused = await tsq
			.cancel({ ...parked, operator, reason: 'x', expectedVersion })
			.catch((error: unknown) => error);

		expect(refused).toMatchObject({
			code: 'conflict',
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastAct: { action: 'retry', operator: { id: 'bob' }, reason: 'was quicker' },
		});
		expect(await actsOn(parked)).toBe(1);
		expect(await bus.get(parked)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', generation: 2 });
	});
});

function actOf<Tx>(
	queue: TroubleshootingQueue<Tx>,
	address: { readonly domain: string; readonly commandId: string },
	index: number,
): () => ReturnType<typeof queue.retry> {
	const said = { ...address, operator: { id: `operator ${index}`, kind: 'human' as const } };
	if (index % 3 === 0) return () => queue.retry(said);
	if (index % 3 === 1) return () => queue.cancel({ ...said, reason: 'x' });
	return () => queue.complete({ ...said, result: index });
}

function stopBy(controller: AbortController): () => void {
	return () => {
		controller.abort();
	};
}

describe('bulks', () => {
	it('M10: what was parked or resolved after the preview: the previewed set is worked off, and a wrong digest is refused', async () => {
		const { domain } = payments;
		const frozen = await parkMany(scene, payments, 20);
		const action = { action: 'cancel', reason: 'campaign is over' } as const;
		const preview = await tsq.bulk.preview({ filter: { domain }, action, operator });
		const later = await parkMany(scene, payments, 5);
		const [taken] = frozen;
		if (taken === undefined) expect.fail('twenty were parked');
		await tsq.complete({ ...taken, operator: { id: 'bob' } });

		const wrong = await tsq.bulk
			.start(preview.bulkId, `${preview.digest.slice(1)}0`, { operator })
			.catch((error: unknown) => error);
		await tsq.bulk.start(preview.bulkId, preview.digest, { operator });
		const bulk = await tsq.bulk.run(preview.bulkId, { chunkSize: 3 });

		expect(isCommandBusError(wrong, 'conflict')).toBe(true);
		expect(bulk).toMatchObject({ status: 'COMPLETED', totalCount: 20, doneCount: 19, skippedCount: 1, failedCount: 0 });
		const skipped = await tsq.bulk.results(preview.bulkId, { status: 'SKIPPED' });
		expect(skipped.items).toMatchObject([taken]);
		expect(skipped.items[0]?.explanation).toMatch(/COMPLETED, complete by bob at/);
		expect(await tsq.count({ domain })).toBe(later.length);
		expect(await repliesIn(scene, domain)).toHaveLength(20);
	});

	it('M12: a paused bulk touches nothing until it is resumed; the rest of a canceled one ends as CANCELED', async () => {
		const { domain } = payments;
		await parkMany(scene, payments, 30);
		const action = { action: 'complete', result: 'waived' } as const;
		const { bulkId, digest } = await tsq.bulk.preview({ filter: { domain }, action, operator });
		await tsq.bulk.start(bulkId, digest, { operator });
		const afterOneChunk = new AbortController();
		await tsq.bulk.run(bulkId, {
			chunkSize: 10,
			signal: afterOneChunk.signal,
			onProgress: stopBy(afterOneChunk),
		});

		await tsq.bulk.pause(bulkId, { operator });
		const paused = await tsq.bulk.run(bulkId, { chunkSize: 10 });
		expect(paused).toMatchObject({ status: 'PAUSED', doneCount: 10 });
		expect(await repliesIn(scene, domain)).toHaveLength(10);

		await tsq.bulk.resume(bulkId, { operator });
		const resumed = new AbortController();
		await tsq.bulk.run(bulkId, { chunkSize: 10, signal: resumed.signal, onProgress: stopBy(resumed) });
		await tsq.bulk.cancel(bulkId, { operator });

		expect(await tsq.bulk.run(bulkId)).toMatchObject({ status: 'CANCELED', doneCount: 20, canceledCount: 10 });
		expect((await tsq.bulk.results(bulkId, { status: 'CANCELED' })).items).toHaveLength(10);
		expect(await repliesIn(scene, domain)).toHaveLength(20);
		expect(await tsq.count({ domain })).toBe(10);
	});
});

it('P17: a result that violates the schema of the command is refused with its paths, and the process still waits', async () => {
	const office = await openReportOffice(scene);
	office.fail('Aggregate', new PermanentCommandError('NO_TOTALS', 'Rows are missing.'));
	const processId = await office.start('p17');
	const parked = await office.parkedAt(processId, 'AGGREGATE');

	const refused = await office.tsq
		.complete({ ...parked, operator, result: { totalCents: 'many' } })
		.catch((error: unknown) => error);

	expect(isCommandBusError(refused, 'payload-invalid') && refused.issues.map(({ path }) => path)).toEqual([
		'$.totalCents',
	]);
	expect((await office.manager.get(processId))?.process).toMatchObject({ status: 'WAITING_FOR_TSQ' });
	expect(await actsOn(parked)).toBe(0);
	await office.tsq.complete({ ...parked, operator, result: { totalCents: 9 } });
	await office.reaches(processId, 'COMPLETED');
});
