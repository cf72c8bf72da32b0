/** Every command ended or is parked, was answered once, and its audit tells the whole story. */
import type { Check } from './check.ts';

/** Replies that were read and replies that still lie on their queue. */
const replies = `
	select r.reply_id, r.command_id, r.generation
	from demo.reply_inbox r
	union
	select (q.message ->> 'reply_id')::uuid, (q.message ->> 'command_id')::uuid, (q.message ->> 'generation')::integer
	from pgmq.q_payments__replies q
	where q.message ->> 'kind' = 'reply'`;

export const commandChecks: readonly Check[] = [
	{
		name: 'every command is terminal or parked',
		damage: 'stuck',
		text: `
			select c.command_id::text as subject, c.command_type || ' is ' || c.status || ' after ' || c.attempts || ' attempts' as problem
			from cb.command c
			where c.status not in ('COMPLETED', 'FAILED', 'CANCELED', 'IN_TROUBLESHOOTING_QUEUE')`,
	},
	{
		name: 'no message is left on the command queue',
		damage: 'stuck',
		text: `
			select q.msg_id::text as subject, 'read ' || q.read_ct || ' times: ' || coalesce(q.message ->> 'command_type', 'unknown') as problem
			from cb.live_message q`,
	},
	{
		name: 'no reply is left unread',
		damage: 'stuck',
		text: `
			select q.msg_id::text as subject, 'a reply to ' || coalesce(q.message ->> 'command_type', 'unknown') as problem
			from pgmq.q_payments__replies q`,
	},
	{
		name: 'every terminal command has its reply',
		damage: 'lost',
		text: `
			select c.command_id::text as subject, c.command_type || ' is ' || c.status || ' without a reply' as problem
			from cb.command c
			left join (${replies}) r on r.command_id = c.command_id and r.generation = c.generation
			where c.domain = 'payments'
				and c.reply_to = 'payments__replies'
				and c.status in ('COMPLETED', 'FAILED', 'CANCELED')
				and r.reply_id is null`,
	},
	{
		name: 'no command has more than one reply, and a parked one has none',
		damage: 'doubled',
		text: `
			select c.command_id::text as subject, c.command_type || ' is ' || c.status || ' with ' || count(*) || ' replies' as problem
			from cb.command c
			join (${replies}) r on r.command_id = c.command_id
			where c.domain = 'payments'
			group by c.command_id, c.command_type, c.status
			having count(*) > case when c.status = 'IN_TROUBLESHOOTING_QUEUE' then 0 else 1 end`,
	},
	{
		name: 'the index of parked commands agrees with the commands',
		damage: 'inconsistent',
		text: `
			select coalesce(c.command_id, p.command_id)::text as subject, 'is parked in one place and not in the other' as problem
			from (select * from cb.command where status = 'IN_TROUBLESHOOTING_QUEUE') c
			full join cb.parked_command p on p.domain = c.domain and p.command_id = c.command_id
			where c.command_id is null or p.command_id is null`,
	},
];
