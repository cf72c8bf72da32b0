import { cancels, everyPath, fails, parks, playProcess, succeeds } from '@cb/process/testing';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PaymentOrder } from './payment-order.ts';

const order = { orderId: randomUUID(), fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 10 };
const booked = succeeds({ bookingId: '1' });
const forward = { RESERVE: booked, DEBIT: booked, CREDIT: booked, NOTIFY: succeeds({ notified: 2 }) };
const undo = { RECLAIM_CREDIT: booked, RETURN_DEBIT: booked, RELEASE_FUNDS: booked };

describe('PaymentOrder', () => {
	it('reserves, debits, credits and notifies', () => {
		const trace = playProcess(PaymentOrder, order, forward);

		expect(trace.status).toBe('COMPLETED');
		expect(trace.sends.map(({ step }) => step)).toEqual(['RESERVE', 'DEBIT', 'CREDIT', 'NOTIFY']);
	});

	it('undoes what was done in reverse order when a step is refused, and keeps the error', () => {
		const trace = playProcess(PaymentOrder, order, { ...forward, ...undo, NOTIFY: fails() });

		expect(trace.status).toBe('COMPENSATED');
		expect(trace.loaded.process.error).not.toBeNull();
		expect(trace.sends.slice(4).map(({ step, undoes }) => [step, undoes])).toEqual([
			['RECLAIM_CREDIT', 'CREDIT'],
			['RETURN_DEBIT', 'DEBIT'],
			['RELEASE_FUNDS', 'RESERVE'],
		]);
	});

	it('undoes what was done when an operator cancels a step', () => {
		const trace = playProcess(PaymentOrder, order, { ...forward, ...undo, CREDIT: parks(cancels()) });

		expect(trace.status).toBe('COMPENSATED');
		expect(trace.sends.slice(3).map(({ step }) => step)).toEqual(['RETURN_DEBIT', 'RELEASE_FUNDS']);
	});

	it('goes on undoing when one undo fails, and counts it', () => {
		const trace = playProcess(PaymentOrder, order, { ...forward, ...undo, NOTIFY: fails(), RETURN_DEBIT: fails() });

		expect(trace.status).toBe('COMPENSATED');
		expect(trace.loaded.process.compensationErrors).toBe(1);
		expect(trace.sends.at(-1)?.step).toBe('RELEASE_FUNDS');
	});

	it('holds every invariant of processes on every path', () => {
		const outcomes = [booked, fails(), parks(cancels())];
		const paths = [
			...everyPath(PaymentOrder, order, {
				RESERVE: outcomes,
				DEBIT: outcomes,
				CREDIT: outcomes,
				NOTIFY: [succeeds({ notified: 2 }), fails(), parks(cancels())],
				RECLAIM_CREDIT: [booked, fails()],
				RETURN_DEBIT: [booked, fails()],
				RELEASE_FUNDS: [booked, fails()],
			}),
		];

		expect(new Set(paths.map(({ status }) => status))).toEqual(new Set(['COMPLETED', 'COMPENSATED']));
	});
});
