/** What operators were told is what the audit says, act by act. */
import type { Check } from './check.ts';

const acts = `
	select a.command_id, a.generation, lower(replace(a.type, 'OPERATOR_', '')) as action, a.details #>> '{operator,id}' as operator
	from cb.command_audit a
	where a.type in ('OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE')`;

export const operatorChecks: readonly Check[] = [
	{
		name: 'every act that was done stands in the audit, once, with its operator',
		damage: 'lost',
		text: `
			select d.id::text as subject, d.action || ' by ' || d.operator || ' was done ' || d.done || ' times, perhaps ' || d.unknown
				|| ' times more, and stands there ' || count(a.*) || ' times' as problem
			from (
				select t.id, t.action, t.operator, count(*) filter (where t.phase = 'done') as done,
					count(*) filter (where t.phase = 'tried') - count(*) filter (where t.phase in ('done', 'refused')) as unknown
				from chaos.acted t
				group by t.id, t.action, t.operator
			) d
			left join (${acts}) a on a.command_id = d.id and a.action = d.action and a.operator = d.operator
			group by d.id, d.action, d.operator, d.done, d.unknown
			having count(a.*) not between d.done and d.done + d.unknown`,
	},
	{
		name: 'nobody acted who did not mean to, and no item of a bulk is done without its act or the other way round',
		damage: 'doubled',
		text: `
			select coalesce(a.command_id, i.command_id)::text as subject,
				coalesce(a.operator, i.operator_id) || ': ' || coalesce(a.count, 0) || ' acts in bulk, ' || coalesce(i.count, 0) || ' items done' as problem
			from (
				select a.command_id, a.operator, count(*) as count
				from (${acts}) a
				where not exists (select from chaos.acted t where t.id = a.command_id and t.action = a.action and t.operator = a.operator)
				group by a.command_id, a.operator
			) a
			full join (
				select i.command_id, b.operator_id, count(*) as count
				from cb.bulk_item i
				join cb.bulk b on b.bulk_id = i.bulk_id
				where i.status = 'DONE'
				group by i.command_id, b.operator_id
			) i on i.command_id = a.command_id and i.operator_id = a.operator
			where a.count is distinct from i.count`,
	},
	{
		name: 'every bulk that was started has ended, with one result per item that adds up',
		damage: 'stuck',
		text: `
			select b.bulk_id::text as subject, b.status || ' with ' || b.done_count || ' + ' || b.skipped_count || ' + ' || b.failed_count || ' of '
				|| b.total_count || ', items ' || i.done || ' + ' || i.skipped || ' + ' || i.failed || ', waiting ' || i.waiting as problem
			from cb.bulk b
			cross join lateral (
				select count(*) filter (where i.status = 'DONE') as done, count(*) filter (where i.status = 'SKIPPED') as skipped,
					count(*) filter (where i.status = 'FAILED') as failed, count(*) filter (where i.status = 'WAITING') as waiting
				from cb.bulk_item i
				where i.bulk_id = b.bulk_id
			) i
			where b.status <> 'PREVIEWED'
				and (b.status <> 'COMPLETED' or i.waiting <> 0 or (b.done_count, b.skipped_count, b.failed_count) <> (i.done, i.skipped, i.failed)
					or i.done + i.skipped + i.failed <> b.total_count)`,
	},
	{
		name: 'every bulk that was started is there and was not forgotten',
		damage: 'lost',
		text: `
			select t.id::text as subject, 'started by ' || t.operator || ', and ' || coalesce(b.status, 'missing') as problem
			from chaos.bulk t
			left join cb.bulk b on b.bulk_id = t.id
			where t.phase = 'done' and b.status is distinct from 'COMPLETED'`,
	},
];
