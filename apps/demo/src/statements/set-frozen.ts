/** Freezes or unfreezes a customer account: the cause of a permanent failure that an operator can remove. */
import type { Queryable } from '@cb/pg';

const text = `
	update demo.account a
	set is_frozen = $2::boolean
	where a.account_id = $1::text and a.kind = 'customer'
	returning a.account_id`;

/** False when there is no such customer. */
export async function setFrozen(db: Queryable, accountId: string, isFrozen: boolean): Promise<boolean> {
	const { rows } = await db.query(text, [accountId, isFrozen]);
	return rows.length > 0;
}
