/** Every process ends, each of its steps was done once, and what was undone was undone in the right order. */
import type { Check } from './check.ts';

/** Which booking each step of a payment order makes; how it changes what is set aside and what is on its way. */
export const orderSteps = `
	(values
		('RESERVE', 'reserve', 1, 0), ('DEBIT', 'debit-reserve', -1, 1), ('CREDIT', 'credit-payee', 0, -1),
		('RECLAIM_CREDIT', 'reclaim-credit', 0, 1), ('RETURN_DEBIT', 'return-debit', 1, -1), ('RELEASE_FUNDS', 'release', -1, 0)
	) as k (step, booking, reserve_sign, clearing_sign)`;

/** Which step undoes which. */
const undoSteps = `
	(values
		('PaymentOrder', 'RESERVE', 'RELEASE_FUNDS'), ('PaymentOrder', 'DEBIT', 'RETURN_DEBIT'), ('PaymentOrder', 'CREDIT', 'RECLAIM_CREDIT'),
		('StatementReport', 'RENDER', 'DELETE_RENDER')
	) as u (process_type, step, undo)`;

const stepsPerProcess = `
	(values ('PaymentOrder', 4), ('StatementReport', 3)) as n (process_type, forward_count)`;

const stepSubject = `s.process_id::text || ' step ' || s.position as subject`;

export const processChecks: readonly Check[] = [
	{
		name: 'every process has ended',
		damage: 'stuck',
		text: `
			select p.process_id::text as subject, p.process_type || ' is ' || p.status || ' at ' || coalesce(p.current_step, 'no step') as problem
			from cb.process p
			where p.status not in ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED')`,
	},
	{
		name: 'no reply to a process is left over or was set aside',
		damage: 'lost',
		text: `
			select q.msg_id::text as subject, 'unread: ' || coalesce(q.message ->> 'kind', 'unknown') as problem
			from (
				select msg_id, message from pgmq.q_orders__process_replies
				union all
				select msg_id, message from pgmq.q_reporting__process_replies
			) q
			union all
			select u.msg_id::text, 'set aside: ' || u.reason
			from cb.unhandled_reply u`,
	},
	{
		name: 'every step has its command, and agrees with it',
		damage: 'lost',
		text: `
			select ${stepSubject}, s.step || ' is ' || s.status || ', its command is ' || coalesce(c.status, 'missing') as problem
			from cb.process_step s
			left join cb.command c on c.domain = s.domain and c.command_id = s.command_id
			where s.status is distinct from case c.status
				when 'COMPLETED' then 'SUCCEEDED'
				when 'FAILED' then 'FAILED'
				when 'CANCELED' then 'CANCELED'
				when 'IN_TROUBLESHOOTING_QUEUE' then 'PARKED'
				else 'OPEN'
			end`,
	},
	{
		name: 'no step of a process was sent twice, and every command of a process is a step of it',
		damage: 'doubled',
		text: `
			select s.process_id::text as subject, s.step || ' was sent ' || count(*) || ' times' as problem
			from cb.process_step s
			group by s.process_id, s.step
			having count(*) > 1
			union all
			select c.command_id::text, c.command_type || ' belongs to no step'
			from cb.command c
			where c.reply_to like '%\\_\\_process\\_replies'
				and not exists (select from cb.process_step s where s.domain = c.domain and s.command_id = c.command_id)`,
	},
	{
		name: 'every answer moved its process once',
		damage: 'doubled',
		text: `
			select ${stepSubject}, s.step || ' was answered ' || count(e.*) || ' times' as problem
			from cb.process_step s
			left join cb.process_event e on e.process_id = s.process_id and e.command_id = s.command_id and e.type = 'STEP_ANSWERED'
			where s.status in ('SUCCEEDED', 'FAILED', 'CANCELED')
			group by s.process_id, s.position
			having count(e.*) <> 1`,
	},
	{
		name: 'every step of an order that succeeded has booked once, and no other has',
		damage: 'doubled',
		text: `
			select ${stepSubject}, s.step || ' is ' || s.status || ' and has ' || count(b.*) || ' bookings' as problem
			from cb.process_step s
			join cb.process p on p.process_id = s.process_id and p.process_type = 'PaymentOrder'
			join ${orderSteps} on k.step = s.step
			left join demo.booking b on b.command_id = s.command_id and b.kind = k.booking and b.subject_id = (p.state ->> 'orderId')::uuid
			group by s.process_id, s.position
			having count(b.*) <> case s.status when 'SUCCEEDED' then 1 else 0 end`,
	},
	{
		name: 'a process that completed has done every step and undone none',
		damage: 'inconsistent',
		text: `
			select p.process_id::text as subject,
				p.process_type || ' is COMPLETED with ' || count(s.*) filter (where s.kind = 'forward' and s.status = 'SUCCEEDED') || ' steps done and '
					|| count(s.*) filter (where s.kind = 'undo') || ' undone' as problem
			from cb.process p
			join ${stepsPerProcess} on n.process_type = p.process_type
			left join cb.process_step s on s.process_id = p.process_id
			where p.status = 'COMPLETED'
			group by p.process_id, n.forward_count
			having count(s.*) filter (where s.kind = 'forward' and s.status = 'SUCCEEDED') <> n.forward_count
				or count(s.*) filter (where s.kind = 'undo') > 0`,
	},
	{
		name: 'a compensated process has undone every step that was done and can be undone, and no other process has undone anything',
		damage: 'inconsistent',
		text: `
			select p.process_id::text as subject, p.process_type || ' is ' || p.status || ': ' || s.step || ' is ' || s.status || ', ' || u.undo
				|| case when r.position is null then ' was not sent' else ' was sent' end as problem
			from cb.process p
			join cb.process_step s on s.process_id = p.process_id and s.kind = 'forward'
			join ${undoSteps} on u.process_type = p.process_type and u.step = s.step
			left join cb.process_step r on r.process_id = s.process_id and r.kind = 'undo' and r.undoes = s.step and r.step = u.undo
			where (r.position is not null) <> (p.status = 'COMPENSATED' and s.status = 'SUCCEEDED')`,
	},
	{
		name: 'what was done was undone in reverse order, one awaited command at a time',
		damage: 'inconsistent',
		text: `
			with told as (
				select e.process_id, e.command_id,
					min(e.sequence) filter (where e.type = 'STEP_SENT') as sent,
					-- Answered, or known to be parked: a parked undo is not waited for any longer.
					min(e.sequence) filter (where e.type <> 'STEP_SENT') as heard_of
				from cb.process_event e
				group by e.process_id, e.command_id
			),
			undone as (
				select s.process_id, s.step, t.sent, f.position as undone_position,
					lag(f.position) over w as previous_undone_position,
					lag(t.heard_of) over w as previous_heard_of
				from cb.process_step s
				join cb.process_step f on f.process_id = s.process_id and f.kind = 'forward' and f.step = s.undoes
				left join told t on t.process_id = s.process_id and t.command_id = s.command_id
				where s.kind = 'undo'
				window w as (partition by s.process_id order by s.position)
			)
			select d.process_id::text as subject, d.step || ' was sent out of turn' as problem
			from undone d
			where d.undone_position > d.previous_undone_position
				or (d.previous_undone_position is not null
					and (d.sent is null or d.previous_heard_of is null or d.sent < d.previous_heard_of))`,
	},
	{
		name: 'a process counts the undo steps that did not succeed',
		damage: 'inconsistent',
		text: `
			select p.process_id::text as subject, p.compensation_errors || ' counted, '
				|| count(s.*) filter (where s.status <> 'SUCCEEDED') || ' undo steps did not succeed' as problem
			from cb.process p
			left join cb.process_step s on s.process_id = p.process_id and s.kind = 'undo'
			group by p.process_id
			having p.compensation_errors <> count(s.*) filter (where s.status <> 'SUCCEEDED')`,
	},
	{
		name: 'the reserve holds what the steps of the orders have set aside',
		damage: 'inconsistent',
		text: `
			with held as (
				select coalesce(sum(e.amount_cents), 0) as cents
				from demo.ledger_entry e
				where e.account_id = 'internal:reserve'
			),
			due as (
				select coalesce(sum(k.reserve_sign * (p.state ->> 'amountCents')::bigint), 0) as cents
				from cb.process_step s
				join cb.process p on p.process_id = s.process_id and p.process_type = 'PaymentOrder'
				join ${orderSteps} on k.step = s.step
				where s.status = 'SUCCEEDED'
			)
			select 'internal:reserve' as subject, 'it holds ' || h.cents || ', the steps say ' || d.cents as problem
			from held h
			cross join due d
			where h.cents <> d.cents`,
	},
];
