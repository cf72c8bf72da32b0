-- Why: addresses. A domain is created once, with its three queues; everything else refuses a domain that is not there.

-- The moves of a domain touch its queue's tables, whose names differ from domain to domain. Written as dynamic SQL they would be planned at
-- every call, which costs more than a small set itself; so each domain gets functions of its own, static and planned once per session.
-- They are made here, by cb.define_moves, and called through the functions of schema cb.
create schema cb_domain;

-- Time-ordered ids keep the indexes local: with random ones the drain falls by a third at five million rows.
do $do$
begin
	if current_setting('server_version_num')::integer >= 180000 then
		create function cb.new_id() returns uuid
			language sql volatile parallel safe
			return uuidv7();
	else
		create function cb.new_id() returns uuid
			language sql volatile parallel safe
			return encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
				placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid;
	end if;
end
$do$;

create function cb.command_queue(domain text) returns text
	language sql immutable parallel safe
	return domain || '__commands';

-- PGMQ allows 47 characters; the name of a domain of 31 would make 48 and loses its last letter.
create function cb.process_reply_queue(domain text) returns text
	language sql immutable parallel safe
	return left(domain || '__process_replies', 47);

create function cb.queue_exists(queue text) returns boolean
	language sql stable parallel safe
	return exists (select from pgmq.meta m where m.queue_name = queue);

-- What is live, and what was archived, across all domains: rebuilt when a domain is added, so that every reader stays static SQL and finds a
-- message by its primary key.
create view cb.live_message as
select null::text as domain, null::bigint as msg_id, null::integer as read_ct, null::timestamptz as vt,
	null::timestamptz as enqueued_at, null::jsonb as message, null::jsonb as headers
where false;

create view cb.archived_message as
select null::text as domain, null::bigint as msg_id, null::timestamptz as archived_at, null::jsonb as message, null::jsonb as headers
where false;

create function cb.rebuild_message_views() returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	live text;
	archived text;
begin
	select string_agg(format('select %L::text as domain, msg_id, read_ct, vt, enqueued_at, message, headers from pgmq.%I',
			d.domain, 'q_' || cb.command_queue(d.domain)), ' union all ' order by d.domain),
		string_agg(format('select %L::text as domain, msg_id, archived_at, message, headers from pgmq.%I',
			d.domain, 'a_' || cb.command_queue(d.domain)), ' union all ' order by d.domain)
	into live, archived
	from cb.domain d;
	if live is not null then
		execute 'create or replace view cb.live_message as ' || live;
		execute 'create or replace view cb.archived_message as ' || archived;
	end if;
end
$body$;

-- Returns true when the domain is new. Two callers at once: the second waits and finds it there.
create function cb.create_domain(domain text) returns boolean
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
declare
	is_new boolean;
	process_replies text := cb.process_reply_queue(create_domain.domain);
	queue text;
begin
	if create_domain.domain !~ '^[a-z][a-z0-9_]{0,30}$' then
		raise exception 'a domain is a lower-case letter followed by up to 30 of a-z, 0-9 and _; got "%"', create_domain.domain
			using errcode = 'invalid_parameter_value';
	end if;
	perform pg_advisory_xact_lock(hashtext('cb.create_domain'));
	insert into cb.domain (domain) values (create_domain.domain) on conflict do nothing;
	is_new := found;
	if not is_new then
		return false;
	end if;
	foreach queue in array array[cb.command_queue(create_domain.domain), create_domain.domain || '__replies',
		process_replies]
	loop
		perform pgmq.create(queue_name => queue);
		-- Queue rows live for seconds: vacuum them by count, not by share.
		execute format('alter table pgmq.%I set (fillfactor = %s, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, '
			|| 'autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_insert_scale_factor = 0.2)',
			'q_' || queue, case when queue = process_replies then 50 else 70 end);
	end loop;
	-- Every answer to a process is leased and removed. They are read in order of id (0008), so without the index of vt and with room in the page a
	-- lease is a HOT update: half the time of a receive, a third of its log.
	execute format('drop index if exists pgmq.%I', 'q_' || process_replies || '_vt_idx');
	perform cb.rebuild_message_views();
	perform cb.define_moves(create_domain.domain);
	perform cb.define_dispatch();
	return true;
end
$body$;

create function cb.create_reply_queue(queue text) returns boolean
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
begin
	if queue !~ '^[a-z_][a-z0-9_]{0,46}$' then
		raise exception 'a queue name has up to 47 of a-z, 0-9 and _ and does not begin with a digit; got "%"', queue
			using errcode = 'invalid_parameter_value';
	end if;
	perform pg_advisory_xact_lock(hashtext('cb.create_domain'));
	if cb.queue_exists(queue) then
		return false;
	end if;
	perform pgmq.create(queue_name => queue);
	return true;
end
$body$;

-- One row per domain. Depths come from the queue tables, which hold only what is live; parked counts from the index of parked commands.
create function cb.domain_statistics(only_domain text default null)
returns table (domain text, depth bigint, ready_count bigint, delayed_count bigint, in_flight_count bigint, stalled_count bigint,
	parked_count bigint, parked_last_hour_count bigint, oldest_ready_seconds double precision)
	language sql stable
	set search_path = pg_catalog, pg_temp
as $body$
	select d.domain,
		coalesce(live.depth, 0),
		coalesce(live.ready_count, 0),
		coalesce(live.delayed_count, 0),
		coalesce(live.in_flight_count, 0),
		coalesce(live.stalled_count, 0),
		(select count(*) from cb.parked_command p where p.domain = d.domain),
		(select count(*) from cb.parked_command p where p.domain = d.domain and p.parked_at > clock_timestamp() - interval '1 hour'),
		live.oldest_ready_seconds
	from cb.domain d
	left join lateral (
		select count(*) as depth,
			count(*) filter (where not m.is_leased and m.vt <= clock_timestamp()) as ready_count,
			count(*) filter (where not m.is_leased and m.vt > clock_timestamp()) as delayed_count,
			count(*) filter (where m.is_leased and m.vt > clock_timestamp()) as in_flight_count,
			count(*) filter (where m.is_leased and m.vt <= clock_timestamp()) as stalled_count,
			extract(epoch from clock_timestamp() - min(m.vt) filter (where not m.is_leased and m.vt <= clock_timestamp()))::double precision
				as oldest_ready_seconds
		from (select l.vt, coalesce(l.headers ? 'cb_lease', false) as is_leased from cb.live_message l where l.domain = d.domain) m
	) live on true
	where only_domain is null or d.domain = only_domain
	order by d.domain;
$body$;
