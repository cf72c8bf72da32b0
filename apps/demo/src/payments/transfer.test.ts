import { describe, expect, it } from 'vitest';
import { moveAfterReply } from './transfer.ts';

describe('a reply moves a transfer', () => {
	it('to REJECTED when the debit failed or was canceled: nothing was booked', () => {
		expect(moveAfterReply('DebitAccount', 'FAILED')).toEqual({ from: 'REQUESTED', to: 'REJECTED' });
		expect(moveAfterReply('DebitAccount', 'CANCELED')).toEqual({ from: 'REQUESTED', to: 'REJECTED' });
	});

	it('to RETURNING when the credit failed or was canceled: the amount goes back to the payer', () => {
		expect(moveAfterReply('CreditAccount', 'FAILED')).toEqual({ from: 'DEBITED', to: 'RETURNING' });
		expect(moveAfterReply('CreditAccount', 'CANCELED')).toEqual({ from: 'DEBITED', to: 'RETURNING' });
	});

	it('to SETTLED_MANUALLY when the command succeeded without having moved the transfer itself', () => {
		expect(moveAfterReply('DebitAccount', 'SUCCESS')).toEqual({ from: 'REQUESTED', to: 'SETTLED_MANUALLY' });
		expect(moveAfterReply('CreditAccount', 'SUCCESS')).toEqual({ from: 'DEBITED', to: 'SETTLED_MANUALLY' });
		expect(moveAfterReply('RefundAccount', 'CANCELED')).toEqual({ from: 'RETURNING', to: 'SETTLED_MANUALLY' });
	});

	it('nowhere when the command is none of a transfer', () => {
		expect(moveAfterReply('RenderStatement', 'FAILED')).toBeUndefined();
	});
});
