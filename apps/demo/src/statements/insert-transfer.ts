/** Writes the business row of a transfer. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	with payer as (
		select a.account_id
		from demo.account a
		where a.account_id = $2::text and a.kind = 'customer'
	),
	inserted as (
		insert into demo.transfer (transfer_id, from_account, to_account, amount_cents, reference, debit_command_id)
		select $1::uuid, p.account_id, $3::text, $4::bigint, $5::text, $6::uuid
		from payer p
		on conflict (transfer_id) do nothing
		returning transfer_id
	)
	select
		case
			when exists (select from inserted) then 'inserted'
			when exists (select from payer) then 'exists'
			else 'payer-not-found'
		end as outcome`;

const RowsSchema = z.tuple([z.object({ outcome: z.enum(['inserted', 'exists', 'payer-not-found']) })]);

export interface NewTransfer {
	readonly transferId: string;
	readonly fromAccount: string;
	readonly toAccount: string;
	readonly amountCents: number;
	readonly reference: string;
	readonly debitCommandId: string;
}

export async function insertTransfer(
	tx: Queryable,
	transfer: NewTransfer,
): Promise<'inserted' | 'exists' | 'payer-not-found'> {
	const { transferId, fromAccount, toAccount, amountCents, reference, debitCommandId } = transfer;
	const { rows } = await tx.query(text, [transferId, fromAccount, toAccount, amountCents, reference, debitCommandId]);
	return RowsSchema.parse(rows)[0].outcome;
}
