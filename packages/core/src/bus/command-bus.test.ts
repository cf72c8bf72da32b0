import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { Debit, createTestBed, domain, replyTo } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import { createCommandBus } from './command-bus.ts';
import { commandRequest } from './command-request.ts';
import type { CommandOptions } from './command-request.ts';
import { defineCommand } from './define-command.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
});

const id = '018f3c2e-0000-7000-8000-000000000001';

async function bodies(): Promise<readonly unknown[]> {
	return (await subject.messages('payments__commands')).map(({ body }) => body);
}

describe('send', () => {
	it('A5 decides one correlation id for row, message and audit', async () => {
		const receipt = await bed.bus.send(Debit, { cents: 1 });

		const [sent] = await bed.bus.history(receipt);
		expect(await bodies()).toMatchObject([{ correlation_id: receipt.correlationId }]);
		expect(await bed.record(receipt)).toMatchObject({ correlationId: receipt.correlationId, status: 'PENDING' });
		expect(sent?.details).toMatchObject({ correlationId: receipt.correlationId });
	});

	it('A5 decides one correlation id per command of sendMany and createBatch, too', async () => {
		const requests = [commandRequest(Debit, { cents: 1 }), commandRequest(Debit, { cents: 2 })];

		const many = await bed.bus.sendMany(requests);
		const batch = await bed.bus.createBatch({ commands: requests });

		const receipts = [...many, ...batch.commands];
		expect(await bodies()).toMatchObject(receipts.map(({ correlationId }) => ({ correlation_id: correlationId })));
		expect(await bed.bus.getMany(receipts)).toMatchObject(receipts.map(({ correlationId }) => ({ correlationId })));
		expect(new Set(receipts.map(({ correlationId }) => correlationId)).size).toBe(4);
	});

	it('stores everything a sender may say', async () => {
		const correlationId = '018f3c2e-0000-7000-8000-000000000002';
		const causationId = '018f3c2e-0000-7000-8000-000000000003';

		const receipt = await bed.bus.send(
			Debit,
			{ cents: 1 },
			{ commandId: id.toUpperCase(), correlationId, causationId, replyTo, retry: { maxAttempts: 7 } },
		);

		expect(receipt).toEqual({ domain, commandId: id, correlationId, isDuplicate: false });
		expect(await bed.record(receipt)).toMatchObject({ commandId: id, causationId, replyTo, maxAttempts: 7 });
	});

	it('stores the output of the schema, not its input', async () => {
		const Trim = defineCommand({
			domain,
			type: 'Trim',
			data: z.object({ name: z.string().trim(), n: z.int().default(3) }),
		});

		await bed.bus.send(Trim, { name: ' a ' });

		expect(await bodies()).toMatchObject([{ data: { name: 'a', n: 3 } }]);
	});

	it('waits for a schema that is asynchronous', async () => {
		const known = z.string().refine((text) => Promise.resolve(text === 'known'));
		const Late = defineCommand({ domain, type: 'Late', data: z.object({ name: known }) });

		await bed.bus.send(Late, { name: 'known' });

		await expect(bed.bus.send(Late, { name: 'else' })).rejects.toMatchObject({ code: 'payload-invalid' });
		expect(await bodies()).toHaveLength(1);
	});

	it('A11 A12 stores with the transaction of the caller, or not at all', async () => {
		const rolledBack = subject.transaction(async (tx) => {
			await bed.bus.send(Debit, { cents: 1 }, { tx });
			throw new TypeError('roll back');
		});
		await expect(rolledBack).rejects.toThrow('roll back');
		expect(await bodies()).toEqual([]);

		const receipt = await subject.transaction((tx) => bed.bus.send(Debit, { cents: 2 }, { tx }));

		expect(await bodies()).toMatchObject([{ command_id: receipt.commandId }]);
	});

	it('A18 returns the receipt of the existing command when told so', async () => {
		const first = await bed.bus.send(Debit, { cents: 1 }, { commandId: id });

		const again = await bed.bus.send(Debit, { cents: 1 }, { commandId: id, onDuplicate: 'return-existing' });

		expect(again).toEqual({ ...first, isDuplicate: true });
		expect(await bodies()).toHaveLength(1);
	});

	it('A7 A10 refuses the same id otherwise, also when both are sent at once', async () => {
		const both = await Promise.allSettled([
			bed.bus.send(Debit, { cents: 1 }, { commandId: id }),
			bed.bus.send(Debit, { cents: 2 }, { commandId: id }),
		]);

		expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
		expect(both[1]).toMatchObject({ reason: { code: 'duplicate-command', domain, commandId: id } });
	});

	it('A6 A17 refuses an unknown domain and an unknown reply queue by name', async () => {
		const Elsewhere = defineCommand({ domain: 'elsewhere', type: 'Go', data: z.object({}) });

		await expect(bed.bus.send(Elsewhere, {})).rejects.toMatchObject({ code: 'domain-not-found', domain: 'elsewhere' });
		await expect(bed.bus.send(Debit, { cents: 1 }, { replyTo: 'nowhere' })).rejects.toMatchObject({
			code: 'reply-queue-not-found',
			replyTo: 'nowhere',
		});
		expect(await bodies()).toEqual([]);
	});

	it('carries the headers of the current trace; those of the sender win', async () => {
		const telemetry = { emit: () => undefined, carry: () => ({ traceparent: 'ours', tenant: 'none' }) };
		const bus = createCommandBus(bed.backend, { telemetry });

		await bus.send(Debit, { cents: 1 }, { headers: { tenant: 'a' } });

		const [command] = (
			await bed.backend.commands.receive({
				domain,
				workerId: 'w',
				limit: 1,
				leaseSeconds: 1,
				maxAttemptsByType: {},
				defaultMaxAttempts: 3,
				exhausted: { error: { type: 'TRANSIENT', code: 'X', message: '', details: null }, fingerprint: '' },
			})
		).commands;
		expect(command?.headers).toMatchObject({ traceparent: 'ours', tenant: 'a' });
	});

	it('sends also when tracing fails', async () => {
		const broken = (): never => {
			throw new TypeError('tracing is broken');
		};
		const bus = createCommandBus(bed.backend, { telemetry: { emit: broken, carry: broken, trace: broken } });

		await bus.send(Debit, { cents: 1 });

		expect(await bodies()).toHaveLength(1);
	});
});

describe('bad input is refused by name before the store is asked', () => {
	const cyclic: { self?: unknown } = {};
	cyclic.self = cyclic;
	const Free = defineCommand({ domain, type: 'Free', data: z.object({ free: z.unknown() }) });

	it('A16 a payload that violates its schema, with the paths', async () => {
		const Order = defineCommand({
			domain,
			type: 'Order',
			data: z.object({ lines: z.array(z.object({ cents: z.int() })) }),
		});

		const refused = bed.bus.send(Order, { lines: [{ cents: 1 }, { cents: 1.5 }] });

		await expect(refused).rejects.toMatchObject({ code: 'payload-invalid', issues: [{ path: '$.lines[1].cents' }] });
		expect(bed.faults.calls('accept')).toEqual([]);
	});

	it.each([
		['a bigint', 1n],
		['a date', new Date(0)],
		['NaN', Number.NaN],
		['U+0000', 'a\u0000b'],
		['a lone surrogate', '\ud800'],
		['a cycle', cyclic],
		['undefined in an array', [undefined]],
	])('%s has no JSON form', async (_what, free) => {
		await expect(bed.bus.send(Free, { free })).rejects.toMatchObject({ code: 'payload-invalid' });
		expect(bed.faults.calls('accept')).toEqual([]);
	});

	it('a payload above the limit', async () => {
		const bus = createCommandBus(bed.backend, { maxPayloadBytes: 20 });

		await bus.send(Free, { free: 'ääääa' });
		const refused = bus.send(Free, { free: 'äääää' });

		await expect(refused).rejects.toMatchObject({ code: 'payload-too-large', bytes: 21, limitBytes: 20 });
		expect(bed.faults.calls('accept')).toHaveLength(1);
	});

	it.each<[string, CommandOptions]>([
		['a command id that is no UUID', { commandId: 'one' }],
		['a correlation id that is no UUID', { correlationId: '1' }],
		['A13 an illegal queue name', { replyTo: 'Robert"; drop table' }],
		['a negative delay', { delaySeconds: -1 }],
		['a delay and a due time', { delaySeconds: 1, dueAt: new Date() }],
		['an invalid due time', { dueAt: new Date(Number.NaN) }],
		['no attempts', { retry: { maxAttempts: 0 } }],
		['a backoff without delays', { retry: { backoff: { kind: 'fixed', delaysSeconds: [] } } }],
		['a reserved header', { headers: { cb_attempts: '1' } }],
		['a header that cannot be stored', { headers: { tenant: '\u0000' } }],
	])('%s', async (_what, options) => {
		await expect(bed.bus.send(Debit, { cents: 1 }, options)).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(bed.faults.calls('accept')).toEqual([]);
	});

	it('an address that can name nothing', async () => {
		await expect(bed.bus.get({ domain: 'Payments', commandId: id })).rejects.toMatchObject({
			code: 'invalid-argument',
		});
		await expect(bed.bus.history({ domain, commandId: 'x' })).rejects.toMatchObject({ code: 'invalid-argument' });
		await expect(bed.bus.list({}, { limit: 0 })).rejects.toMatchObject({ code: 'invalid-argument' });
		await expect(bed.bus.list({}, { cursor: 'a', offset: 1 })).rejects.toMatchObject({ code: 'invalid-argument' });
	});

	it('options of a bus that cannot work', () => {
		expect(() => createCommandBus(bed.backend, { maxPayloadBytes: -1 })).toThrow(ConfigurationError);
	});
});

describe('createBatch', () => {
	const member = (cents: number) => commandRequest(Debit, { cents });

	it('B2 stores name and data, and all members in order', async () => {
		const batch = await bed.bus.createBatch({
			commands: [member(1), member(2)],
			batchId: id,
			name: 'payroll',
			customData: { month: 11 },
		});

		const members = await bed.bus.batchMembers(batch);
		expect(await bed.bus.getBatch(batch)).toMatchObject({ name: 'payroll', customData: { month: 11 }, totalCount: 2 });
		expect(members.items.map(({ commandId }) => commandId)).toEqual(batch.commands.map(({ commandId }) => commandId));
		expect((await bed.bus.listBatches({ domain })).items).toMatchObject([{ batchId: id }]);
	});

	it('B3 refuses an empty list', async () => {
		await expect(bed.bus.createBatch({ commands: [] })).rejects.toMatchObject({ code: 'invalid-argument' });
	});

	it('refuses members of several domains, and members that may exist already', async () => {
		const Other = defineCommand({ domain: 'reports', type: 'Go', data: z.object({}) });
		const mixed = bed.bus.createBatch({ commands: [member(1), commandRequest(Other, {})] });
		const lenient = bed.bus.createBatch({
			commands: [commandRequest(Debit, { cents: 1 }, { onDuplicate: 'return-existing' })],
		});

		await expect(mixed).rejects.toMatchObject({ code: 'invalid-argument' });
		await expect(lenient).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(bed.faults.calls('open')).toEqual([]);
	});

	it('B4 B5 names the command that exists already, and stores nothing', async () => {
		const existing = await bed.bus.send(Debit, { cents: 1 });
		const repeated = commandRequest(Debit, { cents: 2 }, { commandId: existing.commandId });

		const refused = bed.bus.createBatch({ commands: [member(1), repeated], batchId: id });

		await expect(refused).rejects.toMatchObject({ code: 'duplicate-command', commandId: existing.commandId });
		expect(await bed.bus.getBatch({ domain, batchId: id })).toBeUndefined();
		expect(await bodies()).toHaveLength(1);
	});

	it('refuses a batch id that exists, and an unknown completion queue', async () => {
		await bed.bus.createBatch({ commands: [member(1)], batchId: id });

		const again = bed.bus.createBatch({ commands: [member(1)], batchId: id });
		const nowhere = bed.bus.createBatch({ commands: [member(1)], completionQueue: 'nowhere' });

		await expect(again).rejects.toMatchObject({ code: 'duplicate-batch' });
		await expect(nowhere).rejects.toMatchObject({ code: 'reply-queue-not-found', replyTo: 'nowhere' });
	});

	it('A16 names the position of an invalid payload', async () => {
		const refused = bed.bus.createBatch({ commands: [member(1), member(0.5)] });

		await expect(refused).rejects.toMatchObject({ code: 'payload-invalid', issues: [{ path: '$[1].cents' }] });
	});
});

describe('close', () => {
	it('stores what is on its way and refuses what comes later', async () => {
		const onItsWay = bed.bus.send(Debit, { cents: 1 });

		await bed.bus.close();

		expect(await bed.record(await onItsWay)).toMatchObject({ status: 'PENDING' });
		await expect(bed.bus.send(Debit, { cents: 2 })).rejects.toMatchObject({
			code: 'invalid-operation',
			status: 'closed',
		});
	});
});
