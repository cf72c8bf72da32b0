import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isCommandBusError } from '../errors.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { MemoryTransaction } from '../memory/index.ts';
import { connectionLost } from '../test-support/faulty-backend.ts';
import { Debit, createTestBed, turns } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';
import { createCommandBus } from './command-bus.ts';
import { defineCommand } from './define-command.ts';
import type { Receipt } from './receipt.ts';

let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	bed = await createTestBed(createInMemorySubject().backend);
});

function sendAtOnce(count: number): Promise<readonly Receipt[]> {
	return Promise.all(Array.from({ length: count }, (_, cents) => bed.bus.send(Debit, { cents })));
}

/** How many commands each call of the store took. */
function setSizes(): readonly unknown[] {
	return bed.faults.calls('accept').map(([commands]) => (Array.isArray(commands) ? commands.length : commands));
}

describe('coalescing', () => {
	it('stores what a few concurrent callers send in one transaction', async () => {
		await sendAtOnce(8);

		expect(setSizes()).toEqual([8]);
	});

	it('shares what many concurrent callers send among two transactions, so that one is prepared while the other is stored', async () => {
		const receipts = await sendAtOnce(50);

		expect(setSizes()).toEqual([25, 25]);
		expect(await bed.bus.getMany(receipts)).toMatchObject(receipts.map(({ commandId }) => ({ commandId })));
	});

	it('lets sends gather while two transactions are under way', async () => {
		const release = bed.faults.hold('accept');

		const first = sendAtOnce(1);
		await turns();
		const second = sendAtOnce(1);
		await turns();
		const rest = Promise.all([sendAtOnce(20), sendAtOnce(20)]);
		await turns();
		expect(setSizes()).toEqual([1, 1]);
		release();
		await Promise.all([first, second, rest]);

		expect(setSizes()).toEqual([1, 1, 20, 20]);
	});

	it('keeps a transaction within its bounds', async () => {
		const bus = createCommandBus(bed.backend, { coalescing: { maxSize: 3, maxInFlight: 1 } });

		await Promise.all(Array.from({ length: 7 }, (_, cents) => bus.send(Debit, { cents })));

		expect(setSizes()).toEqual([3, 3, 1]);
	});

	it('lets one bad command fail alone', async () => {
		const Elsewhere = defineCommand({ domain: 'elsewhere', type: 'Go', data: z.object({}) });
		const [first] = await sendAtOnce(1);

		const outcomes = await Promise.allSettled([
			bed.bus.send(Debit, { cents: 1 }),
			bed.bus.send(Elsewhere, {}),
			bed.bus.send(Debit, { cents: 2 }, { commandId: first?.commandId }),
			bed.bus.send(Debit, { cents: 3 }, { replyTo: 'nowhere' }),
			bed.bus.send(Debit, { cents: 4 }),
		]);

		expect(setSizes()).toEqual([1, 5]);
		expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? codeOf(outcome.reason) : 'stored'))).toEqual([
			'stored',
			'domain-not-found',
			'duplicate-command',
			'reply-queue-not-found',
			'stored',
		]);
	});

	it('resolves only after the commit', async () => {
		const release = bed.faults.hold('accept');
		let isResolved = false;

		const sent = bed.bus.send(Debit, { cents: 1 }).then(() => (isResolved = true));
		await turns();
		expect(isResolved).toBe(false);
		release();
		await sent;

		expect(isResolved).toBe(true);
	});

	it('does not repeat a call whose outcome nobody knows: every caller gets its failure', async () => {
		const lost = connectionLost();
		bed.faults.fail('accept', { error: lost, takesEffect: true, times: 1 });

		const outcomes = await Promise.allSettled([bed.bus.send(Debit, { cents: 1 }), bed.bus.send(Debit, { cents: 2 })]);

		expect(outcomes).toEqual([
			{ status: 'rejected', reason: lost },
			{ status: 'rejected', reason: lost },
		]);
		expect(setSizes()).toEqual([2]);
		expect((await bed.bus.list()).items).toHaveLength(2);
	});

	it('tells telemetry once per transaction', async () => {
		await sendAtOnce(50);

		expect(bed.telemetry.of('commands-sent')).toMatchObject([
			{ domain: 'payments', count: 25 },
			{ domain: 'payments', count: 25 },
		]);
	});
});

function codeOf(error: unknown): string {
	return isCommandBusError(error) ? error.code : String(error);
}
