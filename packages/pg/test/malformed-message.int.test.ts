/** What somebody else puts on a queue: archived, never a loop, and no obstacle to others. */
import { createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { TelemetryEvent } from '@cb/core';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Queryable } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();
const bus = createCommandBus(backend);

const id = '0199f3a0-0000-7000-8000-000000000001';

/** `message` and `headers` as SQL. */
const strange: readonly (readonly [name: string, message: string, headers?: string])[] = [
	['C8 nothing', 'null'],
	['C8 the JSON null', `'null'`],
	['C8 a text', `'"hello"'`],
	['C8 a number', `'42'`],
	['C8 a list', `'["${id}"]'`],
	['C8 an empty object', `'{}'`],
	['C8 an id that is none', `'{"command_id": "42", "domain": "DOMAIN"}'`],
	['C8 an id that is a number', `'{"command_id": 42, "domain": "DOMAIN"}'`],
	['C8 an id that is an object', `'{"command_id": {"a": 1}, "domain": "DOMAIN"}'`],
	['C8 an id with something behind it', `'{"command_id": "${id}\\n", "domain": "DOMAIN"}'`],
	['C7 an id that no command has', `'{"command_id": "${id}", "domain": "DOMAIN"}'`],
	['C11 another domain', `'{"command_id": "${id}", "domain": "elsewhere"}'`],
	['C11 no domain', `'{"command_id": "${id}"}'`],
	['C8 headers that are a text', `'{}'`, `'"cb_lease"'`],
	['C8 headers that are another text', `'{}'`, `'"cb_unanswered"'`],
	['C8 headers that are a list', `'{}'`, `'["cb_lease", "cb_deferrals"]'`],
	['C8 headers that are the JSON null', `'{}'`, `'null'`],
	['C8 headers of ours with nonsense in them', `'{}'`, `'{"cb_lease": "mine", "cb_deferrals": "many"}'`],
	[
		'C8 a receipt with a time that is none',
		`'{}'`,
		`'{"cb_lease": {"at": "no time", "worker": 7, "redelivered": "maybe", "previous": {"at": 5}}}'`,
	],
	['C8 a very large message', `jsonb_build_object('data', repeat('x', 3000000))`],
];

it.each(strange)(
	'%s is archived once, and the command behind it is processed',
	async (_, message = 'null', headers = 'null') => {
		const domain = await database.newDomain();
		const Charge = defineCommand({ domain, type: 'Charge', data: z.object({}) });
		const handled: string[] = [];
		const events: TelemetryEvent[] = [];
		await database.query(
			`insert into pgmq.q_${domain}__commands (vt, message, headers)
		values (clock_timestamp(), ${message.replace('DOMAIN', domain)}, ${headers})`,
		);
		const { commandId } = await bus.send(Charge, {});
		const handlers = createHandlers<Queryable>().on(Charge, (command) => {
			handled.push(command.commandId);
		});
		const worker = createWorker({
			backend,
			domain,
			handlers,
			pollIntervalMs: 20,
			telemetry: {
				emit(event) {
					events.push(event);
				},
			},
		});
		await worker.start();
		onTestFinished(async () => {
			await worker.stop();
		});

		const outcome = await bus.waitFor({ domain, commandId }, { timeoutMs: 20_000 });

		expect(outcome.status).toBe('COMPLETED');
		await expect.poll(() => database.query(`select read_ct from pgmq.a_${domain}__commands`)).toEqual([{ read_ct: 1 }]);
		expect(await database.value(`select count(*)::integer from pgmq.q_${domain}__commands`)).toBe(0);
		expect(handled).toEqual([commandId]);
		expect(events.filter(({ kind }) => kind === 'message-rejected')).toHaveLength(1);
		expect(worker.health()).toMatchObject({ inFlight: 0 });
	},
);

it('C8 a message with the id of a real command, but not its own, changes nothing of it', async () => {
	const domain = await database.newDomain();
	const Charge = defineCommand({ domain, type: 'Charge', data: z.object({}) });
	const receipt = await bus.send(Charge, {}, { delaySeconds: 3_600 });
	const before = { record: await bus.get(receipt), history: await bus.history(receipt) };
	const exhausted = { error: { type: 'TRANSIENT', code: 'X', message: 'x', details: null }, fingerprint: 'x' } as const;

	await database.query(`select pgmq.send($1, (select message from pgmq.q_${domain}__commands))`, [
		`${domain}__commands`,
	]);
	const received = await backend.commands.receive({
		domain,
		workerId: 'w',
		limit: 10,
		leaseSeconds: 30,
		maxAttemptsByType: {},
		defaultMaxAttempts: 3,
		exhausted,
	});

	expect(received).toMatchObject({
		commands: [],
		parked: [],
		rejected: [{ reason: 'the command has another message' }],
	});
	expect({ record: await bus.get(receipt), history: await bus.history(receipt) }).toEqual(before);
});

it('C8 a thousand of them do not hold up the others', async () => {
	const domain = await database.newDomain();
	const Charge = defineCommand({ domain, type: 'Charge', data: z.object({}) });
	await database.query(`select pgmq.send($1, jsonb_build_object('n', n)) from generate_series(1, 1000) n`, [
		`${domain}__commands`,
	]);
	const receipt = await bus.send(Charge, {});
	const worker = createWorker({ backend, domain, handlers: createHandlers<Queryable>().on(Charge, () => undefined) });
	await worker.start();
	onTestFinished(async () => {
		await worker.stop();
	});

	expect(await bus.waitFor(receipt, { timeoutMs: 20_000 })).toMatchObject({ status: 'COMPLETED' });
	expect(await database.value(`select count(*)::integer from pgmq.a_${domain}__commands`)).toBe(1_000);
});
