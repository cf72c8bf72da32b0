/** What holds when an operator has worked everything off. */
import type { Check } from './check.ts';

export const operatorChecks: readonly Check[] = [
	{
		name: 'nothing waits for an operator any more',
		damage: 'stuck',
		text: `
			select p.command_id::text as subject, p.command_type || ' is parked: ' || p.error_code as problem
			from cb.parked_command p`,
	},
	{
		name: 'every transfer that was parked got exactly one answer in the end',
		damage: 'lost',
		text: `
			select c.command_id::text as subject, c.command_type || ' is ' || c.status || ' with ' || count(r.*) || ' replies' as problem
			from cb.command c
			left join demo.reply_inbox r on r.command_id = c.command_id
			where c.reply_to = 'payments__replies'
				and exists (
					select from cb.command_audit a
					where a.command_id = c.command_id and a.domain = c.domain and a.type = 'MOVED_TO_TROUBLESHOOTING_QUEUE'
				)
			group by c.domain, c.command_id
			having count(r.*) <> 1`,
	},
	{
		name: 'the audit names the operator of every act',
		damage: 'inconsistent',
		text: `
			select a.command_id::text as subject, a.type || ' by nobody' as problem
			from cb.command_audit a
			where a.type in ('OPERATOR_RETRY', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE')
				and coalesce(a.details #>> '{operator,id}', '') = ''`,
	},
	{
		name: 'every bulk ended, with one result per item',
		damage: 'stuck',
		text: `
			select b.bulk_id::text as subject, b.status || ', ' || count(i.*) filter (where i.status <> 'WAITING') || ' results for '
				|| b.total_count || ' items' as problem
			from cb.bulk b
			left join cb.bulk_item i on i.bulk_id = b.bulk_id
			group by b.bulk_id
			having b.status <> 'COMPLETED' or count(i.*) filter (where i.status <> 'WAITING') <> b.total_count`,
	},
];
