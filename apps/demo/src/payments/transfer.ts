/**
 * A transfer and the states it goes through. It ends BOOKED, REJECTED or RETURNED by itself; where a command of it is parked, it waits
 * for an operator and may end SETTLED_MANUALLY.
 */
import type { ReplyOutcome } from '@cb/core';
import { z } from 'zod';

export const transferStatuses = [
	'REQUESTED',
	'DEBITED',
	'BOOKED',
	'REJECTED',
	'RETURNING',
	'RETURNED',
	'SETTLED_MANUALLY',
] as const;

export type TransferStatus = (typeof transferStatuses)[number];

export const TransferSchema = z.object({
	transferId: z.string(),
	fromAccount: z.string(),
	toAccount: z.string(),
	amountCents: z.int(),
	reference: z.string(),
	status: z.enum(transferStatuses),
	/** Why it was rejected, returned or settled by hand. */
	reason: z.string().nullable(),
	debitCommandId: z.string(),
	creditCommandId: z.string().nullable(),
	refundCommandId: z.string().nullable(),
	createdAt: z.date(),
	updatedAt: z.date(),
});

export type Transfer = z.output<typeof TransferSchema>;

export interface TransferMove {
	readonly from: TransferStatus;
	readonly to: TransferStatus;
}

/**
 * What a reply does to a transfer that still stands where the command left it. A handler that booked has moved the transfer on in the
 * same transaction, so its SUCCESS finds another status and changes nothing; an operator's SUCCESS books nothing and is noticed here.
 */
export function moveAfterReply(commandType: string, outcome: ReplyOutcome): TransferMove | undefined {
	switch (commandType) {
		case 'DebitAccount':
			return { from: 'REQUESTED', to: outcome === 'SUCCESS' ? 'SETTLED_MANUALLY' : 'REJECTED' };
		case 'CreditAccount':
			return { from: 'DEBITED', to: outcome === 'SUCCESS' ? 'SETTLED_MANUALLY' : 'RETURNING' };
		case 'RefundAccount':
			return { from: 'RETURNING', to: 'SETTLED_MANUALLY' };
		default:
			return undefined;
	}
}
