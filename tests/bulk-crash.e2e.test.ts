/** Bulks worked off by programs that are killed in the middle, on the built packages. */
import { createTroubleshootingQueue } from '@cb/ops';
import { expect, it } from 'vitest';
import { startChild } from './src/child.ts';
import { databaseOnOwnServer } from './src/own-server.ts';
import { openPayments, parkMany } from './src/payments.ts';
import { openScene, repliesIn } from './src/scene.ts';
import { between, seededRandom } from './src/seeded-random.ts';
import { until } from './src/until.ts';

const scene = await openScene(await databaseOnOwnServer());
const { count, query } = scene;
const tsq = createTroubleshootingQueue(scene.backend);
const operator = { id: 'ada' };

it('M11: a bulk of 2,000 whose runners are killed again and again: each item has one result, one audit line, one reply', async () => {
	const itemCount = 2_000;
	const killCount = 8;
	const random = seededRandom(2_011);
	const payments = await openPayments(scene);
	const { domain } = payments;
	await parkMany(scene, payments, itemCount);
	const { bulkId, digest } = await tsq.bulk.preview({
		filter: { domain },
		action: { action: 'cancel', reason: 'the shop has closed' },
		operator,
	});
	await tsq.bulk.start(bulkId, digest, { operator });
	const settledCount = (): Promise<number> =>
		count(`select count(*) from cb.bulk_item i where i.bulk_id = $1::uuid and i.status <> 'WAITING'`, [bulkId]);

	const settledAtKills: number[] = [];
	for (let kill = 0; kill < killCount; kill++) {
		const enough = (await settledCount()) + between(random, 1, 150);
		const runner = await startChild(scene, 'bulk-runner');
		await until(settledCount, (settled) => settled >= enough, { what: `${enough} items of the bulk` });
		await runner.kill();
		// Every second time its machine has died as well: the server drops what was under way.
		if (kill % 2 === 1) await dropSessionsOf('bulk runner');
		settledAtKills.push(await settledCount());
	}
	expect(settledAtKills.at(-1)).toBeLessThan(itemCount);
	const last = await startChild(scene, 'bulk-runner');
	const bulk = await until(
		() => tsq.bulk.progress(bulkId, { operator }),
		({ status }) => status !== 'RUNNING',
		{ what: 'the end of the bulk' },
	);
	await last.kill();

	expect(bulk).toMatchObject({
		status: 'COMPLETED',
		totalCount: itemCount,
		doneCount: itemCount,
		skippedCount: 0,
		failedCount: 0,
	});
	expect(
		await query('select i.status, count(*)::integer from cb.bulk_item i where i.bulk_id = $1::uuid group by 1', [
			bulkId,
		]),
	).toEqual([{ status: 'DONE', count: itemCount }]);
	expect(await audited(domain, 'OPERATOR_CANCEL')).toEqual({ lines: itemCount, commands: itemCount });
	const replies = await repliesIn(scene, domain);
	expect(replies).toHaveLength(itemCount);
	expect(new Set(replies.map(({ command_id: id }) => id)).size).toBe(itemCount);
	expect(new Set(replies.map(({ outcome }) => outcome))).toEqual(new Set(['CANCELED']));
	expect(await statuses(domain)).toEqual([{ status: 'CANCELED', count: itemCount }]);
});

it('M11: 10,000 items are retried by one run, each once, and the worker completes them', async () => {
	const itemCount = 10_000;
	const payments = await openPayments(scene);
	const { domain } = payments;
	await parkMany(scene, payments, itemCount);
	payments.mend();
	const {
		bulkId,
		digest,
		count: previewed,
	} = await tsq.bulk.preview({ filter: { domain }, action: { action: 'retry' }, operator });
	await tsq.bulk.start(bulkId, digest, { operator });

	const startedAt = performance.now();
	const bulk = await tsq.bulk.run(bulkId);
	console.info(`10,000 items were retried in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);

	expect(previewed).toBe(itemCount);
	expect(bulk).toMatchObject({
		status: 'COMPLETED',
		totalCount: itemCount,
		doneCount: itemCount,
		skippedCount: 0,
		failedCount: 0,
	});
	expect(await audited(domain, 'OPERATOR_RETRY')).toEqual({ lines: itemCount, commands: itemCount });
	await until(
		() => statuses(domain),
		(seen) => seen.length === 1 && seen[0]?.['status'] === 'COMPLETED',
		{
			what: 'the completion of everything that was retried',
		},
	);
	const replies = await repliesIn(scene, domain);
	expect(replies).toHaveLength(itemCount);
	expect(new Set(replies.map(({ command_id: id }) => id)).size).toBe(itemCount);
});

async function dropSessionsOf(applicationName: string): Promise<void> {
	await query(`select pg_terminate_backend(a.pid) from pg_stat_activity a where a.application_name = $1::text`, [
		applicationName,
	]);
}

async function audited(domain: string, type: string): Promise<unknown> {
	const [row] = await query(
		`select count(*)::integer as lines, count(distinct a.command_id)::integer as commands from cb.command_audit a
		where a.domain = $1::text and a.type = $2::text`,
		[domain, type],
	);
	return row;
}

async function statuses(domain: string): ReturnType<typeof query> {
	return query('select c.status, count(*)::integer from cb.command c where c.domain = $1::text group by 1', [domain]);
}
