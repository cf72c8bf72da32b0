/** Accounts with their balances. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';

const text = `
	select
		a.account_id as "accountId",
		a.kind,
		a.owner,
		a.is_frozen as "isFrozen",
		case
			when a.kind = 'customer' then a.balance_cents
			else (select coalesce(sum(e.amount_cents), 0) from demo.ledger_entry e where e.account_id = a.account_id)
		end::float8 as "balanceCents"
	from demo.account a
	where ($1::text[] is null or a.account_id = any ($1::text[]))
	order by a.kind, a.account_id
	limit $2::integer`;

const RowsSchema = z.array(
	z.object({
		accountId: z.string(),
		kind: z.enum(['customer', 'internal']),
		owner: z.string(),
		isFrozen: z.boolean(),
		balanceCents: z.int(),
	}),
);

export type Account = z.output<typeof RowsSchema>[number];

/** All of them up to `limit`, or those named. */
export async function readAccounts(
	db: Queryable,
	{ accountIds, limit = 1_000 }: { readonly accountIds?: readonly string[]; readonly limit?: number } = {},
): Promise<readonly Account[]> {
	const { rows } = await db.query(text, [accountIds ?? null, limit]);
	return RowsSchema.parse(rows);
}
