/** What each command of a payment order does to the ledger. Used by the handlers, and by an operator who does a step by hand. */
import type { CommandDefinition } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { internalAccounts } from '../ledger/ledger.ts';
import type { Booking, BookingKind } from '../ledger/ledger.ts';
import { book } from '../payments/book.ts';
import { insertNotifications } from '../statements/insert-notifications.ts';
import { CreditPayee, DebitReserve, ReclaimCredit, ReleaseFunds, ReserveFunds, ReturnDebit } from './commands.ts';
import type { Notification, OrderBooked, OrderMovement } from './commands.ts';

const { clearing, reserve } = internalAccounts;

export interface Movement {
	readonly definition: CommandDefinition<OrderMovement, OrderMovement, OrderBooked, OrderBooked>;
	readonly kind: BookingKind;
	/** From where to where, given the customer. */
	readonly way: (accountId: string) => Pick<Booking, 'from' | 'to'>;
}

export const movements: readonly Movement[] = [
	{ definition: ReserveFunds, kind: 'reserve', way: (payer) => ({ from: payer, to: reserve }) },
	{ definition: DebitReserve, kind: 'debit-reserve', way: () => ({ from: reserve, to: clearing }) },
	{ definition: CreditPayee, kind: 'credit-payee', way: (payee) => ({ from: clearing, to: payee }) },
	{ definition: ReclaimCredit, kind: 'reclaim-credit', way: (payee) => ({ from: payee, to: clearing }) },
	{ definition: ReturnDebit, kind: 'return-debit', way: () => ({ from: clearing, to: reserve }) },
	{ definition: ReleaseFunds, kind: 'release', way: (payer) => ({ from: reserve, to: payer }) },
];

interface Work<Data> {
	readonly commandId: string;
	readonly data: Data;
}

/** In the caller's transaction. */
export async function move(
	tx: Queryable,
	{ kind, way }: Movement,
	{ commandId, data }: Work<OrderMovement>,
): Promise<OrderBooked> {
	const { orderId, accountId, amountCents } = data;
	return { bookingId: await book(tx, { commandId, subjectId: orderId, kind, ...way(accountId), amountCents }) };
}

/** In the caller's transaction: the notifications lie ready for whoever sends them out. */
export async function notify(
	tx: Queryable,
	{ commandId, data }: Work<Notification>,
): Promise<{ readonly notified: number }> {
	await insertNotifications(tx, { commandId, ...data });
	return { notified: data.accountIds.length };
}
