/** How long commands took from their send to their end or their first parking, and how many a second that was. Measured, from the rows themselves. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	with settled as (
		select c.created_at,
			coalesce(
				(
					select min(a.at)
					from cb.command_audit a
					where a.command_id = c.command_id and a.domain = c.domain and a.type = 'MOVED_TO_TROUBLESHOOTING_QUEUE'
				),
				c.completed_at
			) as settled_at
		from cb.command c
		where c.domain = 'payments'
	)
	select
		(count(s.settled_at) / greatest(extract(epoch from max(s.settled_at) - min(s.created_at)), 0.001))::float8 as "perSecond",
		(1000 * extract(epoch from percentile_cont(0.5) within group (order by s.settled_at - s.created_at)))::float8 as "p50Ms",
		(1000 * extract(epoch from percentile_cont(0.95) within group (order by s.settled_at - s.created_at)))::float8 as "p95Ms",
		(1000 * extract(epoch from percentile_cont(0.99) within group (order by s.settled_at - s.created_at)))::float8 as "p99Ms"
	from settled s`;

const RowsSchema = z.tuple([
	z.object({
		perSecond: z.number(),
		p50Ms: z.number().nullable(),
		p95Ms: z.number().nullable(),
		p99Ms: z.number().nullable(),
	}),
]);

export type Timing = z.output<typeof RowsSchema>[0];

export async function readTiming(db: Queryable): Promise<Timing> {
	return RowsSchema.parse((await db.query(text)).rows)[0];
}
