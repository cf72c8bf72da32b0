/** Transfers, newest first. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';
import { TransferSchema } from '../payments/transfer.ts';
import type { Transfer, TransferStatus } from '../payments/transfer.ts';

const text = `
	select
		t.transfer_id as "transferId",
		t.from_account as "fromAccount",
		t.to_account as "toAccount",
		t.amount_cents::float8 as "amountCents",
		t.reference,
		t.status,
		t.reason,
		t.debit_command_id as "debitCommandId",
		t.credit_command_id as "creditCommandId",
		t.refund_command_id as "refundCommandId",
		t.created_at as "createdAt",
		t.updated_at as "updatedAt"
	from demo.transfer t
	where ($1::uuid is null or t.transfer_id = $1::uuid)
		and ($2::text is null or t.status = $2::text)
	order by t.created_at desc, t.transfer_id desc
	limit $3::integer`;

const RowsSchema = z.array(TransferSchema);

export async function readTransfer(db: Queryable, transferId: string): Promise<Transfer | undefined> {
	const { rows } = await db.query(text, [transferId, null, 1]);
	return RowsSchema.parse(rows)[0];
}

export async function readTransfers(
	db: Queryable,
	{ status, limit }: { readonly status: TransferStatus | undefined; readonly limit: number },
): Promise<readonly Transfer[]> {
	const { rows } = await db.query(text, [null, status ?? null, limit]);
	return RowsSchema.parse(rows);
}
