/** Whether anything still moves. Reads only what is live, so it may be asked often. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select
		not exists (select from cb.live_message)
			and not exists (select from pgmq.q_payments__replies)
			and not exists (select from pgmq.q_orders__process_replies)
			and not exists (select from pgmq.q_reporting__process_replies) as "isQuiet"`;

const RowsSchema = z.tuple([z.object({ isQuiet: z.boolean() })]);

/** True when no command is under way and no reply is unread. In one snapshot, so nothing hides between the two. */
export async function readQuiet(db: Queryable): Promise<boolean> {
	return RowsSchema.parse((await db.query(text)).rows)[0].isQuiet;
}
