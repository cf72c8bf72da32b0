import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandRequest } from '../bus/command-request.ts';
import { defineCommand } from '../bus/define-command.ts';
import { isCommandBusError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { HandlerContext } from '../handling/handler.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { InMemorySubject, MemoryTransaction } from '../memory/index.ts';
import { createGate } from '../test-support/gate.ts';
import type { Gate } from '../test-support/gate.ts';
import { Debit, createTestBed } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let subject: InMemorySubject;
let bed: TestBed<MemoryTransaction>;
let gate: Gate;
/** The contexts of the handlers that were started, in order. */
let contexts: HandlerContext<MemoryTransaction>[];

beforeEach(async () => {
	subject = createInMemorySubject();
	bed = await createTestBed(subject.backend);
	gate = createGate();
	contexts = [];
});

const Booking = defineCommand({ domain: 'payments', type: 'Booking', data: z.object({}) });

const blocked = () =>
	createHandlers<MemoryTransaction>().on(Debit, async (_command, context) => {
		contexts.push(context);
		await gate.pass();
	});

describe('the lease of a command that takes long', () => {
	it('C12 is renewed, so that nobody else gets the command meanwhile', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(200_000);
		expect(contexts).toHaveLength(1);

		gate.open();
		await bed.pass();

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
	});

	it('is renewed together with others, at about half its length', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30, concurrency: 5 });
		for (let cents = 0; cents < 5; cents++) await bed.bus.send(Debit, { cents });
		await bed.pass(14_900);
		expect(bed.faults.calls('extend')).toEqual([]);

		await bed.pass(30_200);

		const renewals = bed.faults.calls('extend').map(([, leases]) => leases);
		expect(renewals).toHaveLength(3);
		expect(renewals.every((leases) => Array.isArray(leases) && leases.length === 5)).toBe(true);
	});

	it('is given back when the command has waited for a slot for half of it: another worker may have one', async () => {
		const handlers = createHandlers<MemoryTransaction>().on(Debit, async ({ data }) => {
			if (data.cents === 1) await gate.pass();
		});
		const worker = await bed.startWorker(handlers, { concurrency: 2, readAhead: 20, leaseSeconds: 30 });
		await bed.bus.sendMany([0, 0, 1, 1, 1, 1, 1, 1].map((cents) => commandRequest(Debit, { cents })));
		await bed.pass();
		expect(worker.health()).toMatchObject({ running: 2, inFlight: 6 });

		await bed.pass(20_000);
		expect(worker.health()).toMatchObject({ running: 2, inFlight: 2 });
		await bed.startWorker(createHandlers().on(Debit, () => undefined));
		await bed.pass(1_000);

		const { items } = await bed.bus.list();
		expect(items.filter(({ status }) => status === 'COMPLETED')).toHaveLength(6);
		expect(items.every(({ attempts }) => attempts === 1)).toBe(true);
	});

	it('is renewed while its outcome waits to be stored', async () => {
		await bed.startWorker(blocked(), { concurrency: 1, leaseSeconds: 10 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		bed.faults.fail('settle');
		gate.open();
		await bed.pass(60_000);

		bed.faults.mend('settle');
		await bed.pass(6_000);

		expect(await bed.record(sent)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
		expect(contexts).toHaveLength(1);
	});

	it('is renewed by the handler on request, as long as it likes', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30 });
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		await contexts[0]?.extendLease(600);

		await bed.pass(580_000);

		expect(bed.faults.calls('extend')).toHaveLength(1);
		expect(contexts).toHaveLength(1);
	});

	it('survives a handler that asked for too little', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30 });
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		await contexts[0]?.extendLease(2);

		await bed.pass(60_000);

		expect(contexts).toHaveLength(1);
	});

	it('refuses a length that cannot be', async () => {
		await bed.startWorker(blocked());
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();

		await expect(contexts[0]?.extendLease(0)).rejects.toMatchObject({ code: 'invalid-argument' });
	});
});

describe('a lease that is lost', () => {
	it('C13 is noticed after a pause of the process: the signal is aborted and the outcome dropped', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30, readAhead: 0, concurrency: 1 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		await takeAway(sent.commandId);

		await bed.pass(16_000);

		const [context] = contexts;
		expect(context?.signal.aborted).toBe(true);
		expect(isCommandBusError(context?.signal.reason, 'lease-lost')).toBe(true);
		expect(bed.telemetry.of('lease-lost')).toMatchObject([{ commandId: sent.commandId, attempt: 1 }]);
		await expect(context?.extendLease()).rejects.toMatchObject({ code: 'lease-lost' });
		gate.open();
		await bed.pass();
		expect(bed.telemetry.of('lease-lost')).toHaveLength(1);
		expect(bed.telemetry.of('handler-ended')).toMatchObject([{ outcome: 'aborted' }]);
		expect(bed.faults.calls('settle')).toEqual([]);
	});

	it('D4 changes nothing when the handler answers after another worker did', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30, readAhead: 0, concurrency: 1 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		await takeAway(sent.commandId);
		const trail = await bed.trail(sent);

		gate.open();
		await bed.pass();

		expect(await bed.trail(sent)).toEqual(trail);
		expect(bed.telemetry.of('lease-lost')).toHaveLength(1);
	});

	it('is not assumed while a call that ends it is under way: only that call knows', async () => {
		const handlers = createHandlers<MemoryTransaction>()
			.on(Debit, () => undefined)
			.on(Booking, (_command, { transaction }) => transaction(() => Promise.resolve()));
		await bed.startWorker(handlers, { leaseSeconds: 30 });
		const answers = ['settle', 'completeInTransaction'].map((method) => bed.faults.holdAnswer(method));
		const settled = await bed.bus.send(Debit, { cents: 1 });
		const inTransaction = await bed.bus.send(Booking, {});
		await bed.pass(20_000);
		expect(bed.faults.calls('extend').length).toBeGreaterThan(1);
		expect(bed.faults.calls('extend').length).toBeLessThan(15);

		for (const release of answers) release();
		await bed.pass();

		expect(await bed.bus.getMany([settled, inTransaction])).toMatchObject([
			{ status: 'COMPLETED' },
			{ status: 'COMPLETED' },
		]);
		expect(bed.telemetry.of('lease-lost')).toEqual([]);
		expect(bed.telemetry.of('handler-ended').map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
	});

	it('is assumed when it has certainly ended and the store cannot be asked', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30 });
		await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		bed.faults.fail('extend');

		await bed.pass(29_900);
		expect(contexts[0]?.signal.aborted).toBe(false);
		await bed.pass(6_000);

		expect(contexts[0]?.signal.aborted).toBe(true);
	});

	it('is told to a handler that asks for more time', async () => {
		await bed.startWorker(blocked(), { leaseSeconds: 30, readAhead: 0, concurrency: 1 });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass();
		await takeAway(sent.commandId);

		await expect(contexts[0]?.extendLease()).rejects.toMatchObject({ code: 'lease-lost' });
		expect(contexts[0]?.signal.aborted).toBe(true);
	});

	/** Settles the command as another worker would that got it after its lease had run out. */
	async function takeAway(commandId: string): Promise<void> {
		const { messageId } = await bed.record({ domain: 'payments', commandId });
		await subject.backend.commands.settle('payments', [
			{ kind: 'complete', lease: { commandId, messageId, attempt: 1 }, result: null },
		]);
	}
});

describe('a handler past its maximum run time', () => {
	it('G3 is counted once, told to stop, answered for, and keeps its slot until it ends', async () => {
		const backoff = { kind: 'fixed', delaysSeconds: [3_600] } as const;
		const worker = await bed.startWorker(blocked(), { maxRunSeconds: 60, concurrency: 1, retry: { backoff } });
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const next = await bed.bus.send(Debit, { cents: 2 });
		await bed.pass(59_900);
		expect(contexts[0]?.signal.aborted).toBe(false);
		await bed.pass(200);

		expect(contexts[0]?.signal.aborted).toBe(true);
		expect(await bed.record(sent)).toMatchObject({
			status: 'PENDING',
			lastError: { type: 'TRANSIENT', code: 'HANDLER_TIMEOUT' },
		});
		await bed.pass(120_000);
		expect(bed.telemetry.of('handler-timed-out')).toMatchObject([{ commandId: sent.commandId, maxRunSeconds: 60 }]);
		expect(worker.health()).toMatchObject({ running: 1, stuckHandlers: 1, state: 'healthy' });
		expect(await bed.record(next)).toMatchObject({ status: 'PENDING', attempts: 0 });

		gate.open();
		await bed.pass();
		expect(worker.health()).toMatchObject({ stuckHandlers: 0 });
		expect(await bed.record(sent)).toMatchObject({ status: 'PENDING', attempts: 1 });
		expect(await bed.record(next)).toMatchObject({ status: 'COMPLETED' });
	});

	it('G3 that gives up at once is no second failure', async () => {
		await bed.startWorker(
			createHandlers().on(Debit, async (_command, { signal }) => {
				await new Promise((_resolve, reject) => {
					signal.addEventListener('abort', () => {
						reject(new TypeError('aborted'));
					});
				});
			}),
			{ maxRunSeconds: 5 },
		);
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.pass(6_000);

		expect(await bed.trail(sent)).toEqual(['SENT', 'RECEIVED', 'FAILED']);
		expect(bed.telemetry.of('handler-ended')).toMatchObject([{ outcome: 'aborted' }]);
	});
});
