/** How the moves write: on any PGMQ from 1.11 on, synchronously where it counts, and in place. */
import { commandRequest, createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { CommandDefinition } from '@cb/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createPgBackend } from '../src/index.ts';
import type { Queryable } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();
const bus = createCommandBus(backend);

async function aDefinition(): Promise<CommandDefinition<{ cents: number }>> {
	return defineCommand({ domain: await database.newDomain(), type: 'Charge', data: z.object({ cents: z.int() }) });
}

describe('another PGMQ', () => {
	it('S9 with one more column in its records and tables works as before', async () => {
		await database.query(`alter type pgmq.message_record add attribute priority integer`);
		const Charge = await aDefinition();
		const { domain } = Charge;
		for (const table of ['q', 'a'].flatMap((kind) => [`${kind}_${domain}__commands`, `${kind}_${domain}__replies`])) {
			await database.query(`alter table pgmq.${table} add column priority integer default 5`);
		}
		const handlers = createHandlers<Queryable>().on(Charge, () => ({ charged: true }));
		const worker = createWorker({ backend, domain, handlers });
		await worker.start();
		onTestFinished(async () => {
			await worker.stop();
		});

		const receipt = await bus.send(Charge, { cents: 1 }, { replyTo: `${domain}__replies` });
		const outcome = await bus.waitFor(receipt, { timeoutMs: 20_000 });

		expect(outcome).toMatchObject({ status: 'COMPLETED', result: { charged: true } });
		const [reply] = await backend.replies.receive(`${domain}__replies`, 10, 30);
		expect(reply?.body).toMatchObject({ outcome: 'SUCCESS', data: { charged: true } });
	});
});

describe('durability', () => {
	const settings = `current_setting('synchronous_commit') as synchronous_commit`;

	it('only a receive and a heartbeat may be forgotten by a crashed server: all else commits synchronously', async () => {
		const { domain } = await aDefinition();
		const client = await database.connect();
		const moves: readonly (readonly [call: string, expected: 'on' | 'off'])[] = [
			[`cb.send('${domain}', 'Charge', '{}')`, 'on'],
			[`(select count(*) from cb.receive_commands('${domain}', 'w', 10, 30))`, 'off'],
			[`(select count(*) from cb.extend_leases('${domain}', array[1], array[1], 60))`, 'off'],
			[`cb.release_leases('${domain}', array[]::bigint[], array[]::integer[])`, 'on'],
			[
				`(select count(*) from cb.settle_commands('${domain}', (select jsonb_build_array(jsonb_build_object('kind', 'complete',
					'command_id', c.command_id, 'msg_id', c.msg_id, 'attempt', 1)) from cb.command c where c.domain = '${domain}')))`,
				'on',
			],
			[`(select count(*) from cb.cancel_command('${domain}', gen_random_uuid()))`, 'on'],
			[`(select count(*) from cb.receive_replies('${domain}__replies', 10, 30))`, 'off'],
			[`(select count(*) from cb.acknowledge_replies('${domain}__replies', array[1], array[1]))`, 'on'],
		];

		for (const [call, expected] of moves) {
			await client.query('begin');
			await client.query(`select ${call}`);
			const { rows } = await client.query(`select ${settings}`);
			await client.query('commit');
			expect([call, rows]).toEqual([call, [{ synchronous_commit: expected }]]);
			expect((await client.query(`select ${settings}`)).rows).toEqual([{ synchronous_commit: 'on' }]);
		}
		expect((await bus.list({ domain })).items).toMatchObject([{ status: 'COMPLETED' }]);
	});

	it('a session that switched synchronous commits off keeps its own setting for sends', async () => {
		const { domain } = await aDefinition();
		const client = await database.connect();
		await client.query(`set synchronous_commit = 'remote_apply'`);

		await client.query('begin');
		await client.query(`select cb.send($1, 'Charge', '{}')`, [domain]);
		const { rows } = await client.query(`select ${settings}`);
		await client.query('commit');

		expect(rows).toEqual([{ synchronous_commit: 'remote_apply' }]);
	});
});

describe('what a drain writes', () => {
	it('updates command rows in place: more than nine of ten updates are HOT, and no message row stays behind', async () => {
		const Charge = await aDefinition();
		const { domain } = Charge;
		const draining = createPgBackend({ connection: database.url });
		const drainBus = createCommandBus(draining);
		await drainBus.sendMany(Array.from({ length: 5_000 }, (_, cents) => commandRequest(Charge, { cents })));
		const before = await updatesOfCommands();
		const handlers = createHandlers<Queryable>().on(Charge, () => undefined);
		const worker = createWorker({ backend: draining, domain, handlers });

		await worker.start();
		await expect.poll(() => database.value(`select count(*)::integer from pgmq.q_${domain}__commands`)).toBe(0);
		await worker.stop();
		// Sessions report what they did when they end.
		await draining.close();

		await expect.poll(async () => (await updatesOfCommands()).all - before.all).toBe(5_000);
		expect(((await updatesOfCommands()).hot - before.hot) / 5_000).toBeGreaterThan(0.9);
	});
});

async function updatesOfCommands(): Promise<{ readonly all: number; readonly hot: number }> {
	const [row] = await database.query(
		`select n_tup_upd::integer as all, n_tup_hot_upd::integer as hot from pg_stat_user_tables where relid = 'cb.command'::regclass`,
	);
	return { all: Number(row?.['all']), hot: Number(row?.['hot']) };
}
