/** Opens customer accounts, each with its opening booking. Accounts that exist stay as they are. */
import type { Queryable } from '@cb/pg';

const text = `
	with wanted as (
		select w.account_id, w.owner, w.ordinality
		from unnest($1::text[], $2::text[]) with ordinality as w (account_id, owner, ordinality)
	),
	opened as (
		insert into demo.account (account_id, kind, owner, balance_cents)
		select w.account_id, 'customer', w.owner, $3::bigint
		from wanted w
		order by w.account_id
		on conflict (account_id) do nothing
		returning account_id
	),
	booked as (
		insert into demo.booking (command_id, subject_id, kind)
		select gen_random_uuid(), gen_random_uuid(), 'opening'
		from opened
		returning booking_id
	),
	paired as (
		select b.booking_id, o.account_id
		from (select booking_id, row_number() over () as place from booked) b
		join (select account_id, row_number() over () as place from opened) o using (place)
	)
	insert into demo.ledger_entry (booking_id, account_id, amount_cents)
	select p.booking_id, l.account_id, l.amount_cents
	from paired p
	cross join lateral (values (p.account_id, $3::bigint), ('internal:opening', -$3::bigint)) as l (account_id, amount_cents)`;

export async function openAccounts(
	db: Queryable,
	accounts: readonly { readonly accountId: string; readonly owner: string }[],
	balanceCents: number,
): Promise<void> {
	const ids = accounts.map(({ accountId }) => accountId);
	const owners = accounts.map(({ owner }) => owner);
	await db.query(text, [ids, owners, balanceCents]);
}
