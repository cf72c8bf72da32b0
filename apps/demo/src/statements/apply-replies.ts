/** Remembers replies by their id and moves the transfers they are about, all in the caller's transaction. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';
import type { TransferStatus } from '../payments/transfer.ts';

const text = `
	with reply as materialized (
		select r.*
		from jsonb_to_recordset($1::jsonb) as r ("replyId" uuid, "commandId" uuid, "commandType" text, generation integer, outcome text,
			"transferId" uuid, "from" text, "to" text, reason text, "refundCommandId" uuid)
	),
	fresh as (
		insert into demo.reply_inbox (reply_id, command_id, command_type, generation, outcome)
		select r."replyId", r."commandId", r."commandType", r.generation, r.outcome
		from reply r
		order by r."replyId"
		on conflict (reply_id) do nothing
		returning reply_id
	),
	held as materialized (
		select t.transfer_id, r."to", r.reason, r."refundCommandId"
		from reply r
		join demo.transfer t on t.transfer_id = r."transferId"
		where r."replyId" in (select f.reply_id from fresh f) and t.status = r."from"
		order by t.transfer_id
		for update of t
	)
	update demo.transfer t
	set status = h."to",
		reason = h.reason,
		refund_command_id = case when h."to" = 'RETURNING' then h."refundCommandId" else t.refund_command_id end,
		updated_at = clock_timestamp()
	from held h
	where t.transfer_id = h.transfer_id
	returning t.transfer_id as "transferId", t.from_account as "fromAccount", t.amount_cents::float8 as "amountCents", t.status,
		t.refund_command_id as "refundCommandId"`;

export interface ReplyEffect {
	readonly replyId: string;
	readonly commandId: string;
	readonly commandType: string;
	readonly generation: number;
	readonly outcome: string;
	/** The transfer it is about, where it stands, and where it goes from there. */
	readonly transferId: string;
	readonly from: TransferStatus | null;
	readonly to: TransferStatus | null;
	readonly reason: string;
	readonly refundCommandId: string;
}

const RowsSchema = z.array(
	z.object({
		transferId: z.string(),
		fromAccount: z.string(),
		amountCents: z.int(),
		status: z.string(),
		refundCommandId: z.string().nullable(),
	}),
);

export type MovedTransfer = z.output<typeof RowsSchema>[number];

/** Returns the transfers that moved. */
export async function applyReplies(tx: Queryable, effects: readonly ReplyEffect[]): Promise<readonly MovedTransfer[]> {
	const { rows } = await tx.query(text, [JSON.stringify(effects)]);
	return RowsSchema.parse(rows);
}
