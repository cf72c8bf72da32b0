/** Every transfer has its commands and its bookings, each exactly once, and ends where somebody can see it. */
import type { Check } from './check.ts';

const bookingCounts = `
	select
		t.transfer_id,
		t.status,
		count(*) filter (where b.kind = 'debit') as debits,
		count(*) filter (where b.kind = 'credit') as credits,
		count(*) filter (where b.kind = 'refund') as refunds
	from demo.transfer t
	left join demo.booking b on b.subject_id = t.transfer_id
	group by t.transfer_id`;

export const transferChecks: readonly Check[] = [
	{
		name: 'every transfer has its commands',
		damage: 'lost',
		text: `
			select t.transfer_id::text as subject, 'there is no ' || w.command || ' command' as problem
			from demo.transfer t
			cross join lateral (values
				('debit', t.debit_command_id, true),
				('credit', t.credit_command_id, t.status in ('DEBITED', 'BOOKED', 'RETURNING', 'RETURNED')),
				('refund', t.refund_command_id, t.status in ('RETURNING', 'RETURNED'))
			) as w (command, command_id, is_due)
			left join cb.command c on c.domain = 'payments' and c.command_id = w.command_id
			where (w.is_due or w.command_id is not null) and c.command_id is null`,
	},
	{
		name: 'no transfer is booked twice',
		damage: 'doubled',
		text: `
			select b.transfer_id::text as subject,
				b.debits || ' debits, ' || b.credits || ' credits, ' || b.refunds || ' refunds' as problem
			from (${bookingCounts}) b
			where b.debits > 1 or b.credits + b.refunds > 1`,
	},
	{
		name: 'every transfer has the bookings its status calls for',
		damage: 'lost',
		text: `
			select b.transfer_id::text as subject,
				b.status || ' with ' || b.debits || ' debits, ' || b.credits || ' credits, ' || b.refunds || ' refunds' as problem
			from (${bookingCounts}) b
			join (values
				('REQUESTED', 0, 0, 0), ('REJECTED', 0, 0, 0), ('DEBITED', 1, 0, 0), ('RETURNING', 1, 0, 0),
				('BOOKED', 1, 1, 0), ('RETURNED', 1, 0, 1)
			) as e (status, debits, credits, refunds) on e.status = b.status
			where b.debits < e.debits or b.credits < e.credits or b.refunds < e.refunds
				or (e.debits = 0 and b.debits > 0) or (e.credits = 0 and b.credits > 0) or (e.refunds = 0 and b.refunds > 0)`,
	},
	{
		name: 'every transfer has ended or waits for an operator',
		damage: 'stuck',
		text: `
			select t.transfer_id::text as subject, 'it is ' || t.status || ' and nothing of it is parked' as problem
			from demo.transfer t
			where t.status in ('REQUESTED', 'DEBITED', 'RETURNING')
				and not exists (
					select from cb.command c
					where c.domain = 'payments'
						and c.command_id in (t.debit_command_id, t.credit_command_id, t.refund_command_id)
						and c.status = 'IN_TROUBLESHOOTING_QUEUE'
				)`,
	},
	{
		name: 'every command that its handler completed has booked once, and no other command has booked',
		damage: 'doubled',
		text: `
			with handled as (
				select c.command_id, c.command_type, c.status,
					c.status = 'COMPLETED' and not exists (
						select from cb.command_audit a
						where a.command_id = c.command_id and a.domain = c.domain and a.type = 'OPERATOR_COMPLETE'
					) as has_booked
				from cb.command c
				where c.domain = 'payments' and c.command_type in ('DebitAccount', 'CreditAccount', 'RefundAccount')
			)
			select h.command_id::text as subject, h.command_type || ' is ' || h.status || ' and has ' || count(b.*) || ' bookings' as problem
			from handled h
			left join demo.booking b on b.command_id = h.command_id
			group by h.command_id, h.command_type, h.status, h.has_booked
			having count(b.*) <> case when h.has_booked then 1 else 0 end`,
	},
];
