/** Where a run stands: commands by status, what is still on the queues, transfers by status. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select
		(select count(*) from demo.transfer)::integer as "transferCount",
		(select count(*) from cb.command)::integer as "sentCount",
		(select count(*) from cb.command c where c.status = 'COMPLETED')::integer as "completedCount",
		(select count(*) from cb.command c where c.status = 'FAILED')::integer as "failedCount",
		(select count(*) from cb.command c where c.status = 'CANCELED')::integer as "canceledCount",
		(select count(*) from cb.parked_command)::integer as "parkedCount",
		(select count(*) from pgmq.q_payments__commands)::integer as "liveCount",
		(select count(*) from pgmq.q_payments__commands q where q.vt > clock_timestamp() and q.headers ? 'cb_lease')::integer as "inFlightCount",
		(select count(*) from pgmq.q_payments__replies)::integer as "unreadReplyCount",
		(select count(distinct r.reply_id) from demo.reply_inbox r)::integer as "replyCount"`;

const RowsSchema = z.tuple([
	z.object({
		transferCount: z.int(),
		sentCount: z.int(),
		completedCount: z.int(),
		failedCount: z.int(),
		canceledCount: z.int(),
		parkedCount: z.int(),
		/** Messages on the command queue: ready, delayed and in flight. */
		liveCount: z.int(),
		inFlightCount: z.int(),
		unreadReplyCount: z.int(),
		replyCount: z.int(),
	}),
]);

export type Progress = z.output<typeof RowsSchema>[0];

export async function readProgress(db: Queryable): Promise<Progress> {
	return RowsSchema.parse((await db.query(text)).rows)[0];
}
