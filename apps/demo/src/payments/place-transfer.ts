/** Accepts a transfer: its business row and its first command in one transaction, so that neither is ever there without the other. */
import type { CommandBus } from '@cb/core';
import type { Queryable } from '@cb/pg';
import type { BusinessDatabase } from '../runtime/business-database.ts';
import { insertTransfer } from '../statements/insert-transfer.ts';
import { readTransfer } from '../statements/read-transfers.ts';
import { DebitAccount, commandIdOf, paymentsReplyQueue } from './commands.ts';
import type { Transfer } from './transfer.ts';

export interface TransferRequest {
	readonly transferId: string;
	readonly fromAccount: string;
	readonly toAccount: string;
	readonly amountCents: number;
	readonly reference: string;
}

export type PlacedTransfer =
	| { readonly kind: 'placed' }
	/** The same request was accepted before. */
	| { readonly kind: 'repeated' }
	/** The id belongs to another transfer. */
	| { readonly kind: 'taken' }
	| { readonly kind: 'payer-not-found' };

export async function placeTransfer(
	{ database, bus }: { readonly database: BusinessDatabase; readonly bus: CommandBus<Queryable> },
	request: TransferRequest,
): Promise<PlacedTransfer> {
	const { transferId, fromAccount, amountCents } = request;
	const debitCommandId = commandIdOf(transferId, 'debit');
	return database.transaction(async (tx) => {
		const outcome = await insertTransfer(tx, { ...request, debitCommandId });
		if (outcome === 'payer-not-found') return { kind: outcome };
		if (outcome === 'exists') return sameOrTaken(request, await readTransfer(tx, transferId));
		await bus.send(
			DebitAccount,
			{ transferId, accountId: fromAccount, amountCents },
			{ tx, commandId: debitCommandId, correlationId: transferId, replyTo: paymentsReplyQueue },
		);
		return { kind: 'placed' };
	});
}

function sameOrTaken(request: TransferRequest, existing: Transfer | undefined): PlacedTransfer {
	const isSame =
		existing?.fromAccount === request.fromAccount &&
		existing.toAccount === request.toAccount &&
		existing.amountCents === request.amountCents &&
		existing.reference === request.reference;
	return { kind: isSame ? 'repeated' : 'taken' };
}
