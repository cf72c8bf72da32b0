/** Where a run stands: commands and processes by status, and what is still on the queues. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select
		(select count(*) from demo.transfer)::integer as "transferCount",
		c.sent as "sentCount",
		c.completed as "completedCount",
		c.failed as "failedCount",
		c.canceled as "canceledCount",
		(select count(*) from cb.parked_command)::integer as "parkedCount",
		(select count(*) from cb.live_message)::integer as "liveCount",
		(select count(*) from cb.live_message q where q.vt > clock_timestamp() and q.headers ? 'cb_lease')::integer as "inFlightCount",
		(
			(select count(*) from pgmq.q_payments__replies)
			+ (select count(*) from pgmq.q_orders__process_replies)
			+ (select count(*) from pgmq.q_reporting__process_replies)
		)::integer as "unreadReplyCount",
		(
			(select count(*) from demo.reply_inbox)
			+ (select count(*) from cb.process_step s where s.status in ('SUCCEEDED', 'FAILED', 'CANCELED'))
		)::integer as "replyCount",
		(select coalesce(jsonb_object_agg(p.status, p.count), '{}') from (
			select status, count(*) as count from cb.process group by status
		) p) as "processes"
	from (
		select
			count(*)::integer as sent,
			(count(*) filter (where status = 'COMPLETED'))::integer as completed,
			(count(*) filter (where status = 'FAILED'))::integer as failed,
			(count(*) filter (where status = 'CANCELED'))::integer as canceled
		from cb.command
	) c`;

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
		/** Replies that had their effect: of transfers, and of steps of processes. */
		replyCount: z.int(),
		/** By status. */
		processes: z.record(z.string(), z.int()),
	}),
]);

export type Progress = z.output<typeof RowsSchema>[0];

export async function readProgress(db: Queryable): Promise<Progress> {
	return RowsSchema.parse((await db.query(text)).rows)[0];
}
