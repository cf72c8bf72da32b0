/** Every command has ended, was answered once, and moved only as commands may. */
import { leaseSeconds, maxAttempts } from '../load/commands.ts';
import type { Check } from './check.ts';

const replies = `
	select (q.message ->> 'command_id')::uuid as command_id, (q.message ->> 'generation')::integer as generation,
		q.message ->> 'outcome' as outcome, q.message #>> '{data,token}' as token, (q.message ->> 'correlation_id')::uuid as correlation_id
	from pgmq.q_chaos__replies q
	where q.message ->> 'kind' = 'reply'`;

/** A receive notes the time at which it begins, and finds what became due until it is through. */
const receiveSeconds = 0.5;

/** The status that a line of the audit leaves a command in, and the lines that may come before it. */
const moves = `
	(values
		('SENT', array['nothing'], 'PENDING'),
		('RECEIVED', array['SENT', 'RECEIVED', 'FAILED', 'OPERATOR_RETRY'], 'PENDING'),
		('COMPLETED', array['RECEIVED'], 'COMPLETED'),
		('FAILED', array['RECEIVED'], 'PENDING'),
		('BUSINESS_RULE_FAILED', array['RECEIVED'], 'FAILED'),
		('MOVED_TO_TROUBLESHOOTING_QUEUE', array['FAILED', 'RECEIVED'], 'IN_TROUBLESHOOTING_QUEUE'),
		('OPERATOR_RETRY', array['MOVED_TO_TROUBLESHOOTING_QUEUE'], 'PENDING'),
		('OPERATOR_CANCEL', array['MOVED_TO_TROUBLESHOOTING_QUEUE'], 'CANCELED'),
		('OPERATOR_COMPLETE', array['MOVED_TO_TROUBLESHOOTING_QUEUE'], 'COMPLETED'),
		('CANCELED', array['SENT', 'FAILED', 'OPERATOR_RETRY'], 'CANCELED')
	) as m (type, after, status)`;

const trail = `
	select a.command_id, a.domain, a.sequence, a.type, a.generation, a.attempt, a.at, a.details,
		coalesce(lag(a.type) over w, 'nothing') as previous_type,
		lag(a.generation) over w as previous_generation,
		lag(a.attempt) over w as previous_attempt,
		lag(a.at) over w as previous_at,
		lead(a.type) over w as next_type
	from cb.command_audit a
	window w as (partition by a.domain, a.command_id order by a.sequence)`;

export const commandChecks: readonly Check[] = [
	{
		name: 'every command has ended',
		damage: 'stuck',
		text: `
			select c.command_id::text as subject, c.command_type || ' is ' || c.status || ' after ' || c.attempts || ' attempts' as problem
			from cb.command c
			where c.status not in ('COMPLETED', 'FAILED', 'CANCELED')`,
	},
	{
		name: 'no message is left on a command queue',
		damage: 'stuck',
		text: `
			select q.msg_id::text as subject, 'read ' || q.read_ct || ' times: ' || left(coalesce(q.message::text, 'null'), 80) as problem
			from cb.live_message q`,
	},
	{
		name: 'every command that ended has its reply, with its outcome, correlation and result',
		damage: 'lost',
		text: `
			select c.command_id::text as subject, c.status || ' and answered ' || coalesce(r.outcome, 'nothing') as problem
			from cb.command c
			left join (${replies}) r on r.command_id = c.command_id and r.generation = c.generation
			where c.reply_to = 'chaos__replies'
				and c.status in ('COMPLETED', 'FAILED', 'CANCELED')
				and (r.outcome is distinct from case c.status when 'COMPLETED' then 'SUCCESS' else c.status end
					or r.correlation_id <> c.correlation_id
					or r.token is distinct from c.result ->> 'token')`,
	},
	{
		name: 'no command has more than one reply, and none that has not ended or asked for none',
		damage: 'doubled',
		text: `
			select r.command_id::text as subject, coalesce(c.status, 'unknown') || ' with ' || count(*) || ' replies' as problem
			from (${replies}) r
			left join cb.command c on c.command_id = r.command_id
			group by r.command_id, c.status, c.reply_to
			having count(*) > case when c.status in ('COMPLETED', 'FAILED', 'CANCELED') and c.reply_to is not null then 1 else 0 end`,
	},
	{
		name: 'every command moved as commands may, and its trail leads to where it is',
		damage: 'inconsistent',
		text: `
			select t.command_id::text as subject, t.type || ' after ' || t.previous_type || ' in generation ' || t.generation as problem
			from (${trail}) t
			join ${moves} on m.type = t.type
			where t.previous_type <> all (m.after)
				or t.generation <> coalesce(t.previous_generation, 0) + case when t.type in ('SENT', 'OPERATOR_RETRY') then 1 else 0 end
			union all
			select c.command_id::text, c.status || ' of generation ' || c.generation || ', but its trail ends with ' || coalesce(t.type, 'nothing')
			from cb.command c
			left join (${trail}) t on t.domain = c.domain and t.command_id = c.command_id and t.next_type is null
			left join ${moves} on m.type = t.type
			where m.status is distinct from c.status or t.generation is distinct from c.generation`,
	},
	{
		name: 'every attempt was received once, in order, and no more often than it may',
		damage: 'inconsistent',
		text: `
			select t.command_id::text as subject,
				'attempts ' || array_agg(t.attempt order by t.sequence)::text || ' of generation ' || t.generation || ', at most ${maxAttempts}' as problem
			from (${trail}) t
			where t.type = 'RECEIVED'
			group by t.domain, t.command_id, t.generation
			having max(t.attempt) <> count(*) or count(distinct t.attempt) <> count(*) or count(*) > ${maxAttempts}
				or bool_or(t.previous_type = 'RECEIVED' and t.attempt < t.previous_attempt)
			union all
			select c.command_id::text, c.attempts || ' attempts, received ' || count(a.*) || ' times'
			from cb.command c
			left join cb.command_audit a on a.domain = c.domain and a.command_id = c.command_id and a.generation = c.generation and a.type = 'RECEIVED'
			where not exists (
				select from cb.command_audit o where o.domain = c.domain and o.command_id = c.command_id and o.type in ('OPERATOR_CANCEL', 'OPERATOR_COMPLETE', 'CANCELED')
			)
			group by c.domain, c.command_id
			having count(a.*) <> c.attempts`,
	},
	{
		name: 'every attempt has its outcome, or was followed by a redelivery',
		damage: 'inconsistent',
		text: `
			select t.command_id::text as subject, 'attempt ' || t.previous_attempt || ' has no outcome, and ' || t.attempt || ' is no redelivery' as problem
			from (${trail}) t
			where t.type = 'RECEIVED' and t.previous_type = 'RECEIVED'
				and (t.attempt <> t.previous_attempt + 1 or not coalesce((t.details ->> 'isRedelivered')::boolean, false))`,
	},
	{
		name: 'no lease was handed out while another one ran',
		damage: 'doubled',
		needsLeases: true,
		text: `
			select t.command_id::text as subject, 'attempt ' || t.attempt || ' was received '
				|| round(extract(epoch from t.at - t.previous_at)::numeric, 3) || ' s after the one before, which nobody had answered' as problem
			from (${trail}) t
			where t.type = 'RECEIVED' and t.previous_type = 'RECEIVED' and t.at < t.previous_at + make_interval(secs => ${leaseSeconds - receiveSeconds})`,
	},
	{
		name: 'what is parked is parked in one place and in the other',
		damage: 'inconsistent',
		text: `
			select coalesce(c.command_id, p.command_id)::text as subject, 'is parked in one place and not in the other' as problem
			from (select * from cb.command where status = 'IN_TROUBLESHOOTING_QUEUE') c
			full join cb.parked_command p on p.domain = c.domain and p.command_id = c.command_id
			where c.command_id is null or p.command_id is null`,
	},
];
