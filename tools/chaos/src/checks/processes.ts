/** Every process has ended where it should, each of its steps was done once, and what was undone was undone in reverse. */
import type { Check } from './check.ts';

const stepSubject = `s.process_id::text || ' step ' || s.position as subject`;

export const processChecks: readonly Check[] = [
	{
		name: 'every process has ended, and every step of it',
		damage: 'stuck',
		text: `
			select p.process_id::text as subject, 'it is ' || p.status || ' at ' || coalesce(p.current_step, 'no step') as problem
			from cb.process p
			where p.completed_at is null or p.status not in ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED')
			union all
			select ${stepSubject}, s.step || ' is ' || s.status
			from cb.process_step s
			where s.status in ('OPEN', 'PARKED')`,
	},
	{
		name: 'no answer to a process is left over or was set aside',
		damage: 'lost',
		text: `
			select q.msg_id::text as subject, 'unread: ' || left(coalesce(q.message::text, 'null'), 80) as problem
			from pgmq.q_chaos__process_replies q
			union all
			select u.msg_id::text, 'set aside: ' || u.reason
			from cb.unhandled_reply u
			where exists (select from cb.process_step s where s.command_id::text = u.body ->> 'command_id')
				and u.body ->> 'correlation_id' in (select p.process_id::text from cb.process p)`,
	},
	{
		name: 'every step has its command, once, and agrees with it',
		damage: 'lost',
		text: `
			select ${stepSubject}, s.step || ' is ' || s.status || ', its command is ' || coalesce(c.status, 'missing') as problem
			from cb.process_step s
			left join cb.command c on c.domain = s.domain and c.command_id = s.command_id
			where s.status is distinct from case c.status when 'COMPLETED' then 'SUCCEEDED' else c.status end`,
	},
	{
		name: 'no step was sent twice, and none was forgotten in between',
		damage: 'doubled',
		text: `
			select s.process_id::text as subject, s.step || ' was sent ' || count(*) || ' times' as problem
			from cb.process_step s
			group by s.process_id, s.step
			having count(*) > 1
			union all
			select s.process_id::text, count(*) || ' steps up to position ' || max(s.position)
			from cb.process_step s
			group by s.process_id
			having max(s.position) <> count(*) or min(s.position) <> 1
			union all
			select c.command_id::text, c.command_type || ' belongs to no step'
			from cb.command c
			where c.reply_to = 'chaos__process_replies'
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
		name: 'a process knows the result of each step that succeeded, in order',
		damage: 'lost',
		text: `
			select p.process_id::text as subject, p.state ->> 'tokens' || ', its steps say ' || coalesce(s.tokens::text, 'nothing') as problem
			from cb.process p
			left join lateral (
				select jsonb_agg(c.result ->> 'token' order by s.position) as tokens
				from cb.process_step s
				join cb.command c on c.domain = s.domain and c.command_id = s.command_id
				where s.process_id = p.process_id and s.kind = 'forward' and s.status = 'SUCCEEDED'
			) s on true
			where p.state -> 'tokens' is distinct from coalesce(s.tokens, '[]')`,
	},
	{
		name: 'a process that completed has done every step and undone none',
		damage: 'inconsistent',
		text: `
			select p.process_id::text as subject, 'COMPLETED after ' || array_agg(s.step order by s.position)::text as problem
			from cb.process p
			join cb.process_step s on s.process_id = p.process_id
			where p.status = 'COMPLETED'
			group by p.process_id
			having array_agg(s.step order by s.position) <> array['RESERVE', 'CHARGE', 'SHIP', 'NOTIFY'] or bool_or(s.status <> 'SUCCEEDED')`,
	},
	{
		name: 'what was done and can be undone was undone exactly where the process was compensated, and nothing else was',
		damage: 'inconsistent',
		text: `
			select s.process_id::text as subject, p.status || ': ' || s.step || ' is ' || s.status || ', ' || k.undo || ' was '
				|| case when u.step is null then 'not sent' else 'sent' end as problem
			from cb.process p
			join cb.process_step s on s.process_id = p.process_id and s.kind = 'forward'
			join (values ('RESERVE', 'RELEASE'), ('CHARGE', 'REFUND'), ('SHIP', 'RECALL')) as k (step, undo) on k.step = s.step
			left join cb.process_step u on u.process_id = s.process_id and u.step = k.undo
			where (u.step is not null) <> (p.status = 'COMPENSATED' and s.status = 'SUCCEEDED')`,
	},
	{
		name: 'steps were undone in reverse order, one after the other',
		damage: 'inconsistent',
		text: `
			with told as (
				select e.process_id, e.command_id, min(e.sequence) filter (where e.type = 'STEP_SENT') as sent,
					-- Answered, or known to be parked: a parked undo is not waited for any longer.
					min(e.sequence) filter (where e.type <> 'STEP_SENT') as heard_of
				from cb.process_event e
				group by e.process_id, e.command_id
			),
			undone as (
				select s.process_id, s.step, t.sent, f.position as undone_position, lag(f.position) over w as previous_undone_position,
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
				or (d.previous_undone_position is not null and (d.sent is null or d.previous_heard_of is null or d.sent < d.previous_heard_of))`,
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
];
