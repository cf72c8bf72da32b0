/** What was executed, by the handlers' own records, is what the store says was completed. */
import type { Check } from './check.ts';

/** Which attempt a handler completed a command in; an operator's completion is none. */
const completed = `
	select a.command_id, a.generation, a.attempt, c.command_type, c.result ->> 'token' as token
	from cb.command_audit a
	join cb.command c on c.domain = a.domain and c.command_id = a.command_id
	where a.type = 'COMPLETED'`;

export const effectChecks: readonly Check[] = [
	{
		name: 'what a command does was done once if a handler completed it, and not at all otherwise',
		damage: 'doubled',
		text: `
			select c.command_id::text as subject, c.command_type || ' is ' || c.status || ' and was done ' || coalesce(e.count, 0) || ' times' as problem
			from cb.command c
			left join (select e.command_id, count(*) as count from chaos.effect e group by e.command_id) e on e.command_id = c.command_id
			left join (${completed}) d on d.command_id = c.command_id
			where coalesce(e.count, 0) <> case when d.command_id is not null and c.command_type <> 'Look' then 1 else 0 end
			union all
			select e.command_id::text, 'was done, and there is no such command'
			from chaos.effect e
			where not exists (select from cb.command c where c.command_id = e.command_id)`,
	},
	{
		name: 'what was done is the work of the attempt that completed the command',
		damage: 'inconsistent',
		text: `
			select d.command_id::text as subject, 'attempt ' || d.attempt || ' completed it, attempt ' || e.attempt || ' did it' as problem
			from (${completed}) d
			join chaos.effect e on e.command_id = d.command_id
			where (e.generation, e.attempt, e.token) is distinct from (d.generation, d.attempt, d.token)`,
	},
	{
		name: 'every result was made by a call of the handler, in the attempt that completed the command',
		damage: 'lost',
		text: `
			select d.command_id::text as subject, 'completed by attempt ' || d.attempt || ' of generation ' || d.generation || ' with '
				|| coalesce(d.token, 'nothing') || ', which no handler said' as problem
			from (${completed}) d
			where not exists (
				select from chaos.called l
				where l.id = d.command_id and l.generation = d.generation and l.attempt = d.attempt and l.phase = 'answered' and l.token = d.token
			)`,
	},
	{
		name: 'every failure that is recorded was said by a handler',
		damage: 'inconsistent',
		text: `
			select a.command_id::text as subject, a.type || ' (' || (a.details #>> '{error,code}') || ') in attempt ' || a.attempt || ', which no handler said' as problem
			from cb.command_audit a
			where a.type in ('FAILED', 'BUSINESS_RULE_FAILED')
				and a.details #>> '{error,code}' in ('BROKEN', 'REFUSED', 'BUSY')
				and not exists (
					select from chaos.called l
					where l.id = a.command_id and l.generation = a.generation and l.attempt = a.attempt and l.phase = 'failed'
						and l.why = a.details #>> '{error,code}'
				)`,
	},
	{
		name: 'no attempt ran twice',
		damage: 'doubled',
		needsLeases: true,
		text: `
			select l.id::text as subject, 'attempt ' || l.attempt || ' of generation ' || l.generation || ' ran ' || count(*) || ' times, at '
				|| string_agg(distinct l.worker, ', ') as problem
			from chaos.called l
			where l.phase = 'called'
			group by l.id, l.generation, l.attempt
			having count(*) > 1`,
	},
	{
		name: 'no handler was called for a command that had ended, and none for an attempt that nobody received',
		damage: 'doubled',
		needsLeases: true,
		text: `
			select l.id::text as subject, 'attempt ' || l.attempt || ' of generation ' || l.generation || ' ran at ' || l.worker as problem
			from chaos.called l
			where l.phase = 'called'
				and not exists (
					select from cb.command_audit a
					where a.command_id = l.id and a.generation = l.generation and a.attempt = l.attempt and a.type = 'RECEIVED'
				)`,
	},
];
