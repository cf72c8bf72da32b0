/** What was put on the queues and is no message of anybody's was set aside, and is still readable. */
import type { Check } from './check.ts';

export const poisonChecks: readonly Check[] = [
	{
		name: 'no poison is left on a queue',
		damage: 'stuck',
		text: `
			select p.queue || ' ' || p.msg_id as subject, 'it waits there still' as problem
			from chaos.poison p
			where exists (select from pgmq.q_chaos__commands q where p.queue = 'chaos__commands' and q.msg_id = p.msg_id)
				or exists (select from pgmq.q_chaos__process_replies q where p.queue = 'chaos__process_replies' and q.msg_id = p.msg_id)`,
	},
	{
		name: 'every message that nobody can handle was set aside where operators see it',
		damage: 'lost',
		text: `
			select p.queue || ' ' || p.msg_id as subject, 'it is gone' as problem
			from chaos.poison p
			where p.is_set_aside
				and not exists (select from pgmq.a_chaos__commands q where p.queue = 'chaos__commands' and q.msg_id = p.msg_id)
				and not exists (select from cb.unhandled_reply u where u.queue = p.queue and u.msg_id = p.msg_id)`,
	},
];
