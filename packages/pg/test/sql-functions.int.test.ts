/** The moves as SQL functions: what psql, a trigger or another language can do, and what every caller relies on. */
import { randomUUID } from 'node:crypto';
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { CommandDefinition } from '@cb/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Queryable } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();
const bus = createCommandBus(backend);

type Charge = CommandDefinition<{ cents: number }>;

async function aDefinition(domain?: string): Promise<Charge> {
	const name = domain ?? (await database.newDomain());
	return defineCommand({ domain: name, type: 'Charge', data: z.object({ cents: z.int() }) });
}

interface Handled {
	readonly commandId: string;
	readonly correlationId: string;
	readonly data: unknown;
	readonly attempt: number;
}

/** Works the domain off until the test ends. */
async function startWorker(Charge: Charge): Promise<readonly Handled[]> {
	const handled: Handled[] = [];
	const handlers = createHandlers<Queryable>().on(Charge, ({ commandId, correlationId, data }, { attempt }) => {
		handled.push({ commandId, correlationId, data, attempt });
		return { charged: true };
	});
	const worker = createWorker({ backend, domain: Charge.domain, handlers, pollIntervalMs: 20 });
	await worker.start();
	onTestFinished(async () => {
		await worker.stop();
	});
	return handled;
}

async function errorOf(text: string, values: unknown[] = []): Promise<unknown> {
	return database.query(text, values).then(
		() => expect.fail('it went through'),
		(error: unknown) => error,
	);
}

describe('cb.send', () => {
	it('A20 sends in plain SQL what a worker processes like any other command', async () => {
		const Charge = await aDefinition();
		const { domain } = Charge;
		const fromTypeScript = await bus.send(Charge, { cents: 500 }, { replyTo: `${domain}__replies` });
		const commandId = String(
			await database.value(`select cb.send($1, 'Charge', '{"cents": 500}', reply_to => $1 || '__replies')`, [domain]),
		);
		const handled = await startWorker(Charge);

		const outcomes = await Promise.all([
			bus.waitFor(fromTypeScript, { timeoutMs: 20_000 }),
			bus.waitFor({ domain, commandId }, { timeoutMs: 20_000 }),
		]);

		const comparable = await Promise.all(
			outcomes.map(async ({ record }) => {
				const history = await bus.history(record);
				return {
					...record,
					commandId: null,
					correlationId: null,
					messageId: null,
					createdAt: null,
					updatedAt: null,
					completedAt: null,
					trail: history.map(({ type, attempt, details }) => [type, attempt, Object.keys(details).sort()]),
				};
			}),
		);
		expect(comparable[1]).toEqual(comparable[0]);
		expect(handled.map(({ data, attempt }) => [data, attempt])).toEqual([
			[{ cents: 500 }, 1],
			[{ cents: 500 }, 1],
		]);
		const replies = await backend.replies.receive(`${domain}__replies`, 10, 30);
		expect(replies.map(({ body }) => body)).toMatchObject([{ outcome: 'SUCCESS' }, { outcome: 'SUCCESS' }]);
	});

	it('A20 A11 A12 belongs to the transaction that calls it', async () => {
		const Charge = await aDefinition();
		const before = await database.counts();
		const client = await database.connect();

		await client.query('begin');
		await client.query(`select cb.send($1, 'Charge', '{"cents": 1}')`, [Charge.domain]);
		expect(await database.counts()).toEqual(before);
		await client.query('rollback');
		expect(await database.counts()).toEqual(before);

		await client.query('begin');
		await client.query(`select cb.send($1, 'Charge', '{"cents": 1}')`, [Charge.domain]);
		await client.query('commit');
		expect((await bus.list({ domain: Charge.domain })).items).toHaveLength(1);
	});

	it('A20 sends from a trigger', async () => {
		const Charge = await aDefinition();
		const handled = await startWorker(Charge);
		await database.query(`
			create table invoice (cents integer not null);
			create function send_charge() returns trigger language plpgsql as $$
			begin
				perform cb.send('${Charge.domain}', 'Charge', jsonb_build_object('cents', new.cents));
				return new;
			end $$;
			create trigger charge after insert on invoice for each row execute function send_charge();
			insert into invoice values (10), (20)`);

		await expect.poll(() => handled.map(({ data }) => data)).toEqual([{ cents: 10 }, { cents: 20 }]);
	});

	it('A2 A4 A19 takes everything that a send takes', async () => {
		const Charge = await aDefinition();
		const { domain } = Charge;
		const [commandId, correlationId, causationId] = [randomUUID(), randomUUID(), randomUUID()];

		await database.query(
			`select cb.send($1, 'Charge', '{"cents": 1}', command_id => $2, correlation_id => $3, causation_id => $4,
				reply_to => $1 || '__replies', delay_seconds => 3600, max_attempts => 7, headers => '{"traceparent": "00-1"}')`,
			[domain, commandId, correlationId, causationId],
		);

		expect(await bus.get({ domain, commandId })).toMatchObject({
			status: 'PENDING',
			attempts: 0,
			maxAttempts: 7,
			correlationId,
			causationId,
			replyTo: `${domain}__replies`,
		});
		const [message] = await database.query(
			`select message, headers, vt > clock_timestamp() + interval '59 minutes' as is_delayed from pgmq.q_${domain}__commands`,
		);
		expect(message).toEqual({
			message: {
				command_id: commandId,
				command_type: 'Charge',
				domain,
				correlation_id: correlationId,
				causation_id: causationId,
				reply_to: `${domain}__replies`,
				created_at: expect.any(String) as string,
				data: { cents: 1 },
			},
			headers: { traceparent: '00-1' },
			is_delayed: true,
		});
	});

	it('A3 A5 leaves out what was not said, and makes time-ordered ids', async () => {
		const { domain } = await aDefinition();

		const sent = [];
		for (let n = 0; n < 3; n++) {
			sent.push(String(await database.value(`select cb.send($1, 'Charge', null)`, [domain])));
			await database.query('select pg_sleep(0.002)');
		}

		expect(sent.toSorted()).toEqual(sent);
		expect(sent.every((id) => id[14] === '7')).toBe(true);
		const [{ message } = {}] = await database.query(`select message from pgmq.q_${domain}__commands limit 1`);
		expect(Object.keys(message as object).sort()).toEqual(
			['command_id', 'command_type', 'correlation_id', 'created_at', 'data', 'domain'].sort(),
		);
		expect(message).toMatchObject({ data: null });
	});
});

describe('what cb.send refuses', () => {
	it('A6 CB002 an unknown domain, with a hint that works', async () => {
		const before = await database.counts();

		const error = await errorOf(`select cb.send('nowhere', 'Charge', '{}')`);

		expect(error).toMatchObject({ code: 'CB002', hint: `Create it once: select cb.create_domain('nowhere');` });
		expect(await database.counts()).toEqual(before);
	});

	it('A17 CB003 an unknown reply queue, with a hint that works', async () => {
		const { domain } = await aDefinition();
		const before = await database.counts();

		const error = await errorOf(`select cb.send($1, 'Charge', '{}', reply_to => 'nobodys_replies')`, [domain]);

		expect(error).toMatchObject({
			code: 'CB003',
			hint: `Create it once: select cb.create_reply_queue('nobodys_replies');`,
		});
		expect(await database.counts()).toEqual(before);
		await database.query(`select cb.create_reply_queue('nobodys_replies')`);
		await expect(
			database.query(`select cb.send($1, 'Charge', '{}', reply_to => 'nobodys_replies')`, [domain]),
		).resolves.toHaveLength(1);
	});

	it('A7 CB004 a duplicate, naming domain and id', async () => {
		const { domain } = await aDefinition();
		const id = await database.value(`select cb.send($1, 'Charge', '{}')`, [domain]);
		const before = await database.counts();

		const error = await errorOf(`select cb.send($1, 'Charge', '{}', command_id => $2)`, [domain, id]);

		expect(error).toMatchObject({
			code: 'CB004',
			message: `command ${String(id)} exists already in domain "${domain}"`,
		});
		expect(await database.counts()).toEqual(before);
	});

	const illegal: readonly (readonly [name: string, call: string])[] = [
		['A13 a type with a blank', `cb.send('DOMAIN', 'Charge it', '{}')`],
		['A13 no type', `cb.send('DOMAIN', null, '{}')`],
		['A13 no domain', `cb.send(null, 'Charge', '{}')`],
		['no attempts', `cb.send('DOMAIN', 'Charge', '{}', max_attempts => 0)`],
		['a delay that is no number', `cb.send('DOMAIN', 'Charge', '{}', delay_seconds => 'NaN')`],
		['a reserved header', `cb.send('DOMAIN', 'Charge', '{}', headers => '{"cb_lease": {}}')`],
		['headers that are no object', `cb.send('DOMAIN', 'Charge', '{}', headers => '[1]')`],
		['A13 a domain in upper case', `cb.create_domain('Payments')`],
		['A13 a domain of 32 characters', `cb.create_domain(repeat('p', 32))`],
		['A13 a domain with SQL in it', `cb.create_domain('p"; drop schema cb; --')`],
		['no name for a domain', `cb.create_domain(null)`],
		['A13 a queue with a blank', `cb.create_reply_queue('a b')`],
		['A13 a queue of 48 characters', `cb.create_reply_queue(repeat('q', 48))`],
		['no name for a queue', `cb.create_reply_queue(null)`],
	];

	it.each(illegal)('%s', async (_, call) => {
		const { domain } = await aDefinition();
		const before = await database.counts();

		const error = await errorOf(`select ${call.replace('DOMAIN', domain)}`);

		expect(error).toMatchObject({ code: expect.stringMatching(/^2[23]/) as string });
		expect(await database.counts()).toEqual(before);
	});
});

describe('domains', () => {
	it('may have a name of 31 characters, and all three queues work', async () => {
		const domain = 'p'.repeat(31);
		await database.query('select cb.create_domain($1)', [domain]);
		const Charge = await aDefinition(domain);
		await startWorker(Charge);

		const receipt = await bus.send(Charge, { cents: 1 }, { replyTo: `${domain}__process_replies`.slice(0, 47) });
		await bus.waitFor(receipt, { timeoutMs: 20_000 });

		expect(await backend.replies.receive(`${domain}__process_replies`.slice(0, 47), 10, 30)).toHaveLength(1);
		expect(await backend.domains.statistics(domain)).toMatchObject([{ domain, depth: 0 }]);
	});

	it('are created once by callers at the same time', async () => {
		const clients = await Promise.all(Array.from({ length: 8 }, () => database.connect()));

		const results = await Promise.all(
			clients.map((client) => client.query<{ is_new: boolean }>(`select cb.create_domain('at_once') as is_new`)),
		);

		expect(results.filter(({ rows }) => rows[0]?.is_new === true)).toHaveLength(1);
		const queues = await database.query(
			`select queue_name from pgmq.meta where queue_name like 'at\\_once%' order by 1`,
		);
		expect(queues).toEqual(
			['commands', 'process_replies', 'replies'].map((name) => ({ queue_name: `at_once__${name}` })),
		);
	});

	it('work in every session, also in one that was there before them', async () => {
		const old = await database.connect();
		const first = await aDefinition();
		await old.query(`select cb.send($1, 'Charge', '{}')`, [first.domain]);

		const second = await aDefinition();

		await expect(old.query(`select cb.send($1, 'Charge', '{}')`, [second.domain])).resolves.toBeDefined();
		expect((await bus.list({ domain: second.domain })).items).toHaveLength(1);
	});

	it('do not depend on the search path of their caller', async () => {
		const Charge = await aDefinition();
		const client = await database.connect();
		await client.query(`create schema trap; create function trap.clock_timestamp() returns timestamptz language sql as 'select null::timestamptz';
			set search_path = trap, pg_catalog`);

		const { rows } = await client.query<{ id: string }>(`select cb.send($1, 'Charge', '{"cents": 1}') as id`, [
			Charge.domain,
		]);

		expect((await bus.get({ domain: Charge.domain, commandId: rows[0]?.id ?? '' }))?.createdAt).toBeInstanceOf(Date);
	});
});
