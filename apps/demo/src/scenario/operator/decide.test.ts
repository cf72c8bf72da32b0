import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { ParkedItem } from './queue-client.ts';

function anItem(changes: Partial<ParkedItem>): ParkedItem {
	return {
		domain: 'payments',
		commandId: randomUUID(),
		commandType: 'DebitAccount',
		lastErrorCode: 'SIMULATED_PERMANENT',
		payload: { accountId: 'customer-0001' },
		generation: 1,
		version: 1,
		...changes,
	};
}

describe('the operator', () => {
	it('puts a misspelt account right', () => {
		const item = anItem({ lastErrorCode: 'ACCOUNT_UNKNOWN', payload: { accountId: 'customer-0007x' } });

		expect(decide(item)).toEqual({ kind: 'amend', accountId: 'customer-0007' });
	});

	it.each(['ACCOUNT_FROZEN', 'SIMULATED_TRANSIENT', 'HANDLER_TIMEOUT'])(
		'sends %s again in bulk: the cause is gone',
		(code) => {
			expect(decide(anItem({ lastErrorCode: code }))).toEqual({ kind: 'bulk-retry' });
		},
	);

	it('retries a third of the others, completes a third and cancels a third', () => {
		const kinds = Array.from({ length: 3_000 }, () => decide(anItem({})).kind);

		for (const kind of ['retry', 'complete', 'cancel'] as const) {
			expect(Math.abs(kinds.filter((decided) => decided === kind).length - 1_000)).toBeLessThan(120);
		}
	});

	it('treats the steps of processes likewise, but never gives an undo up', () => {
		const kindsOf = (commandType: string): readonly string[] =>
			Array.from({ length: 300 }, () => decide(anItem({ domain: 'orders', commandType })).kind);

		expect(new Set(kindsOf('ReserveFunds'))).toEqual(new Set(['retry', 'complete', 'cancel']));
		expect(new Set(kindsOf('ReleaseFunds'))).toEqual(new Set(['retry', 'complete']));
	});

	it('decides the same item in the same way', () => {
		const item = anItem({});

		expect(decide(item)).toEqual(decide({ ...item }));
	});
});
