/** Section 2.10 row by row, through the bus and a worker on PostgreSQL: a named error, and nothing stored. */
import { randomUUID } from 'node:crypto';
import {
	commandRequest,
	createCommandBus,
	createHandlers,
	createWorker,
	defineCommand,
	isCommandBusError,
	pageCursor,
} from '@cb/core';
import type { CommandBus, CommandBusOptions, ErrorCode, SendOptions } from '@cb/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createPgBackend } from '../src/index.ts';
import type { Queryable } from '../src/index.ts';
import { openTestDatabase } from './test-database.ts';

const database = await openTestDatabase();
const backend = database.openBackend();
const bus = createCommandBus(backend);
await backend.domains.create('payments');

const Charge = defineCommand({ domain: 'payments', type: 'Charge', data: z.object({ cents: z.int().positive() }) });
/** Lets everything through, so that only what PostgreSQL cannot store is refused. */
const Anything = defineCommand({ domain: 'payments', type: 'Anything', data: z.unknown() });

function nested(levels: number): unknown {
	let value: unknown = 1;
	for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { inner: value };
	return value;
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;

const kibibyte = 1_024;
const mebibyte = kibibyte * kibibyte;
/** JSON of exactly so many bytes: quotes included. */
const textOfBytes = (bytes: number): string => 'x'.repeat(bytes - 2);

async function expectRefused(code: ErrorCode, attempt: () => Promise<unknown>): Promise<unknown> {
	const before = await database.counts();

	const error: unknown = await attempt().then(
		() => expect.fail('it went through'),
		(thrown: unknown) => thrown,
	);

	expect(error).toMatchObject({ code });
	expect(isCommandBusError(error, code)).toBe(true);
	expect(await database.counts()).toEqual(before);
	return error;
}

describe('a payload that does not match its schema', () => {
	const wrong = { cents: -5 };

	it('A16 is refused with its paths, and nothing is stored', async () => {
		const error = await expectRefused('payload-invalid', () => bus.send(Charge, wrong));

		expect(error).toMatchObject({ issues: [{ path: '$.cents' }] });
	});

	it('A16 takes a whole sendMany and a whole batch with it', async () => {
		const requests = [commandRequest(Charge, { cents: 1 }), commandRequest(Charge, wrong)];

		await expectRefused('payload-invalid', () => bus.sendMany(requests, { chunkSize: 1 }));
		await expectRefused('payload-invalid', () => bus.createBatch({ commands: requests }));
	});
});

describe('what PostgreSQL or JSON cannot hold', () => {
	const unstorable: readonly (readonly [name: string, data: unknown])[] = [
		['U+0000 in a text', { note: 'a\u0000b' }],
		['U+0000 in a key', { 'a\u0000b': 1 }],
		['a lone high surrogate', { note: '\ud83d' }],
		['a lone low surrogate', ['\ude00']],
		['a lone surrogate in a key', { '\udfff': 1 }],
		['nesting beyond reason', nested(100_000)],
		['a cycle', cycle],
		['a bigint', { cents: 1n }],
		['not a number', { cents: Number.NaN }],
		['infinity', [Number.POSITIVE_INFINITY]],
		['a date', { at: new Date() }],
		['a map', new Map([['a', 1]])],
		['undefined in an object', { a: undefined }],
		['undefined', undefined],
		['a function', () => 1],
		['minus zero, which would come back as zero', -0],
	];

	it.each(unstorable)('%s: refused, and nothing is stored', async (_, data) => {
		const error = await expectRefused('payload-invalid', () => bus.send(Anything, data));

		expect(error).toMatchObject({ issues: [{ path: expect.stringMatching(/^\$/) as string }] });
		await expectRefused('payload-invalid', () => bus.sendMany([commandRequest(Anything, data)]));
	});

	const storable: readonly (readonly [name: string, data: unknown])[] = [
		['text of every plane', { note: '𝔸 € \u0001 \u007f \u2028 🤷🏽‍♀️ "\\' }],
		['keys that mean something elsewhere', { ['__proto__']: 1, constructor: 2, command_id: 3, cb_lease: 4 }],
		['numbers at the edges', [Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 1e21, -1.5e-7]],
		['the deepest nesting that is allowed', nested(199)],
		['nothing at all', null],
		['an empty object', {}],
		['false', false],
		['SQL', `'); drop schema cb cascade; --`],
	];

	it.each(storable)('%s comes back as it went in', async (_, data) => {
		const domain = await database.newDomain();
		const Kept = defineCommand({ domain, type: 'Kept', data: z.unknown() });
		let received: unknown;
		const handlers = createHandlers<Queryable>().on(Kept, (command) => {
			received = command.data;
			return command.data as string;
		});
		const worker = createWorker({ backend, domain, handlers });
		await worker.start();
		onTestFinished(async () => {
			await worker.stop();
		});

		const receipt = await bus.send(Kept, data);
		const outcome = await bus.waitFor(receipt, { timeoutMs: 20_000 });

		expect(outcome.status).toBe('COMPLETED');
		expect(received).toEqual(data);
		expect(outcome.result).toEqual(data);
	});
});

describe('a payload above the size limit', () => {
	it('of 1 MiB by default is refused with both sizes; one byte less is stored', async () => {
		const tooLarge = () => bus.send(Anything, textOfBytes(mebibyte + 1));

		const error = await expectRefused('payload-too-large', tooLarge);

		expect(error).toMatchObject({ bytes: mebibyte + 1, limitBytes: mebibyte });
		await expect(bus.send(Anything, textOfBytes(mebibyte))).resolves.toMatchObject({ isDuplicate: false });
	});

	it('counts bytes, not characters', async () => {
		const small = createCommandBus(backend, { maxPayloadBytes: kibibyte });

		await expectRefused('payload-too-large', () => small.send(Anything, '€'.repeat(400)));
		await expectRefused('payload-too-large', () => small.sendMany([commandRequest(Anything, '€'.repeat(400))]));
		await expect(small.send(Anything, '€'.repeat(300))).resolves.toBeDefined();
	});
});

describe('a duplicate', () => {
	it('A10 of several sends at once exactly one is stored; the others are told so by name', async () => {
		const options = { commandId: randomUUID() };
		const buses: readonly CommandBus<Queryable>[] = [bus, createCommandBus(database.openBackend())];
		const before = await database.counts();

		const outcomes = await Promise.allSettled(
			Array.from({ length: 20 }, (_, n) => (buses[n % 2] ?? bus).send(Charge, { cents: 1 }, options)),
		);

		const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
		expect(failures).toHaveLength(19);
		for (const { reason } of failures) {
			expect(reason).toMatchObject({ code: 'duplicate-command', domain: 'payments', ...options });
		}
		expect(await database.counts()).toEqual({
			...before,
			'cb.command': Number(before['cb.command']) + 1,
			'pgmq.q_payments__commands': Number(before['pgmq.q_payments__commands']) + 1,
		});
	});

	it('A10 fails alone: what shares its transaction is stored', async () => {
		const { commandId } = await bus.send(Charge, { cents: 1 });

		const outcomes = await Promise.allSettled([
			bus.send(Charge, { cents: 2 }),
			bus.send(Charge, { cents: 3 }, { commandId }),
			bus.send(Charge, { cents: 4 }, { replyTo: 'nowhere' }),
			bus.send(Charge, { cents: 5 }),
		]);

		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
	});

	it('A8 is none in another domain, and an id is the same in either case', async () => {
		const Other = defineCommand({ domain: await database.newDomain(), type: 'Charge', data: z.object({}) });
		const { commandId } = await bus.send(Charge, { cents: 1 });

		await expect(bus.send(Other, {}, { commandId })).resolves.toMatchObject({ isDuplicate: false });
		await expectRefused('duplicate-command', () =>
			bus.send(Charge, { cents: 1 }, { commandId: commandId.toUpperCase() }),
		);
	});
});

describe('an illegal name or option', () => {
	const illegal: readonly (readonly [name: string, options: SendOptions<Queryable>])[] = [
		['an id that is no UUID', { commandId: '42' }],
		['a correlation id that is no UUID', { correlationId: `x'; --` }],
		['a causation id that is no UUID', { causationId: '' }],
		['a queue with a quote', { replyTo: 'a"b' }],
		['a queue in upper case', { replyTo: 'Replies' }],
		['a queue name of 48 characters', { replyTo: 'q'.repeat(48) }],
		['a negative delay', { delaySeconds: -1 }],
		['a delay that is no number', { delaySeconds: Number.NaN }],
		['a delay without end', { delaySeconds: Number.POSITIVE_INFINITY }],
		['a due time that is no time', { dueAt: new Date(Number.NaN) }],
		['a due time beyond every calendar', { dueAt: new Date(8.64e15) }],
		['a due time before our era', { dueAt: new Date(-8.64e15) }],
		['a reserved header', { headers: { cb_lease: 'mine' } }],
		['U+0000 in a header', { headers: { trace: 'a\u0000b' } }],
		['U+0000 in the name of a header', { headers: { 'a\u0000b': 'x' } }],
		['a lone surrogate in the name of a header', { headers: { '\ud800': 'x' } }],
		['headers that are a list', { headers: ['x'] as never }],
		['a header that is no text', { headers: { retries: 1 } as never }],
		['no attempts', { retry: { maxAttempts: 0 } }],
		['more attempts than a number holds', { retry: { maxAttempts: 1e12 } }],
		['an unknown option', { priority: 1 } as SendOptions<Queryable>],
	];

	it.each(illegal)('%s: refused, and nothing is stored', async (_, options) => {
		await expectRefused('invalid-argument', () => bus.send(Charge, { cents: 1 }, options));
	});

	it('A13 is refused before any SQL: no connection is made', async () => {
		const nowhere = createPgBackend({ connection: 'postgres://nobody@127.0.0.1:1/none', listen: false });
		const away = createCommandBus(nowhere);
		const attempts: readonly (() => Promise<unknown>)[] = [
			() => away.send(Charge, { cents: 1 }, { replyTo: 'a b' }),
			() => away.get({ domain: 'Payments', commandId: randomUUID() }),
			() => away.get({ domain: 'payments', commandId: 'x' }),
			() => away.list({ domain: `x'; drop schema cb; --` }),
			() => away.list({ commandType: 'a\u0000' }),
			() => away.list({ createdFrom: new Date(-8.64e15) }),
			() => away.listBatches({ createdTo: new Date(8.64e15) }),
			() => away.list({}, { cursor: pageCursor(['9999999-99-99 99:99:99+99', 'payments', randomUUID()]) }),
			() => away.list({}, { limit: 0 }),
			() => away.list({}, { cursor: 'not one of ours' }),
			() => away.createBatch({ commands: [] }),
			() => away.createBatch({ commands: [commandRequest(Charge, { cents: 1 })], name: 'a\u0000' }),
			() => away.cancel({ domain: 'payments', commandId: randomUUID() }, { reason: 'a\u0000' }),
			() => nowhere.domains.create('Payments'),
			() => nowhere.domains.create('p'.repeat(32)),
			() => nowhere.domains.createReplyQueue('a-b'),
		];

		for (const attempt of attempts) {
			await expect(attempt()).rejects.toMatchObject({ code: 'invalid-argument' });
		}
	});

	it('A13 of a domain or a type is refused where the command is defined', () => {
		const define = (domain: string, type: string) => () => defineCommand({ domain, type, data: z.object({}) });
		const refusal = expect.objectContaining({ code: 'definition-invalid' }) as Error;

		expect(define('Payments', 'Charge')).toThrow(refusal);
		expect(define('p'.repeat(32), 'Charge')).toThrow(refusal);
		expect(define('payments', 'Charge it')).toThrow(refusal);
		expect(define('payments', '')).toThrow(refusal);
	});

	it('A6 A17 an unknown domain, reply queue or completion queue is refused, and the message says how to create it', async () => {
		const Lost = defineCommand({ domain: 'nowhere', type: 'Charge', data: z.object({}) });
		const commands = [commandRequest(Charge, { cents: 1 })];

		const ofDomain = await expectRefused('domain-not-found', () => bus.send(Lost, {}));
		const ofReplies = await expectRefused('reply-queue-not-found', () =>
			bus.send(Charge, { cents: 1 }, { replyTo: 'nowhere' }),
		);
		await expectRefused('reply-queue-not-found', () => bus.createBatch({ commands, completionQueue: 'nowhere' }));

		expect(ofDomain).toMatchObject({
			message: expect.stringContaining(`select cb.create_domain('nowhere')`) as string,
		});
		expect(ofReplies).toMatchObject({ message: expect.stringContaining(`createReplyQueue("nowhere")`) as string });
	});
});

describe('a database that is not there', () => {
	it('is tried a bounded number of times, then a StoreError says why and that a repeat may succeed', async () => {
		const options: CommandBusOptions = {};
		const away = createPgBackend({ connection: 'postgres://nobody@127.0.0.1:1/none', listen: false });
		const startedAt = performance.now();

		const attempt = createCommandBus(away, options).send(Charge, { cents: 1 });

		await expect(attempt).rejects.toMatchObject({ code: 'store', reason: 'connection', isRetryable: true });
		expect(performance.now() - startedAt).toBeGreaterThan(400);
		expect(performance.now() - startedAt).toBeLessThan(20_000);
	});
});
