/** Accepts many transfers as one batch: every business row and every first command in one transaction, or nothing. */
import { commandRequest } from '@cb/core';
import type { BatchReceipt, CommandBus } from '@cb/core';
import type { Queryable } from '@cb/pg';
import type { BusinessDatabase } from '../runtime/business-database.ts';
import { insertTransfer } from '../statements/insert-transfer.ts';
import { DebitAccount, commandIdOf, paymentsReplyQueue } from './commands.ts';
import type { TransferRequest } from './place-transfer.ts';

/** One transfer of the batch cannot be accepted, so none is. */
export class TransferRefusedError extends Error {
	readonly index: number;
	readonly refusal: 'exists' | 'payer-not-found';

	constructor(index: number, refusal: TransferRefusedError['refusal']) {
		super(`Transfer ${String(index + 1)} of the batch was refused: ${refusal}.`);
		this.index = index;
		this.refusal = refusal;
	}
}

/** The batch is finished when every payer was debited or refused; the credits that follow are commands of their own. Throws `TransferRefusedError`. */
export async function placeBatch(
	{ database, bus }: { readonly database: BusinessDatabase; readonly bus: CommandBus<Queryable> },
	{ name, transfers }: { readonly name: string | undefined; readonly transfers: readonly TransferRequest[] },
): Promise<BatchReceipt> {
	return database.transaction(async (tx) => {
		for (const [index, transfer] of transfers.entries()) {
			const debitCommandId = commandIdOf(transfer.transferId, 'debit');
			const outcome = await insertTransfer(tx, { ...transfer, debitCommandId });
			if (outcome !== 'inserted') throw new TransferRefusedError(index, outcome);
		}
		return bus.createBatch({ tx, name, commands: transfers.map(debitOf) });
	});
}

function debitOf({ transferId, fromAccount, amountCents }: TransferRequest) {
	return commandRequest(
		DebitAccount,
		{ transferId, accountId: fromAccount, amountCents },
		{ commandId: commandIdOf(transferId, 'debit'), correlationId: transferId, replyTo: paymentsReplyQueue },
	);
}
