/** Books an amount from one account to another: both lines and the balances of the customers, or nothing. */
import type { Queryable } from '@cb/pg';
import { z } from 'zod';
import type { Booking } from '../ledger/ledger.ts';

const text = `
	with line as (
		select l.account_id, l.amount_cents
		from (values ($4::text, -$6::bigint), ($5::text, $6::bigint)) as l (account_id, amount_cents)
	),
	known as (
		select a.account_id, a.kind
		from line l
		join demo.account a on a.account_id = l.account_id
	),
	moved as (
		update demo.account a
		set balance_cents = a.balance_cents + l.amount_cents
		from line l
		where a.account_id = l.account_id
			and a.kind = 'customer'
			and not a.is_frozen
			and a.balance_cents + l.amount_cents >= 0
		returning a.account_id
	),
	booked as (
		insert into demo.booking (command_id, subject_id, kind)
		select $1::uuid, $2::uuid, $3::text
		where (select count(*) from known) = 2
			and (select count(*) from moved) = (select count(*) from known k where k.kind = 'customer')
		returning booking_id
	),
	entered as (
		insert into demo.ledger_entry (booking_id, account_id, amount_cents)
		select b.booking_id, l.account_id, l.amount_cents
		from booked b
		cross join line l
	)
	select b.booking_id::text as "bookingId"
	from booked b`;

const RowsSchema = z.array(z.object({ bookingId: z.string() })).max(1);

/**
 * `undefined` when an account is unknown or frozen or lacks the money. The balance of the other account may have changed then, so the
 * caller must roll back.
 */
export async function postBooking(tx: Queryable, booking: Booking): Promise<string | undefined> {
	const { commandId, subjectId, kind, from, to, amountCents } = booking;
	const { rows } = await tx.query(text, [commandId, subjectId, kind, from, to, amountCents]);
	return RowsSchema.parse(rows)[0]?.bookingId;
}
