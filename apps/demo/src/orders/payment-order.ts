/**
 * A payment order: reserve, debit, credit, notify. When a step is refused or an operator cancels it, what was done is undone in reverse
 * order, one awaited command at a time.
 */
import { defineProcess } from '@cb/process';
import { z } from 'zod';
import { maxAmountCents } from '../payments/commands.ts';
import {
	CreditPayee,
	DebitReserve,
	NotifyParties,
	ReclaimCredit,
	ReleaseFunds,
	ReserveFunds,
	ReturnDebit,
	ordersDomain,
} from './commands.ts';
import type { OrderMovement } from './commands.ts';

const OrderSchema = z.object({
	orderId: z.guid(),
	fromAccount: z.string().min(1).max(64),
	toAccount: z.string().min(1).max(64),
	amountCents: z.int().min(1).max(maxAmountCents),
});

type Order = z.output<typeof OrderSchema>;

export const PaymentOrder = defineProcess({
	type: 'PaymentOrder',
	domain: ordersDomain,
	input: OrderSchema,
	state: OrderSchema,
	initialState: (order) => order,
	first: 'RESERVE',
	steps: {
		RESERVE: { definition: ReserveFunds, command: ofPayer, next: 'DEBIT', compensation: 'RELEASE_FUNDS' },
		DEBIT: { definition: DebitReserve, command: ofPayer, next: 'CREDIT', compensation: 'RETURN_DEBIT' },
		CREDIT: { definition: CreditPayee, command: ofPayee, next: 'NOTIFY', compensation: 'RECLAIM_CREDIT' },
		NOTIFY: {
			definition: NotifyParties,
			command: ({ orderId, fromAccount, toAccount, amountCents }) => ({
				data: { orderId, accountIds: [fromAccount, toAccount], text: `${String(amountCents)} cents have been paid.` },
			}),
			next: 'end',
		},
		RECLAIM_CREDIT: { definition: ReclaimCredit, command: ofPayee },
		RETURN_DEBIT: { definition: ReturnDebit, command: ofPayer },
		RELEASE_FUNDS: { definition: ReleaseFunds, command: ofPayer },
	},
	onFailed: 'compensate',
});

function ofPayer({ orderId, fromAccount, amountCents }: Order): { readonly data: OrderMovement } {
	return { data: { orderId, accountId: fromAccount, amountCents } };
}

function ofPayee({ orderId, toAccount, amountCents }: Order): { readonly data: OrderMovement } {
	return { data: { orderId, accountId: toAccount, amountCents } };
}
