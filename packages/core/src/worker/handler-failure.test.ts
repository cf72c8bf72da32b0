import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from '../bus/define-command.ts';
import { BusinessRuleError, PermanentCommandError, StoreError, TransientCommandError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
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

describe('a handler that fails', () => {
	it('E1 transiently is tried again after its backoff, without a reply', async () => {
		await bed.startWorker(failing(busy));
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({
			status: 'PENDING',
			attempts: 1,
			lastError: { type: 'TRANSIENT', code: 'BUSY', message: 'Busy.', details: { queue: 7 } },
		});
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'FAILED']);
		expect(await subject.messages('payments__commands')).toHaveLength(1);
		expect(await subject.messages(replyTo)).toEqual([]);
	});

	it('E2 is tried again after 10 s and after 60 s', async () => {
		await bed.startWorker(failing(busy), { pollIntervalMs: 100 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const attemptsAfter = async (milliseconds: number): Promise<number> => {
			await bed.pass(milliseconds);
			return (await bed.record(sent)).attempts;
		};

		expect(await attemptsAfter(9_900)).toBe(1);
		expect(await attemptsAfter(300)).toBe(2);
		expect(await attemptsAfter(59_700)).toBe(2);
		expect(await attemptsAfter(400)).toBe(3);
	});

	it('E5 D7 completes on attempt 3 with every receipt and failure in its history', async () => {
		await bed.startWorker(failing(busy, new TypeError('x'), undefined));
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(75_000);

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', attempts: 3, lastError: null });
		expect(await bed.trail(sent)).toEqual([
			...['SENT', 'RECEIVED', 'FAILED', 'RECEIVED', 'FAILED', 'RECEIVED', 'COMPLETED'],
		]);
	});

	it('E6 is parked as exhausted after the third attempt, without a reply', async () => {
		await bed.startWorker(failing(busy));
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await bed.pass(75_000);

		const [parkedEvent] = (await bed.bus.history(sent)).filter(({ type }) => type === 'MOVED_TO_TROUBLESHOOTING_QUEUE');
		expect(await bed.record(sent)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', attempts: 3 });
		expect(parkedEvent?.details).toMatchObject({ reason: 'EXHAUSTED' });
		expect(bed.telemetry.of('command-parked')).toMatchObject([
			{ reason: 'EXHAUSTED', error: { code: 'BUSY' }, attempt: 3 },
		]);
		expect(await subject.messages(replyTo)).toEqual([]);
	});

	it('E7 E8 has as many attempts as its sender said', async () => {
		const backoff = { kind: 'fixed', delaysSeconds: [1] } as const;
		await bed.startWorker(failing(busy), { retry: { backoff } });
		const five = await bed.bus.send(Debit, { cents: 1 }, { retry: { maxAttempts: 5 } });
		const one = await bed.bus.send(Debit, { cents: 1 }, { retry: { maxAttempts: 1 } });
		await bed.pass(20_000);

		expect(await bed.record(five)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', attempts: 5, maxAttempts: 5 });
		expect(await bed.record(one)).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', attempts: 1, maxAttempts: 1 });
	});

	it('takes its retry policy from send, registration, definition and worker, in this order', async () => {
		const said = (maxAttempts: number) => ({
			retry: { maxAttempts, backoff: { kind: 'fixed', delaysSeconds: [0] } } as const,
		});
		const ByDefinition = defineCommand({ domain, type: 'ByDefinition', data: z.object({}), ...said(3) });
		const ByRegistration = defineCommand({ domain, type: 'ByRegistration', data: z.object({}), ...said(3) });
		const fail = (): never => {
			throw busy;
		};
		const handlers = createHandlers().on(Debit, fail).on(ByDefinition, fail).on(ByRegistration, fail, said(4));
		await bed.startWorker(handlers, said(2));

		const sent = [
			await bed.bus.send(ByRegistration, {}, { retry: { maxAttempts: 5 } }),
			await bed.bus.send(ByRegistration, {}),
			await bed.bus.send(ByDefinition, {}),
			await bed.bus.send(Debit, { cents: 1 }),
		];
		await bed.pass(10_000);

		expect(await bed.bus.getMany(sent)).toMatchObject([
			{ attempts: 5 },
			{ attempts: 4 },
			{ attempts: 3 },
			{ attempts: 2 },
		]);
	});

	it('E9 E10 permanently is parked at once, without a reply', async () => {
		await bed.startWorker(failing(new PermanentCommandError('BROKEN', 'Broken.', { part: 1 })));
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({
			status: 'IN_TROUBLESHOOTING_QUEUE',
			attempts: 1,
			lastError: { type: 'PERMANENT', code: 'BROKEN', message: 'Broken.', details: { part: 1 } },
		});
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE']);
		expect(await subject.messages(replyTo)).toEqual([]);
	});

	it('E11 E12 by a business rule has FAILED, and replies FAILED where a reply is wanted', async () => {
		await bed.startWorker(failing(new BusinessRuleError('NO_FUNDS', 'The account is empty.', { missing: 5 })));
		const sent = await bed.bus.send(Debit, { cents: 1 }, { replyTo });
		const silent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(await bed.bus.getMany([sent, silent])).toMatchObject([{ status: 'FAILED' }, { status: 'FAILED' }]);
		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'BUSINESS_RULE_FAILED']);
		expect(await subject.messages(replyTo)).toMatchObject([
			{ body: { command_id: sent.commandId, outcome: 'FAILED', error: { code: 'NO_FUNDS', details: { missing: 5 } } } },
		]);
	});

	it('E4 with anything else is tried again', async () => {
		await bed.startWorker(failing(new RangeError('out of range')));
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({
			status: 'PENDING',
			lastError: { type: 'TRANSIENT', code: 'RANGE_ERROR' },
		});
	});

	it('E14 with a statement time-out is tried again, code STATEMENT_TIMEOUT', async () => {
		await bed.startWorker(failing(new StoreError('Too slow.', { reason: 'statement-timeout', isRetryable: true })));
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING', lastError: { code: 'STATEMENT_TIMEOUT' } });
	});

	it('F10 is redelivered when the failure cannot be dealt with', async () => {
		const explainError = (): never => {
			throw new TypeError('the adapter is broken');
		};
		const backend = { ...bed.backend, explainError };
		await bed.startWorker(failing(new Error('x'), undefined), { backend, leaseSeconds: 10 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		expect(bed.telemetry.of('infrastructure-failed')).toMatchObject([{ operation: 'handle a command' }]);

		await bed.pass(12_000);

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
	});
});
