/** What must hold of every process once nothing moves any more, asked of the tables. Each statement returns the rows that break a rule. */
import type { Row, Scene } from './scene.ts';

const rules: Readonly<Record<string, string>> = {
	'every process has ended': `
		select process_id, status from cb.process where completed_at is null
			or status not in ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED')`,
	'every step has ended': `
		select process_id, step, status from cb.process_step where status in ('OPEN', 'PARKED')`,
	"each step's command exists once": `
		select s.process_id, s.step, count(c.command_id) from cb.process_step s
		left join cb.command c on c.domain = s.domain and c.command_id = s.command_id
		group by s.process_id, s.position, s.step having count(c.command_id) <> 1`,
	'no process has sent a command that it does not know': `
		select c.correlation_id, c.command_type from cb.command c
		where not exists (select from cb.process_step s where s.command_id = c.command_id and s.domain = c.domain)`,
	'no step was sent twice': `
		select process_id, step, kind, count(*) from cb.process_step group by 1, 2, 3 having count(*) > 1`,
	'no step was undone twice': `
		select process_id, undoes, count(*) from cb.process_step where kind = 'undo' group by 1, 2 having count(*) > 1`,
	'steps are numbered without a gap': `
		select process_id from cb.process_step group by 1 having max(position) <> count(*) or min(position) <> 1`,
	'a step is sent when the one before it has been answered': `
		select s.process_id, s.step from cb.process_step s
		join cb.process_step earlier on earlier.process_id = s.process_id and earlier.position = s.position - 1
		where earlier.kind = 'forward' and earlier.answered_at > s.sent_at`,
	'steps are undone in reverse order': `
		select u.process_id, u.step from cb.process_step u
		join cb.process_step f on f.process_id = u.process_id and f.step = u.undoes
		join cb.process_step later on later.process_id = u.process_id and later.kind = 'undo' and later.position > u.position
		join cb.process_step g on g.process_id = later.process_id and g.step = later.undoes
		where g.position >= f.position`,
	'what was done and can be undone was undone, exactly where the process compensated': `
		select p.process_id, p.status, f.step from cb.process p
		join cb.process_step f on f.process_id = p.process_id and f.step in ('AGGREGATE', 'RENDER') and f.status = 'SUCCEEDED'
		left join cb.process_step u on u.process_id = p.process_id and u.undoes = f.step
		where (u.step is not null) <> (p.status = 'COMPENSATED')`,
	'only what was done was undone': `
		select u.process_id, u.step from cb.process_step u
		left join cb.process_step f on f.process_id = u.process_id and f.step = u.undoes and f.status = 'SUCCEEDED'
		where u.kind = 'undo' and f.step is null`,
	'a completed process has done all of its steps': `
		select p.process_id from cb.process p join cb.process_step s on s.process_id = p.process_id
		where p.status = 'COMPLETED' group by 1 having array_agg(s.step order by s.position) <> '{QUERY,AGGREGATE,RENDER,MAIL}'
			or bool_or(s.status <> 'SUCCEEDED')`,
	'errors of undos are counted': `
		select p.process_id, p.compensation_errors from cb.process p
		where p.compensation_errors <> (select count(*) from cb.process_step s
			where s.process_id = p.process_id and s.kind = 'undo' and s.status <> 'SUCCEEDED')`,
	'a step ended as its command did': `
		select s.process_id, s.step, s.status, c.status from cb.process_step s
		join cb.command c on c.domain = s.domain and c.command_id = s.command_id
		where c.status <> case s.status when 'SUCCEEDED' then 'COMPLETED' else s.status end`,
	'the trail has each start, each sending, each answer and each end once': `
		select p.process_id from cb.process p
		where (select count(*) from cb.process_event e where e.process_id = p.process_id and e.type = 'STARTED') <> 1
			or (select count(*) from cb.process_event e where e.process_id = p.process_id and e.type in ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED')) <> 1
			or (select array_agg(e.command_id order by e.command_id) from cb.process_event e where e.process_id = p.process_id and e.type = 'STEP_SENT')
				<> (select array_agg(s.command_id order by s.command_id) from cb.process_step s where s.process_id = p.process_id)
			or (select array_agg(e.command_id order by e.command_id) from cb.process_event e where e.process_id = p.process_id and e.type = 'STEP_ANSWERED')
				<> (select array_agg(s.command_id order by s.command_id) from cb.process_step s where s.process_id = p.process_id)`,
	'no reply reached a process twice': `
		select process_id, details from cb.process_event
		where type = 'REPLY_IGNORED' and details ->> 'outcome' in ('SUCCESS', 'FAILED', 'CANCELED')`,
	'what a command did it did once, and only if a handler completed it': `
		select c.command_id, c.status, count(e.command_id) from cb.command c
		left join public.effect e on e.command_id = c.command_id
		group by c.domain, c.command_id
		having count(e.command_id) <> case when c.status = 'COMPLETED' and not exists (
			select from cb.command_audit a where a.command_id = c.command_id and a.type = 'OPERATOR_COMPLETE') then 1 else 0 end`,
	'every command has ended once': `
		select c.command_id, c.status, count(a.sequence) from cb.command c
		left join cb.command_audit a on a.command_id = c.command_id
			and a.type in ('COMPLETED', 'BUSINESS_RULE_FAILED', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE')
		group by c.domain, c.command_id
		having count(a.sequence) <> 1 or c.status not in ('COMPLETED', 'FAILED', 'CANCELED')`,
	'no attempt was received twice, and only the last one ended a command': `
		select a.command_id, a.generation, a.attempt, a.type from cb.command_audit a
		where a.type in ('RECEIVED', 'COMPLETED', 'BUSINESS_RULE_FAILED')
		group by 1, 2, 3, 4 having count(*) > 1
		union all
		select a.command_id, a.generation, a.attempt, a.type from cb.command_audit a
		join cb.command_audit later on later.command_id = a.command_id and later.generation = a.generation and later.type = 'RECEIVED'
			and later.attempt > a.attempt
		where a.type in ('COMPLETED', 'BUSINESS_RULE_FAILED')`,
	'no message is left': `
		select 'command' as kind, q.message from pgmq.q_reports__commands q
		union all select 'reply', q.message from pgmq.q_reports__process_replies q
		union all select 'set aside', u.body from cb.unhandled_reply u
		union all select 'parked', to_jsonb(p) from cb.parked_command p`,
};

/** The broken rules, with up to three rows each; empty when everything holds. */
export async function brokenRules({ query }: Scene): Promise<Readonly<Record<string, readonly Row[]>>> {
	const broken: Record<string, readonly Row[]> = {};
	for (const [rule, text] of Object.entries(rules)) {
		const rows = await query(`select * from (${text}) broken limit 3`);
		if (rows.length > 0) broken[rule] = rows;
	}
	return broken;
}
