import { beforeEach, describe, expect, it } from 'vitest';
import { BusinessRuleError, PermanentCommandError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import { createInMemorySubject } from '../memory/index.ts';
import type { MemoryTransaction } from '../memory/index.ts';
import { Debit, createTestBed, domain } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

let bed: TestBed<MemoryTransaction>;

beforeEach(async () => {
	bed = await createTestBed(createInMemorySubject().backend);
});

/** What a promise has come to so far. */
function watch<Value>(promise: Promise<Value>): { value?: Value; error?: unknown } {
	const seen: { value?: Value; error?: unknown } = {};
	promise.then(
		(value) => (seen.value = value),
		(error: unknown) => (seen.error = error),
	);
	return seen;
}

describe('waitFor', () => {
	it('resolves with the result once the command has completed', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const waiting = watch(bed.bus.waitFor(sent));
		await bed.pass(1_000);
		expect(waiting).toEqual({});

		await bed.startWorker(createHandlers().on(Debit, ({ data }) => ({ booked: data.cents })));
		await bed.pass(500);

		expect(waiting.value).toMatchObject({ status: 'COMPLETED', result: { booked: 1 }, error: null });
		expect(waiting.value?.record).toEqual(await bed.record(sent));
	});

	it('resolves with the error of a command that failed', async () => {
		await bed.startWorker(
			createHandlers().on(Debit, () => {
				throw new BusinessRuleError('NO_FUNDS', 'The account is empty.', { missing: 5 });
			}),
		);
		const waiting = watch(bed.bus.waitFor(await bed.bus.send(Debit, { cents: 1 })));
		await bed.pass(500);

		expect(waiting.value).toMatchObject({
			status: 'FAILED',
			result: null,
			error: { type: 'BUSINESS_RULE', code: 'NO_FUNDS', details: { missing: 5 } },
		});
	});

	it('waits on for a parked command, unless told that settled is enough', async () => {
		await bed.startWorker(
			createHandlers().on(Debit, () => {
				throw new PermanentCommandError('BROKEN', 'It is broken.');
			}),
		);
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const terminal = watch(bed.bus.waitFor(sent));
		const settled = watch(bed.bus.waitFor(sent, { until: 'settled' }));
		await bed.pass(1_000);

		expect(terminal).toEqual({});
		expect(settled.value).toMatchObject({ status: 'IN_TROUBLESHOOTING_QUEUE', error: { code: 'BROKEN' } });
	});

	it('gives up after the time-out and names the current status', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const waiting = watch(bed.bus.waitFor(sent, { timeoutMs: 730 }));

		await bed.pass(720);
		expect(waiting).toEqual({});
		await bed.pass(10);

		expect(waiting.error).toMatchObject({ code: 'wait-timed-out' });
		expect(String(waiting.error)).toContain('PENDING');
	});

	it('gives up in time also when the store does not answer', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		bed.faults.hold('getMany');
		const waiting = watch(bed.bus.waitFor(sent, { timeoutMs: 500 }));
		await bed.pass(500);

		expect(waiting.error).toMatchObject({ code: 'wait-timed-out' });
	});

	it('ends with the reason of its signal', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const abort = new AbortController();
		const waiting = watch(bed.bus.waitFor(sent, { signal: abort.signal }));
		const reason = new TypeError('no longer needed');

		abort.abort(reason);
		await bed.pass();

		expect(waiting.error).toBe(reason);
		await expect(bed.bus.waitFor(sent, { signal: abort.signal })).rejects.toBe(reason);
	});

	it('refuses an unknown command and bad options', async () => {
		const unknown = { domain, commandId: '018f3c2e-0000-7000-8000-000000000001' };

		await expect(bed.bus.waitFor(unknown)).rejects.toMatchObject({ code: 'command-not-found' });
		await expect(bed.bus.waitFor(unknown, { timeoutMs: -1 })).rejects.toMatchObject({ code: 'invalid-argument' });
	});

	it('keeps waiting while the store is away', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		await bed.bus.cancel(sent);
		bed.faults.fail('getMany');
		const waiting = watch(bed.bus.waitFor(sent));
		await bed.pass(2_000);
		expect(waiting).toEqual({});

		bed.faults.mend('getMany');
		await bed.pass(500);

		expect(waiting.value).toMatchObject({ status: 'CANCELED' });
	});

	it('shares one look among all who wait, and looks less often as time goes on', async () => {
		const sent = await Promise.all(Array.from({ length: 40 }, (_, cents) => bed.bus.send(Debit, { cents })));
		const waiting = sent.map((address) => watch(bed.bus.waitFor(address)));

		await bed.pass(10_000);

		const looks = bed.faults.calls('getMany');
		expect(looks[0]?.[0]).toHaveLength(40);
		expect(looks.length).toBeGreaterThan(40);
		expect(looks.length).toBeLessThan(60);
		expect(waiting.every((seen) => seen.value === undefined && seen.error === undefined)).toBe(true);
	});

	it('is ended by close', async () => {
		const sent = await bed.bus.send(Debit, { cents: 1 });
		const waiting = watch(bed.bus.waitFor(sent));
		await bed.bus.close();
		await bed.pass();

		expect(waiting.error).toMatchObject({ code: 'invalid-operation', status: 'closed' });
	});
});
