/** Every batch is finished once, and its counts are those of its members. */
import type { Check } from './check.ts';

export const batchChecks: readonly Check[] = [
	{
		name: 'every batch is finished',
		damage: 'stuck',
		text: `
			select b.batch_id::text as subject, 'it is ' || b.status || ', counted ' || coalesce(sum(p.completed_count + p.failed_count + p.canceled_count), 0)
				|| ' of ' || b.total_count as problem
			from cb.batch b
			left join cb.batch_progress p on p.domain = b.domain and p.batch_id = b.batch_id
			where b.completed_at is null
			group by b.domain, b.batch_id`,
	},
	{
		name: 'the counts of a batch are those of its members, and its status follows from them',
		damage: 'doubled',
		text: `
			select b.batch_id::text as subject, b.status || ' with ' || b.completed_count || ' + ' || b.failed_count || ' + ' || b.canceled_count || ' of '
				|| b.total_count || ', its members are ' || m.completed || ' + ' || m.failed || ' + ' || m.canceled as problem
			from cb.batch b
			join (
				select c.domain, c.batch_id, count(*) filter (where c.status = 'COMPLETED') as completed,
					count(*) filter (where c.status = 'FAILED') as failed, count(*) filter (where c.status = 'CANCELED') as canceled
				from cb.command c
				where c.batch_id is not null
				group by c.domain, c.batch_id
			) m on m.domain = b.domain and m.batch_id = b.batch_id
			where b.completed_at is not null
				and ((b.completed_count, b.failed_count, b.canceled_count) is distinct from (m.completed, m.failed, m.canceled)
					or b.total_count <> m.completed + m.failed + m.canceled
					or b.status <> case when m.completed = b.total_count then 'COMPLETED' else 'COMPLETED_WITH_FAILURES' end)`,
	},
	{
		name: 'every batch was announced once, as started and as completed, and told once',
		damage: 'doubled',
		text: `
			select b.batch_id::text as subject, e.created || ' times created, ' || e.started || ' started, ' || e.completed || ' completed, '
				|| q.told || ' messages' as problem
			from cb.batch b
			cross join lateral (
				select count(*) filter (where e.type = 'BATCH_CREATED') as created, count(*) filter (where e.type = 'BATCH_STARTED') as started,
					count(*) filter (where e.type = 'BATCH_COMPLETED') as completed
				from cb.batch_event e
				where e.domain = b.domain and e.batch_id = b.batch_id
			) e
			cross join lateral (
				select count(*) as told from pgmq.q_chaos_batches q where q.message ->> 'batch_id' = b.batch_id::text
			) q
			where b.completed_at is not null and (e.created, e.started, e.completed, q.told) <> (1, 1, 1, 1)`,
	},
];
