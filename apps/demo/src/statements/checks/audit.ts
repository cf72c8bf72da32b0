/** The audit is complete: every attempt was received, every outcome recorded once, and the last line says how the command stands. */
import type { Check } from './check.ts';

/** One row per command with its lines counted; of the current generation where attempts matter. */
const told = `
	select
		c.domain, c.command_id, c.command_type, c.status, c.attempts,
		count(*) filter (where a.type = 'SENT') as sent,
		count(*) filter (where a.type = 'RECEIVED' and a.generation = c.generation) as received,
		count(distinct a.attempt) filter (where a.type = 'RECEIVED' and a.generation = c.generation) as received_attempts,
		count(*) filter (where a.type in ('COMPLETED', 'OPERATOR_COMPLETE')) as completed,
		count(*) filter (where a.type = 'BUSINESS_RULE_FAILED') as failed,
		count(*) filter (where a.type in ('CANCELED', 'OPERATOR_CANCEL')) as canceled,
		count(*) filter (where a.type = 'MOVED_TO_TROUBLESHOOTING_QUEUE') as parked,
		count(*) filter (where a.type in ('OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE')) as acted_on,
		(array_agg(a.type order by a.sequence))[1] as first_line,
		(array_agg(a.type order by a.sequence desc))[1] as last_line
	from cb.command c
	left join cb.command_audit a on a.domain = c.domain and a.command_id = c.command_id
	group by c.domain, c.command_id`;

const subject = `t.command_id::text as subject`;

export const auditChecks: readonly Check[] = [
	{
		name: 'every trail begins with one SENT and ends with how the command stands',
		damage: 'inconsistent',
		text: `
			select ${subject}, t.status || ': ' || t.sent || ' times SENT, from ' || coalesce(t.first_line, 'nothing') || ' to '
				|| coalesce(t.last_line, 'nothing') as problem
			from (${told}) t
			where t.sent <> 1
				or t.first_line <> 'SENT'
				or t.last_line <> all (case t.status
					when 'COMPLETED' then array['COMPLETED', 'OPERATOR_COMPLETE']
					when 'FAILED' then array['BUSINESS_RULE_FAILED']
					when 'CANCELED' then array['CANCELED', 'OPERATOR_CANCEL']
					else array['MOVED_TO_TROUBLESHOOTING_QUEUE']
				end)`,
	},
	{
		name: 'every attempt was received, once',
		damage: 'inconsistent',
		text: `
			select ${subject}, t.attempts || ' attempts, received ' || t.received || ' times' as problem
			from (${told}) t
			where t.received <> t.attempts or t.received_attempts <> t.attempts`,
	},
	{
		name: 'every command ended once, and was parked once more often than operators acted on it only while it is parked',
		damage: 'doubled',
		text: `
			select ${subject}, t.status || ' with ' || t.completed || ' COMPLETED, ' || t.failed || ' FAILED, ' || t.canceled || ' CANCELED, '
				|| t.parked || ' parked, ' || t.acted_on || ' acts' as problem
			from (${told}) t
			where t.completed <> case t.status when 'COMPLETED' then 1 else 0 end
				or t.failed <> case t.status when 'FAILED' then 1 else 0 end
				or t.canceled <> case t.status when 'CANCELED' then 1 else 0 end
				or t.parked - t.acted_on <> case t.status when 'IN_TROUBLESHOOTING_QUEUE' then 1 else 0 end`,
	},
	{
		name: 'every attempt has its outcome, or was followed by a redelivery',
		damage: 'inconsistent',
		text: `
			with attempt as (
				select a.domain, a.command_id, a.generation, a.attempt,
					count(*) filter (where a.type in ('COMPLETED', 'FAILED', 'BUSINESS_RULE_FAILED')) as outcomes,
					bool_or(a.type = 'RECEIVED' and coalesce((a.details ->> 'isRedelivered')::boolean, false)) as is_redelivery,
					bool_or(a.details ->> 'reason' = 'EXHAUSTED_BY_REDELIVERY') as is_given_up
				from cb.command_audit a
				where a.type in ('RECEIVED', 'COMPLETED', 'FAILED', 'BUSINESS_RULE_FAILED', 'MOVED_TO_TROUBLESHOOTING_QUEUE')
				group by a.domain, a.command_id, a.generation, a.attempt
			)
			select t.command_id::text as subject,
				'attempt ' || t.attempt || ' of generation ' || t.generation || ' has ' || t.outcomes || ' outcomes' as problem
			from attempt t
			left join attempt n on n.domain = t.domain and n.command_id = t.command_id and n.generation = t.generation
				and n.attempt = t.attempt + 1
			where t.outcomes > 1
				or (t.outcomes = 0 and not coalesce(n.is_redelivery, false) and not coalesce(t.is_given_up, false))`,
	},
];
