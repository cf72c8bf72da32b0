/** Waits until everything is worked off. A backlog may take as long as it needs; only one that does not get smaller is stuck. */
import { z } from 'zod';
import type { Query } from './referee.ts';
import { pause } from './waiting.ts';

const openText = `
	select (select count(*) from cb.command c where c.status not in ('COMPLETED', 'FAILED', 'CANCELED'))
		+ (select count(*) from cb.live_message)
		+ (select count(*) from pgmq.q_chaos__process_replies)
		+ (select count(*) from cb.process p where p.completed_at is null)
		+ (select count(*) from cb.process_step s where s.status in ('OPEN', 'PARKED'))
		+ (select count(*) from cb.batch b where b.completed_at is null)
		+ (select count(*) from cb.bulk b where b.status in ('RUNNING', 'PAUSED')) as open`;

const OpenSchema = z.tuple([z.object({ open: z.coerce.number() })]);

const lookAgainMs = 200;

/** Resolves with false when for that long there was never less open than before: the checks will name it. */
export async function drained(query: Query, withoutProgressMs: number): Promise<boolean> {
	let least = Infinity;
	let deadline = performance.now() + withoutProgressMs;
	while (performance.now() < deadline) {
		const open = await countOpen(query);
		if (open === 0) return true;
		if (open < least) deadline = performance.now() + withoutProgressMs;
		least = Math.min(least, open);
		await pause(lookAgainMs);
	}
	return false;
}

/** A server that does not answer now has not said anything. */
async function countOpen(query: Query): Promise<number> {
	const rows = await query(openText).catch(() => undefined);
	if (rows === undefined) return Infinity;
	const [{ open }] = OpenSchema.parse(rows);
	return open;
}
