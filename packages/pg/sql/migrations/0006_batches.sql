-- Why: batches. Members that end are added up by inserts (cb.batch_progress); whoever comes after the last one finds the sum complete.

-- Finishes batches whose members have all ended: those given, or any. Rows are looked up as 0004 says. Each is finished once, with its event and its message.
-- A batch whose completion queue is missing stays open until the queue exists: its message is never dropped.
create function cb.finish_batches(domains text[] default null, batch_ids uuid[] default null)
returns setof cb.batch
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	finished cb.batch[];
begin
	with candidate as materialized (
		select b.domain, b.batch_id
		from cb.batch b
		join unnest(domains, batch_ids) as wanted (domain, batch_id)
			on b.domain between wanted.domain and wanted.domain and b.batch_id between wanted.batch_id and wanted.batch_id
		where b.completed_at is null
		union
		select b.domain, b.batch_id
		from cb.batch b
		where b.completed_at is null and batch_ids is null
	),
	ended as materialized (
		-- One of which every command was there already has no member, and so no progress.
		select c.domain, c.batch_id, p.completed_count, p.failed_count, p.canceled_count
		from candidate c
		cross join lateral (
			select coalesce(sum(p.completed_count), 0) as completed_count, coalesce(sum(p.failed_count), 0) as failed_count,
				coalesce(sum(p.canceled_count), 0) as canceled_count
			from cb.batch_progress p
			where p.domain = c.domain and p.batch_id = c.batch_id
		) p
	),
	updated as (
		update cb.batch b
		set status = case when e.completed_count = b.total_count then 'COMPLETED' else 'COMPLETED_WITH_FAILURES' end,
			completed_count = e.completed_count,
			failed_count = e.failed_count,
			canceled_count = e.canceled_count,
			-- A batch whose members were all canceled before any receive never started.
			completed_at = clock_timestamp()
		from ended e
		where b.domain between e.domain and e.domain
			and b.batch_id between e.batch_id and e.batch_id
			and b.completed_at is null
			and e.completed_count + e.failed_count + e.canceled_count = b.total_count
			and (b.completion_queue is null or cb.queue_exists(b.completion_queue))
		returning b
	),
	announced as (
		insert into cb.batch_event (batch_id, domain, type)
		select (u.b).batch_id, (u.b).domain, 'BATCH_COMPLETED' from updated u
	)
	select array_agg(u.b) into finished from updated u;
	if finished is null then
		return;
	end if;
	delete from cb.batch_progress p
	using unnest(finished) f
	where p.domain between f.domain and f.domain and p.batch_id between f.batch_id and f.batch_id;
	perform cb.send_answers(array_agg(f.completion_queue),
		array_agg(jsonb_build_object('kind', 'batch_completed', 'domain', f.domain, 'batch_id', f.batch_id, 'name', f.name,
			'custom_data', f.custom_data, 'status', f.status, 'total_count', f.total_count, 'completed_count', f.completed_count,
			'failed_count', f.failed_count, 'canceled_count', f.canceled_count, 'completed_at', f.completed_at)),
		null)
	from unnest(finished) f
	where f.completion_queue is not null;
	return query select f.* from unnest(finished) f;
end
$body$;

-- A batch with its counts of now.
create view cb.batch_state as
select b.domain, b.batch_id, b.name, b.custom_data, b.status, b.completion_queue, b.created_at, b.started_at, b.completed_at, b.total_count,
	coalesce(b.completed_count, progress.completed_count, 0) as completed_count,
	coalesce(b.failed_count, progress.failed_count, 0) as failed_count,
	coalesce(b.canceled_count, progress.canceled_count, 0) as canceled_count,
	case when b.completed_at is null
		then (select count(*) from cb.parked_command p where p.batch_id = b.batch_id and p.domain = b.domain)
		else 0
	end as parked_count
from cb.batch b
left join lateral (
	select sum(p.completed_count) as completed_count, sum(p.failed_count) as failed_count, sum(p.canceled_count) as canceled_count
	from cb.batch_progress p
	where b.completed_at is null and p.domain = b.domain and p.batch_id = b.batch_id
) progress on true;
