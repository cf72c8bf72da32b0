import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from '../bus/define-command.ts';
import { PermanentCommandError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { HandlerContext } from '../handling/handler.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { createGate } from '../test-support/gate.ts';
import { Debit, createTestBed, domain, replyTo } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;
const Booked = defineCommand({ domain, type: 'Booked', data: z.object({ cents: z.int() }) });

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
});

type Context = HandlerContext<MemoryTransaction>;

/** A worker whose handler books by sending a command in its transaction: what a business row would be in PostgreSQL. */
async function book(run: (context: Context, write: (tx: MemoryTransaction) => Promise<unknown>) => unknown) {
	const handlers = createHandlers<MemoryTransaction>()
		.on(Debit, async (command, context) => {
			await run(context, (tx) => context.send(Booked, command.data, { tx, delaySeconds: 86_400 }));
		})
		.on(Booked, () => undefined);
	await bed.startWorker(handlers, { leaseSeconds: 30 });
	const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
	await bed.pass();
	return sent;
}

async function bookedCount(): Promise<number> {
	return (await bed.bus.list({ commandType: 'Booked' })).items.length;
}

describe('context.transaction', () => {
	it('D9 completes the command together with what was written', async () => {
		const sent = await book(({ transaction }, write) =>
			transaction(async (tx) => {
				await write(tx);
				return { balance: 5 };
			}),
		);

		expect(await bookedCount()).toBe(1);
		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', result: { balance: 5 } });
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		expect(await subject.messages(replyTo)).toMatchObject([{ body: { data: { balance: 5 } } }]);
		expect(bed.faults.calls('settle')).toEqual([]);
		expect(bed.telemetry.of('handler-ended')).toMatchObject([{ outcome: 'completed' }]);
	});

	it('D9 writes nothing when the work fails, and the failure decides', async () => {
		const sent = await book(({ transaction }, write) =>
			transaction(async (tx) => {
				await write(tx);
				throw new PermanentCommandError('BROKEN', 'Broken.');
			}),
		);

		expect(await bookedCount()).toBe(0);
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', lastError: { code: 'BROKEN' } });
	});

	it('D9 writes nothing when the lease is lost meanwhile; the next attempt does', async () => {
		const gate = createGate();
		const sent = await book(({ transaction }, write) =>
			transaction(async (tx) => {
				await write(tx);
				await gate.pass();
			}),
		);
		bed.faults.fail('extend');
		await subject.backend.clock.advance(31_000);
		expect(await bookedCount()).toBe(0);
		gate.open();
		await bed.pass();

		expect(bed.telemetry.of('lease-lost')).toMatchObject([{ commandId: sent.commandId, attempt: 1 }]);
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'RECEIVED', 'COMPLETED']);
		expect(await bookedCount()).toBe(1);
	});

	it('checks the result against its schema before the commit', async () => {
		const Strict = defineCommand({
			domain,
			type: 'Strict',
			data: z.object({}),
			result: z.object({ balance: z.int() }),
		});
		const handlers = createHandlers<MemoryTransaction>().on(Strict, (_command, { transaction, send }) =>
			transaction(async (tx) => {
				await send(Booked, { cents: 1 }, { tx });
				return { balance: 0.5 };
			}),
		);
		await bed.startWorker(handlers);
		const sent = await bed.bus.send(Strict, {});
		await bed.pass();

		expect(await bookedCount()).toBe(0);
		expect(await bed.record(sent)).toMatchObject({ lastError: { type: 'PERMANENT', code: 'RESULT_INVALID' } });
	});

	it('is waited for when the handler did not', async () => {
		const gate = createGate();
		const sent = await book(({ transaction }, write) => {
			void transaction(async (tx) => {
				await gate.pass();
				await write(tx);
				return 'late';
			});
		});
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_PROGRESS' });

		gate.open();
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', result: 'late' });
	});

	it('decides also when the handler did not wait for it and it fails', async () => {
		const gate = createGate();
		const sent = await book(({ transaction }, write) => {
			void transaction(async (tx) => {
				await write(tx);
				await gate.pass();
				throw new PermanentCommandError('BROKEN', 'Broken.');
			});
		});
		gate.open();
		await bed.pass();

		expect(await bookedCount()).toBe(0);
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', lastError: { code: 'BROKEN' } });
	});

	it('does not hide what the handler threw while it was open', async () => {
		const sent = await book(({ transaction }) => {
			void transaction(() => Promise.reject(new TypeError('of the transaction')));
			throw new PermanentCommandError('OWN', 'Of the handler.');
		});

		expect(await bed.record(sent)).toMatchObject({ lastError: { code: 'OWN' } });
	});

	it('refuses a second one, also while the first is open', async () => {
		const errors: unknown[] = [];
		const sent = await book(async ({ transaction }, write) => {
			const first = transaction(write);
			await transaction(write).catch((error: unknown) => errors.push(error));
			await first;
			await transaction(write).catch((error: unknown) => errors.push(error));
		});

		expect(errors).toMatchObject([{ code: 'invalid-operation' }, { code: 'invalid-operation', status: 'COMPLETED' }]);
		expect(await bookedCount()).toBe(1);
		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED' });
	});

	it('may be tried again after it failed', async () => {
		const sent = await book(async ({ transaction }, write) => {
			await transaction(() => Promise.reject(new TypeError('once'))).catch(() => undefined);
			return transaction(write);
		});

		expect(await bookedCount()).toBe(1);
		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED' });
	});

	it.each([
		['throws', () => Promise.reject(new TypeError('too late'))],
		['returns something else', () => Promise.resolve('else')],
	])('stands when the handler %s afterwards, which is reported', async (_what, afterwards) => {
		const handlers = createHandlers<MemoryTransaction>().on(Debit, async (_command, { transaction }) => {
			await transaction(() => Promise.resolve('committed'));
			return afterwards();
		});
		await bed.startWorker(handlers);
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', result: 'committed', attempts: 1 });
		expect(bed.telemetry.of('infrastructure-failed')).toMatchObject([
			{ operation: 'conclude after a transaction', error: { code: 'invalid-operation' } },
		]);
	});

	it('D3 rolls everything back when the reply queue is gone; the command is parked, not run again', async () => {
		const gate = createGate();
		const sent = await book(async ({ transaction }, write) => {
			await gate.pass();
			return transaction(write);
		});
		await subject.dropQueue(replyTo);
		gate.open();
		await bed.pass(120_000);

		expect(await bookedCount()).toBe(0);
		expect(await bed.record(sent)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			attempts: 1,
			lastError: { type: 'PERMANENT', code: 'REPLY_QUEUE_NOT_FOUND' },
		});
		expect(bed.telemetry.of('reply-undeliverable')).toMatchObject([{ commandId: sent.commandId, replyTo }]);
	});

	it('is told apart from a failure of the work that looks the same', async () => {
		const sent = await book(({ transaction, send }) =>
			transaction((tx) => send(Booked, { cents: 1 }, { tx, replyTo: 'nowhere' })),
		);

		expect(await bed.record(sent)).toMatchObject({
			status: 'PENDING',
			lastError: { type: 'TRANSIENT', code: 'REPLY_QUEUE_NOT_FOUND' },
		});
		expect(bed.telemetry.of('reply-undeliverable')).toEqual([]);
	});

	it('D10 that commits although its answer is lost is not undone', async () => {
		bed.faults.fail('completeInTransaction', { takesEffect: true, times: 1 });
		const sent = await book(({ transaction }, write) => transaction(write));
		await bed.pass(60_000);

		expect(await bookedCount()).toBe(1);
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		expect(await subject.messages(replyTo)).toHaveLength(1);
	});

	it('is refused once the run time is over, also while that is not stored yet', async () => {
		const gate = createGate();
		const errors: unknown[] = [];
		const handlers = createHandlers<MemoryTransaction>().on(Debit, async (_command, { transaction }) => {
			await gate.pass();
			await transaction(() => Promise.resolve()).catch((error: unknown) => errors.push(error));
		});
		await bed.startWorker(handlers, { maxRunSeconds: 5 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		bed.faults.fail('settle');
		await bed.pass(5_500);
		gate.open();
		await bed.pass();
		bed.faults.mend('settle');
		await bed.pass(5_000);

		expect(errors).toMatchObject([{ code: 'lease-lost' }]);
		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING', lastError: { code: 'HANDLER_TIMEOUT' } });
	});
});
