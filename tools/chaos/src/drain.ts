/** Waits until nothing moves any more. */
import { z } from 'zod';
import type { Query } from './chaos-database.ts';
import { seen } from './waiting.ts';

const openText = `
	select (select count(*) from cb.command c where c.status not in ('COMPLETED', 'FAILED', 'CANCELED'))
		+ (select count(*) from cb.live_message)
		+ (select count(*) from pgmq.q_chaos__process_replies)
		+ (select count(*) from cb.process p where p.completed_at is null)
		+ (select count(*) from cb.process_step s where s.status in ('OPEN', 'PARKED'))
		+ (select count(*) from cb.batch b where b.completed_at is null)
		+ (select count(*) from cb.bulk b where b.status in ('RUNNING', 'PAUSED')) as open`;

const OpenSchema = z.tuple([z.object({ open: z.coerce.number() })]);

/** Resolves with false when something is still open after all that time: the checks will name it. */
export async function drained(query: Query, withinMs: number): Promise<boolean> {
	const look = async (): Promise<true | undefined> => {
		const [{ open }] = OpenSchema.parse(await query(openText));
		return open === 0 ? true : undefined;
	};
	return (await seen(look, withinMs)) ?? false;
}
