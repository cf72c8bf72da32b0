import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from '../bus/define-command.ts';
import { TransientCommandError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { Command, HandlerContext } from '../handling/handler.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import type { Logger } from '../ports/telemetry.ts';
import { Debit, createTestBed, domain, replyTo } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
});

/** A handler that throws what it is given for the attempt, and returns where that is `undefined`. */
function failing(...errors: readonly (Error | undefined)[]) {
	return createHandlers<MemoryTransaction>().on(Debit, (_command, { attempt }) => {
		const error = errors[Math.min(attempt, errors.length) - 1];
		if (error !== undefined) throw error;
		return { done: attempt };
	});
}

const busy = new TransientCommandError('BUSY', 'Busy.', { queue: 7 });

describe('a command that is handled', () => {
	it('D1 D2 completes with what the handler returned, and replies with it', async () => {
		await bed.startWorker(failing(undefined));
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { done: 1 } });
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'COMPLETED']);
		expect(await subject.messages(replyTo)).toMatchObject([
			{ body: { outcome: 'SUCCESS', data: { done: 1 }, correlation_id: sent.correlationId } },
		]);
		expect(await subject.messages('payments__commands')).toEqual([]);
	});

	it('completes with null when the handler returns nothing', async () => {
		await bed.startWorker(createHandlers().on(Debit, () => undefined));
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', result: null });
	});

	it('gives the handler everything about its command and its attempt', async () => {
		const seen: [Command<{ cents: number }>, HandlerContext][] = [];
		await bed.startWorker(
			createHandlers().on(Debit, (command, context) => void seen.push([command, context])),
			{ workerId: 'w1', retry: { maxAttempts: 9 } },
		);
		const sent = await bed.bus.send(Debit, { cents: 5 }, { replyTo, headers: { tenant: 'a' } });
		await bed.pass();

		const [command, context] = seen[0] ?? [];
		expect(command).toMatchObject({
			...{ domain, commandId: sent.commandId, correlationId: sent.correlationId },
			...{ data: { cents: 5 }, commandType: 'Debit', replyTo, headers: { tenant: 'a' }, generation: 1 },
			...{ causationId: null, batchId: null },
		});
		expect(context).toMatchObject({ attempt: 1, maxAttempts: 9, isRedelivered: false, workerId: 'w1' });
		expect(context?.signal.aborted).toBe(false);
	});

	it('lets the handler take members out of its context', async () => {
		const Child = defineCommand({ domain, type: 'Child', data: z.object({}) });
		await bed.startWorker(
			createHandlers()
				.on(Debit, async (_command, { send, extendLease, logger }) => {
					logger.info({}, 'silent without a logger');
					await extendLease(60);
					return { ...(await send(Child, {})) };
				})
				.on(Child, () => undefined),
		);
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		const { items } = await bed.bus.list({ commandType: 'Child' });
		expect(items).toMatchObject([
			{ causationId: sent.commandId, correlationId: sent.correlationId, status: 'COMPLETED' },
		]);
	});

	it('gives the handler a logger whose lines say which command they are about', async () => {
		const lines: object[] = [];
		const write = (fields: object): void => void lines.push(fields);
		const logger: Logger = { debug: write, info: write, warn: write, error: write };
		await bed.startWorker(
			createHandlers().on(Debit, (_command, context) => {
				context.logger.info({ step: 1 }, 'booked');
			}),
			{ logger },
		);
		const { commandId, correlationId } = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(lines).toEqual([{ domain, commandId, correlationId, attempt: 1, step: 1 }]);
	});

	it('stores the output of the result schema, and parks a result that violates it', async () => {
		const result = z.object({ balance: z.int(), currency: z.string().default('EUR') });
		const Book = defineCommand({ domain, type: 'Book', data: z.object({ balance: z.number() }), result });
		await bed.startWorker(createHandlers().on(Book, ({ data }) => data));

		const fine = await bed.bus.send(Book, { balance: 1 });
		const wrong = await bed.bus.send(Book, { balance: 1.5 });
		await bed.pass();

		expect(await bed.record(fine)).toMatchObject({ result: { balance: 1, currency: 'EUR' } });
		expect(await bed.record(wrong)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastError: { type: 'PERMANENT', code: 'RESULT_INVALID', details: { issues: [{ path: '$.balance' }] } },
		});
	});

	it('tells telemetry how it went', async () => {
		await bed.startWorker(failing(busy, undefined));
		const { commandId } = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(11_000);

		expect(bed.telemetry.of('handler-started')).toMatchObject([{ commandId, attempt: 1 }, { attempt: 2 }]);
		expect(bed.telemetry.of('handler-ended')).toMatchObject([
			{ commandId, outcome: 'retry-later', error: { code: 'BUSY' } },
			{ commandId, outcome: 'completed' },
		]);
		expect(bed.telemetry.of('commands-settled').map(({ count }) => count)).toEqual([1, 1]);
	});
});

describe('a command that cannot be handled', () => {
	it('E13 is parked when nobody handles its type, with a warning and without retries', async () => {
		const Unknown = defineCommand({ domain, type: 'Unknown', data: z.object({}) });
		await bed.startWorker(failing(undefined));
		const sent = await bed.bus.send(Unknown, {});
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			attempts: 1,
			lastError: { type: 'PERMANENT', code: 'HANDLER_NOT_FOUND' },
		});
		expect(bed.telemetry.of('handler-not-found')).toMatchObject([
			{ commandType: 'Unknown', commandId: sent.commandId },
		]);
	});

	it('is put back for another version of the service, so many times and without an attempt', async () => {
		const Unknown = defineCommand({ domain, type: 'Unknown', data: z.object({}) });
		await bed.startWorker(createHandlers({ onUnknownType: { deferSeconds: 5, maxDeferrals: 2 } }));
		const sent = await bed.bus.send(Unknown, {});
		await bed.pass();
		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING', attempts: 0 });
		expect(bed.telemetry.of('handler-not-found')).toHaveLength(1);

		await bed.pass(6_100);
		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING', attempts: 0 });
		await bed.pass(6_100);

		expect(await bed.record(sent)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastError: { code: 'HANDLER_NOT_FOUND' },
		});
		expect(bed.telemetry.of('handler-not-found')).toHaveLength(3);
	});

	it('is parked when its payload does not match the schema of its handler', async () => {
		const OldDebit = defineCommand({ domain, type: 'Debit', data: z.object({ amount: z.string() }) });
		let runs = 0;
		await bed.startWorker(createHandlers().on(Debit, () => void (runs += 1)));
		const sent = await bed.bus.send(OldDebit, { amount: '1' });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastError: { type: 'PERMANENT', code: 'PAYLOAD_INVALID', details: { issues: [{ path: '$.cents' }] } },
		});
		expect(runs).toBe(0);
	});

	it('C10 is parked by the receive that finds its attempts used up, and telemetry hears of it', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 }, { retry: { maxAttempts: 1 } });
		await bed.startWorker(
			createHandlers().on(Debit, () => new Promise(() => undefined)),
			{ leaseSeconds: 5 },
		);
		await bed.pass();
		bed.faults.fail('extend');
		await bed.pass(20_000);

		expect(await bed.record(sent)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			lastError: { code: 'EXHAUSTED_BY_REDELIVERY' },
		});
		expect(bed.telemetry.of('command-parked')).toMatchObject([{ reason: 'EXHAUSTED_BY_REDELIVERY', attempt: 1 }]);
	});

	it('C7 is rejected by the receive when nobody knows it, and telemetry hears of it', async () => {
		await subject.putMessage('payments__commands', { hello: 'world' });
		await bed.startWorker(failing(undefined));
		await bed.pass();

		expect(bed.telemetry.of('message-rejected')).toMatchObject([{ queue: 'payments__commands' }]);
	});
});

describe('tracing', () => {
	it('runs the handler as a part of the trace its headers carry', async () => {
		const traced: unknown[] = [];
		const telemetry = {
			emit: () => undefined,
			carry: () => ({}),
			trace: <Result>(headers: object, work: { kind: string }, run: () => Promise<Result>): Promise<Result> => {
				traced.push([work.kind, headers]);
				return run();
			},
		};
		await bed.startWorker(failing(undefined), { telemetry });
		await bed.bus.send(Debit, { cents: 1 }, { headers: { traceparent: 't' } });
		await bed.pass();

		expect(traced).toEqual([['consumer', { traceparent: 't' }]]);
	});

	it('never changes what happens to a command', async () => {
		const broken = (): never => {
			throw new TypeError('tracing is broken');
		};
		await bed.startWorker(failing(busy, undefined), { telemetry: { emit: broken, carry: broken, trace: broken } });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(11_000);

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
	});
});
