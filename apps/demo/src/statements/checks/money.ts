/** Money is conserved: what holds of the ledger by itself, whatever the commands say. */
import type { Check } from './check.ts';
import { orderSteps } from './processes.ts';

export const moneyChecks: readonly Check[] = [
	{
		name: 'all lines of the ledger add up to zero',
		damage: 'inconsistent',
		text: `
			select 'ledger' as subject, 'the lines add up to ' || sum(e.amount_cents) as problem
			from demo.ledger_entry e
			having sum(e.amount_cents) <> 0`,
	},
	{
		name: 'every booking has two lines that add up to zero',
		damage: 'inconsistent',
		text: `
			select b.booking_id::text as subject, count(e.*) || ' lines that add up to ' || coalesce(sum(e.amount_cents), 0) as problem
			from demo.booking b
			left join demo.ledger_entry e on e.booking_id = b.booking_id
			group by b.booking_id
			having count(e.*) <> 2 or sum(e.amount_cents) <> 0`,
	},
	{
		name: 'the balance of every customer is the sum of the lines',
		damage: 'inconsistent',
		text: `
			select a.account_id as subject, 'the balance is ' || a.balance_cents || ', the lines say ' || coalesce(sum(e.amount_cents), 0) as problem
			from demo.account a
			left join demo.ledger_entry e on e.account_id = a.account_id
			where a.kind = 'customer'
			group by a.account_id
			having a.balance_cents <> coalesce(sum(e.amount_cents), 0)`,
	},
	{
		name: 'the clearing account holds what has left a payer and not reached anybody',
		damage: 'inconsistent',
		text: `
			with held as (
				select coalesce(sum(e.amount_cents), 0) as cents
				from demo.ledger_entry e
				where e.account_id = 'internal:clearing'
			),
			on_its_way as (
				select coalesce(sum(t.amount_cents), 0) as cents
				from demo.transfer t
				where exists (select from demo.booking b where b.subject_id = t.transfer_id and b.kind = 'debit')
					and not exists (select from demo.booking b where b.subject_id = t.transfer_id and b.kind in ('credit', 'refund'))
			),
			ordered as (
				select coalesce(sum(k.clearing_sign * (p.state ->> 'amountCents')::bigint), 0) as cents
				from cb.process_step s
				join cb.process p on p.process_id = s.process_id and p.process_type = 'PaymentOrder'
				join ${orderSteps} on k.step = s.step
				where s.status = 'SUCCEEDED'
			)
			select 'internal:clearing' as subject, 'it holds ' || h.cents || ', on its way are ' || w.cents || ' and ' || o.cents as problem
			from held h
			cross join on_its_way w
			cross join ordered o
			where h.cents <> w.cents + o.cents`,
	},
];
