/** What senders were told is what the store holds: accepted is there, refused is not, and nothing is there that nobody sent. */
import type { Check } from './check.ts';

/** One row per thing sent, with what is known of it in the end. A repeat after `unknown` may have found out. */
const told = `
	select s.id, s.what,
		bool_or(s.phase = 'accepted') as is_accepted,
		bool_or(s.phase = 'refused') and not bool_or(s.phase in ('accepted', 'unknown')) as is_refused,
		string_agg(distinct s.why, ', ') as why
	from chaos.sent s
	group by s.id, s.what`;

export const sendingChecks: readonly Check[] = [
	{
		name: 'every command that was accepted is there',
		damage: 'lost',
		text: `
			select t.id::text as subject, 'accepted and not there' as problem
			from (${told}) t
			where t.what = 'command' and t.is_accepted and not exists (select from cb.command c where c.command_id = t.id)`,
	},
	{
		name: 'no command that was refused or rolled back is there',
		damage: 'doubled',
		text: `
			select t.id::text as subject, 'refused (' || t.why || ') and there' as problem
			from (${told}) t
			where t.what = 'command' and t.is_refused and exists (select from cb.command c where c.command_id = t.id)`,
	},
	{
		name: 'no command was accepted twice',
		damage: 'doubled',
		text: `
			select t.id::text as subject, 'a second send of it was accepted' as problem
			from (${told}) t
			where t.what = 'repeat' and t.is_accepted`,
	},
	{
		name: 'every command was sent by somebody',
		damage: 'doubled',
		text: `
			select c.command_id::text as subject, c.command_type || ' was sent by nobody' as problem
			from cb.command c
			where c.domain = 'chaos'
				and not exists (select from chaos.sent s where s.id = c.command_id and s.what = 'command')
				and not exists (select from chaos.sent s where s.what = 'batch' and s.id = c.batch_id and c.command_id = any (s.members))
				and not exists (select from cb.process_step p where p.domain = c.domain and p.command_id = c.command_id)`,
	},
	{
		name: 'a business row is there exactly when the command sent with it is',
		damage: 'lost',
		text: `
			select p.command_id::text as subject, count(*) || ' purchases, ' || count(c.*) || ' commands' as problem
			from chaos.purchase p
			left join cb.command c on c.command_id = p.command_id
			group by p.command_id
			having count(*) <> 1 or count(c.*) <> 1`,
	},
	{
		name: 'a command that its sender took back is CANCELED, and one whose cancel was refused is not',
		damage: 'inconsistent',
		text: `
			select t.id::text as subject, c.status || ', its cancel was ' || case when t.is_accepted then 'accepted' else 'refused' end as problem
			from (${told}) t
			join cb.command c on c.command_id = t.id
			join lateral (
				select count(*) as canceled from cb.command_audit a where a.command_id = t.id and a.type = 'CANCELED'
			) a on true
			where t.what = 'cancel'
				and ((t.is_accepted and (c.status <> 'CANCELED' or a.canceled <> 1)) or (t.is_refused and a.canceled <> 0))`,
	},
	{
		name: 'a batch is there with all of its members, or not at all',
		damage: 'lost',
		text: `
			select s.id::text as subject, count(c.*) || ' of ' || count(*) || ' members, '
				|| case when b.batch_id is null then 'no batch' else 'total ' || b.total_count end as problem
			from (select distinct s.id, s.members from chaos.sent s where s.what = 'batch') s
			cross join lateral unnest(s.members) as m (id)
			join (${told}) t on t.id = s.id and t.what = 'batch'
			left join cb.batch b on b.batch_id = s.id
			left join cb.command c on c.command_id = m.id and c.batch_id = s.id
			group by s.id, b.batch_id, b.total_count, t.is_accepted, t.is_refused
			having count(c.*) <> case when b.batch_id is null then 0 else count(*) end
				or b.total_count <> count(*)
				or (t.is_accepted and b.batch_id is null)
				or (t.is_refused and b.batch_id is not null)`,
	},
	{
		name: 'every process that was started is there',
		damage: 'lost',
		text: `
			select t.id::text as subject, 'started and not there' as problem
			from (${told}) t
			where t.what = 'process' and t.is_accepted and not exists (select from cb.process p where p.process_id = t.id)`,
	},
	{
		name: 'no process that was refused is there, and none that nobody started',
		damage: 'doubled',
		text: `
			select p.process_id::text as subject, 'not started by anybody' as problem
			from cb.process p
			left join (${told}) t on t.id = p.process_id and t.what = 'process'
			where t.id is null or t.is_refused`,
	},
];
