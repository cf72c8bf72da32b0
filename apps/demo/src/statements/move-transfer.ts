/** Moves a transfer on, in the transaction of the booking that does so. Unconditional: that a booking happens once is the bus's promise. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';
import type { TransferStatus } from '../payments/transfer.ts';

const text = `
	update demo.transfer t
	set status = $2::text,
		credit_command_id = coalesce($3::uuid, t.credit_command_id),
		updated_at = clock_timestamp()
	where t.transfer_id = $1::uuid
	returning t.to_account as "toAccount"`;

const RowsSchema = z.array(z.object({ toAccount: z.string() })).max(1);

/** `undefined` when there is no such transfer. */
export async function moveTransfer(
	tx: Queryable,
	transferId: string,
	{ status, creditCommandId }: { readonly status: TransferStatus; readonly creditCommandId?: string },
): Promise<{ readonly toAccount: string } | undefined> {
	const { rows } = await tx.query(text, [transferId, status, creditCommandId ?? null]);
	return RowsSchema.parse(rows)[0];
}
