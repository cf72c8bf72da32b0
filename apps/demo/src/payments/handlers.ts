/**
 * What the workers do. Each handler books inside `context.transaction`: the booking, the status of the transfer, the next command and the
 * completion of this one commit together or not at all. The booking comes last: it locks the account, which others wait for.
 */
import { PermanentCommandError, createHandlers } from '@cb/core';
import type { Handler, Handlers } from '@cb/core';
import type { Queryable } from '@cb/pg';
import { simulated } from '../failures/simulated-handler.ts';
import type { Simulation } from '../failures/simulated-handler.ts';
import { internalAccounts } from '../ledger/ledger.ts';
import { moveTransfer } from '../statements/move-transfer.ts';
import { book } from './book.ts';
import { CreditAccount, DebitAccount, RefundAccount, commandIdOf, paymentsReplyQueue } from './commands.ts';
import type { Booked, Movement } from './commands.ts';

type PaymentHandler = Handler<Movement, Booked, Queryable>;

const { clearing } = internalAccounts;

export function createPaymentHandlers(simulation: Simulation): Handlers<Queryable> {
	return createHandlers<Queryable>()
		.on(DebitAccount, simulated(simulation, debit))
		.on(CreditAccount, simulated(simulation, payOut('credit', 'BOOKED')))
		.on(RefundAccount, simulated(simulation, payOut('refund', 'RETURNED')));
}

const debit: PaymentHandler = ({ commandId, data }, { transaction, send }) =>
	transaction(async (tx) => {
		const { transferId, accountId, amountCents } = data;
		const creditCommandId = commandIdOf(transferId, 'credit');
		const transfer = await moveTransfer(tx, transferId, { status: 'DEBITED', creditCommandId });
		if (transfer === undefined) throw unknownTransfer(transferId);
		const credit = { transferId, accountId: transfer.toAccount, amountCents };
		await send(CreditAccount, credit, { tx, commandId: creditCommandId, replyTo: paymentsReplyQueue });
		const movement = { commandId, subjectId: transferId, from: accountId, to: clearing, amountCents };
		return { bookingId: await book(tx, { ...movement, kind: 'debit' }) };
	});

/** Takes the amount off the clearing account and ends the transfer. */
function payOut(kind: 'credit' | 'refund', status: 'BOOKED' | 'RETURNED'): PaymentHandler {
	return ({ commandId, data }, { transaction }) =>
		transaction(async (tx) => {
			const { transferId, accountId, amountCents } = data;
			if ((await moveTransfer(tx, transferId, { status })) === undefined) throw unknownTransfer(transferId);
			const movement = { commandId, subjectId: transferId, from: clearing, to: accountId, amountCents };
			return { bookingId: await book(tx, { ...movement, kind }) };
		});
}

function unknownTransfer(transferId: string): PermanentCommandError {
	return new PermanentCommandError('TRANSFER_UNKNOWN', `There is no transfer ${transferId}.`, { transferId });
}
