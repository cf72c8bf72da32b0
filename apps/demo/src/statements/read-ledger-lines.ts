/** The lines of some accounts, as they stand in one moment. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select e.account_id as "accountId", e.amount_cents::float8 as "amountCents", b.kind
	from demo.ledger_entry e
	join demo.booking b on b.booking_id = e.booking_id
	where e.account_id = any ($1::text[])
	order by e.account_id, e.booking_id`;

export const LedgerLineSchema = z.object({ accountId: z.string(), amountCents: z.int(), kind: z.string() });

export type LedgerLine = z.output<typeof LedgerLineSchema>;

const RowsSchema = z.array(LedgerLineSchema);

export async function readLedgerLines(db: Queryable, accountIds: readonly string[]): Promise<readonly LedgerLine[]> {
	return RowsSchema.parse((await db.query(text, [accountIds])).rows);
}
