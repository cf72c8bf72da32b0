-- Why: retention. What is over goes in chunks: each call is one small transaction that looks at a bounded number of rows, oldest first, by an
-- index that exists for reading anyway (ADR 0010). Nothing here waits for, or is waited for by, a receive, a settle or a send.

-- Ids that outlive their commands, so that a repeated send is still refused; and where audit is left whose command is gone.
create table cb.remembered_command (
	command_id uuid not null,
	correlation_id uuid not null,
	ended_at timestamptz not null,
	has_audit boolean not null,
	domain text not null,
	constraint remembered_command_pkey primary key (command_id, domain)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);

-- Whether any id may be remembered: as long as none ever was, the table has no pages. It is asked in every send, twice, and a query costs as much as
-- a twentieth of a small one.
create function cb.remembers_commands() returns boolean
	language sql volatile parallel safe
	return pg_relation_size('cb.remembered_command') > 0;

create index remembered_command_ended_at_idx on cb.remembered_command (ended_at, domain, command_id);
create index remembered_command_audit_idx on cb.remembered_command (ended_at, domain, command_id) where has_audit;
create index operator_request_at_idx on cb.operator_request (at, domain, command_id, request_id);

-- Who does the maintenance now: a lease in a row survives poolers, a dead holder loses it.
create table cb.maintenance_claim (
	claim text primary key default 'maintenance' check (claim = 'maintenance'),
	holder text not null,
	expires_at timestamptz not null
) with (fillfactor = 50);

-- A process batch goes before its processes, because its counts are read from them.
alter table cb.process drop constraint process_batch_id_fkey;

create function cb.claim_maintenance(holder text, lease_seconds double precision) returns boolean
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_variable
begin
	insert into cb.maintenance_claim as m (holder, expires_at)
	values (holder, clock_timestamp() + make_interval(secs => lease_seconds))
	on conflict (claim) do update
	set holder = excluded.holder, expires_at = excluded.expires_at
	where m.holder = excluded.holder or m.expires_at <= clock_timestamp();
	return found;
end
$body$;

create function cb.release_maintenance(holder text) returns void
	language sql
	set search_path = pg_catalog, pg_temp
as $body$
	delete from cb.maintenance_claim m where m.holder = release_maintenance.holder;
$body$;

-- What a request says, with the first key of all where it says no key: a row comparison with constants stays one index range.
create function cb.prune_cutoff(request jsonb) returns timestamptz
	language sql volatile
	return clock_timestamp() - make_interval(secs => (request ->> 'olderThanSeconds')::double precision);

create function cb.prune_after(request jsonb, part integer, first_of_all text) returns text
	language sql immutable
	return coalesce(request #>> array['after', part::text], first_of_all);

-- How many events an entry of the audit tells of.
create function cb.events_of(entry cb.command_audit_entry) returns integer
	language sql immutable parallel safe
	return case when entry.receipt is null then 1 else 2 end;

create function cb.prune_commands(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	keeps_audit boolean := coalesce((request ->> 'keepsAudit')::boolean, false);
	remembered_from timestamptz := clock_timestamp() - make_interval(secs => coalesce((request ->> 'rememberSeconds')::double precision, 0));
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_domain text := cb.prune_after(request, 1, '');
	after_id uuid := cb.prune_after(request, 2, '00000000-0000-0000-0000-000000000000');
	messages jsonb;
	target record;
	removed integer;
begin
	with examined as materialized (
		select c.created_at, c.domain, c.command_id, c.completed_at, c.batch_id
		from cb.command c
		where c.created_at <= cutoff and (c.created_at, c.domain, c.command_id) > (after_at, after_domain, after_id)
		order by c.created_at, c.domain, c.command_id
		limit max_count
	),
	over as materialized (
		select e.domain, e.command_id
		from examined e
		where e.completed_at <= cutoff
			and not exists (select from cb.batch b where b.domain = e.domain and b.batch_id = e.batch_id and b.completed_at is null)
			and not exists (
				select
				from cb.process_step s
				join cb.process p on p.process_id = s.process_id
				where s.command_id = e.command_id and s.domain = e.domain and p.completed_at is null
			)
	),
	gone as materialized (
		delete from cb.command c
		using over o
		where c.domain = o.domain and c.command_id = o.command_id and not is_dry
		returning c.domain, c.command_id, c.correlation_id, c.completed_at, c.msg_id, c.generation, c.created_at, cb.sent_details(c) as sent_details
	),
	audit as (
		delete from cb.command_audit_entry a
		using gone g
		where a.command_id = g.command_id and a.domain = g.domain and not keeps_audit
		returning cb.events_of(a) as events
	),
	-- SENT goes with the row that says it. Audit that outlives the row gets it as an entry, before all others.
	sent as (
		insert into cb.command_audit_entry (sequence, command_id, at, generation, attempt, domain, type, details)
		overriding system value
		select 0, g.command_id, g.created_at, 1, 0, g.domain, 'SENT', g.sent_details
		from gone g
		where keeps_audit
	),
	requests as (
		delete from cb.operator_request r
		using gone g
		where r.domain = g.domain and r.command_id = g.command_id
		returning r.request_id
	),
	remembered as (
		insert into cb.remembered_command (command_id, correlation_id, ended_at, has_audit, domain)
		select g.command_id, g.correlation_id, g.completed_at, keeps_audit, g.domain
		from gone g
		where keeps_audit or g.completed_at > remembered_from
		order by g.command_id
	),
	-- The message of every generation: the last one by the row, those before by what retries wrote down.
	message as (
		select g.domain, g.msg_id from gone g
		union all
		select g.domain, (a.details ->> 'previousMessageId')::bigint
		from gone g
		join cb.command_audit_entry a on a.command_id = g.command_id and a.domain = g.domain and a.type = 'OPERATOR_RETRY'
		where g.generation > 1
	),
	by_domain as (
		select m.domain, jsonb_agg(m.msg_id order by m.msg_id) as msg_ids from message m group by m.domain
	)
	select (select count(*) from over), (select count(*) from examined) - (select count(*) from over),
		case when is_dry then (select count(*) from over)
			else (select case when keeps_audit then 1 else 2 end * count(*) from gone) + (select coalesce(sum(a.events), 0) from audit a)
				+ (select count(*) from requests) end,
		(
			select array[e.created_at::text, e.domain, e.command_id::text]
			from examined e
			order by e.created_at desc, e.domain desc, e.command_id desc
			limit case when (select count(*) from examined) = max_count then 1 else 0 end
		),
		(select jsonb_object_agg(b.domain, b.msg_ids) from by_domain b)
	into pruned, kept, removed_rows, next, messages;
	for target in select m.key as domain, m.value as msg_ids from jsonb_each(messages) m loop
		execute format('delete from pgmq.%I a where a.msg_id = any (array(select i::bigint from jsonb_array_elements_text($1) i))',
			'a_' || cb.command_queue(target.domain))
		using target.msg_ids;
		get diagnostics removed = row_count;
		removed_rows := removed_rows + removed;
	end loop;
	return next;
end
$body$;

-- One chunk of audit that may go: its lines in order of writing, by command. The command stands there once without a line if it has none.
create function cb.expired_audit(request jsonb)
returns table (ended_at timestamptz, domain text, command_id uuid, sequence bigint, type text, generation integer, attempt integer, at timestamptz,
	details jsonb)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_domain text := cb.prune_after(request, 1, '');
	after_id uuid := cb.prune_after(request, 2, '00000000-0000-0000-0000-000000000000');
begin
	return query
		with examined as materialized (
			select r.ended_at, r.domain, r.command_id
			from cb.remembered_command r
			where r.has_audit and r.ended_at <= cutoff and (r.ended_at, r.domain, r.command_id) > (after_at, after_domain, after_id)
			order by r.ended_at, r.domain, r.command_id
			limit (request ->> 'limit')::integer
		)
		select e.ended_at, e.domain, e.command_id, a.sequence, a.type, a.generation, a.attempt, a.at, a.details
		from examined e
		left join cb.command_audit a on a.command_id = e.command_id and a.domain = e.domain
		order by e.ended_at, e.domain, e.command_id, a.sequence;
end
$body$;

create function cb.prune_audit(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_domain text := cb.prune_after(request, 1, '');
	after_id uuid := cb.prune_after(request, 2, '00000000-0000-0000-0000-000000000000');
begin
	return query
		with wanted as materialized (
			select w.domain, w."commandId" as command_id
			from jsonb_to_recordset(coalesce(nullif(request -> 'commands', 'null'), '[]')) as w (domain text, "commandId" uuid)
		),
		examined as materialized (
			(
				select r.ended_at, r.domain, r.command_id
				from wanted w
				join cb.remembered_command r on r.domain = w.domain and r.command_id = w.command_id
				where r.has_audit and r.ended_at <= cutoff
			)
			union all
			(
				select r.ended_at, r.domain, r.command_id
				from cb.remembered_command r
				where r.has_audit and r.ended_at <= cutoff and (r.ended_at, r.domain, r.command_id) > (after_at, after_domain, after_id)
				order by r.ended_at, r.domain, r.command_id
				limit case when jsonb_typeof(request -> 'commands') = 'array' then 0 else max_count end
			)
		),
		audit as (
			delete from cb.command_audit_entry a
			using examined e
			where a.command_id = e.command_id and a.domain = e.domain and not is_dry
			returning cb.events_of(a) as events
		),
		noted as (
			update cb.remembered_command r
			set has_audit = false
			from examined e
			where r.domain = e.domain and r.command_id = e.command_id and not is_dry
		)
		select count(*)::integer, 0, case when is_dry then count(*) else (select coalesce(sum(a.events), 0) from audit a) end::integer,
			case when count(*) = max_count then (
				select array[e.ended_at::text, e.domain, e.command_id::text]
				from examined e
				order by e.ended_at desc, e.domain desc, e.command_id desc
				limit 1
			) end
		from examined;
end
$body$;

create function cb.prune_ids(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_domain text := cb.prune_after(request, 1, '');
	after_id uuid := cb.prune_after(request, 2, '00000000-0000-0000-0000-000000000000');
begin
	return query
		with examined as materialized (
			select r.ended_at, r.domain, r.command_id, r.has_audit
			from cb.remembered_command r
			where r.ended_at <= cutoff and (r.ended_at, r.domain, r.command_id) > (after_at, after_domain, after_id)
			order by r.ended_at, r.domain, r.command_id
			limit max_count
		),
		gone as (
			delete from cb.remembered_command r
			using examined e
			where r.domain = e.domain and r.command_id = e.command_id and not e.has_audit and not is_dry
		)
		select count(*) filter (where not e.has_audit)::integer, count(*) filter (where e.has_audit)::integer,
			count(*) filter (where not e.has_audit)::integer,
			case when count(*) = max_count then (
				select array[x.ended_at::text, x.domain, x.command_id::text]
				from examined x
				order by x.ended_at desc, x.domain desc, x.command_id desc
				limit 1
			) end
		from examined e;
end
$body$;

create function cb.prune_batches(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_domain text := cb.prune_after(request, 1, '');
	after_id uuid := cb.prune_after(request, 2, '00000000-0000-0000-0000-000000000000');
begin
	return query
		with examined as materialized (
			select b.created_at, b.domain, b.batch_id, b.completed_at
			from cb.batch b
			where b.created_at <= cutoff and (b.created_at, b.domain, b.batch_id) > (after_at, after_domain, after_id)
			order by b.created_at, b.domain, b.batch_id
			limit max_count
		),
		over as materialized (
			select e.domain, e.batch_id from examined e where e.completed_at <= cutoff
		),
		gone as (
			delete from cb.batch b using over o where b.domain = o.domain and b.batch_id = o.batch_id and not is_dry
		),
		events as (
			delete from cb.batch_event v using over o where v.domain = o.domain and v.batch_id = o.batch_id and not is_dry
			returning v.sequence
		)
		select (select count(*) from over)::integer, (count(*) - (select count(*) from over))::integer,
			((select count(*) from over) + (select count(*) from events))::integer,
			case when count(*) = max_count then (
				select array[x.created_at::text, x.domain, x.batch_id::text]
				from examined x
				order by x.created_at desc, x.domain desc, x.batch_id desc
				limit 1
			) end
		from examined e;
end
$body$;

-- Looks at the processes of up to 50,000 members at a time, or at one batch.
create function cb.prune_process_batches(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_id uuid := cb.prune_after(request, 1, '00000000-0000-0000-0000-000000000000');
begin
	return query
		with examined as materialized (
			select n.created_at, n.batch_id
			from (
				select b.created_at, b.batch_id, b.total_count, sum(b.total_count) over (order by b.created_at, b.batch_id) as members
				from cb.process_batch b
				where b.created_at <= cutoff and (b.created_at, b.batch_id) > (after_at, after_id)
				order by b.created_at, b.batch_id
				limit (request ->> 'limit')::integer
			) n
			where n.members - n.total_count < 50000
		),
		over as materialized (
			select e.batch_id
			from examined e
			where not exists (
				select from cb.process p where p.batch_id = e.batch_id and (p.completed_at is null or p.completed_at > cutoff)
			)
		),
		gone as (
			delete from cb.process_batch b using over o where b.batch_id = o.batch_id and not is_dry
		)
		select (select count(*) from over)::integer, (count(*) - (select count(*) from over))::integer, (select count(*) from over)::integer,
			(
				select array[x.created_at::text, x.batch_id::text] from examined x order by x.created_at desc, x.batch_id desc limit 1
			)
		from examined e;
end
$body$;

create function cb.prune_processes(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	remembered_from timestamptz := clock_timestamp() - make_interval(secs => coalesce((request ->> 'rememberSeconds')::double precision, 0));
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_id uuid := cb.prune_after(request, 1, '00000000-0000-0000-0000-000000000000');
	examined_count integer;
	over uuid[];
begin
	with examined as materialized (
		select p.created_at, p.process_id
		from cb.process p
		where p.created_at <= cutoff and (p.created_at, p.process_id) > (after_at, after_id)
		order by p.created_at, p.process_id
		limit max_count
	),
	-- Whoever advances a process after its end (a late reply) has it locked: next time.
	locked as materialized (
		select p.process_id
		from examined e
		join cb.process p on p.process_id = e.process_id
		where p.completed_at <= cutoff
			and (p.business_key is null or p.completed_at <= remembered_from)
			and not exists (select from cb.process_batch b where b.batch_id = p.batch_id)
		order by p.process_id
		for update of p skip locked
	)
	select (select count(*) from examined), coalesce((select array_agg(l.process_id) from locked l), '{}'),
		(
			select array[x.created_at::text, x.process_id::text]
			from examined x
			order by x.created_at desc, x.process_id desc
			limit case when (select count(*) from examined) = max_count then 1 else 0 end
		)
	into examined_count, over, next;
	pruned := cardinality(over);
	kept := examined_count - pruned;
	removed_rows := pruned;
	if not is_dry then
		with events as (
			delete from cb.process_event v where v.process_id = any (over) returning v.sequence
		),
		steps as (
			delete from cb.process_step s where s.process_id = any (over) returning s.position
		)
		select pruned + (select count(*) from events) + (select count(*) from steps) into removed_rows;
		delete from cb.process p where p.process_id = any (over);
	end if;
	return next;
end
$body$;

-- Domain by domain. An archived message stays while a command that has not ended needs it, and earlier ones as long as their command.
create function cb.prune_messages(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	left_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_domain text := cb.prune_after(request, 0, '');
	after_at timestamptz := cb.prune_after(request, 1, '-infinity');
	after_id bigint := cb.prune_after(request, 2, '-1');
	one_domain text;
	looked integer;
	over integer;
	last_key text[];
begin
	pruned := 0;
	kept := 0;
	for one_domain in select d.domain from cb.domain d where d.domain >= after_domain order by d.domain loop
		exit when left_count = 0;
		continue when to_regclass(format('pgmq.%I', 'a_' || cb.command_queue(one_domain))) is null;
		execute format($sql$
			with examined as materialized (
				select a.archived_at, a.msg_id,
					case
						when a.message ->> 'command_id' ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then (a.message ->> 'command_id')::uuid
					end as named_id
				from pgmq.%1$I a
				where a.archived_at <= $2 and (a.archived_at, a.msg_id) > ($3, $4)
				order by a.archived_at, a.msg_id
				limit $5
			),
			over as materialized (
				select e.msg_id
				from examined e
				where not exists (
					select
					from cb.command c
					where c.domain = $1 and c.command_id = e.named_id and (c.completed_at is null or c.msg_id <> e.msg_id)
				)
			),
			gone as (
				delete from pgmq.%1$I a using over o where a.msg_id = o.msg_id and not $6
			)
			select count(*), (select count(*) from over),
				(select array[$1, x.archived_at::text, x.msg_id::text] from examined x order by x.archived_at desc, x.msg_id desc limit 1)
			from examined e
			$sql$, 'a_' || cb.command_queue(one_domain))
		using one_domain, cutoff, after_at, after_id, left_count, is_dry
		into looked, over, last_key;
		pruned := pruned + over;
		kept := kept + looked - over;
		left_count := left_count - looked;
		if left_count = 0 then
			next := last_key;
		end if;
		after_at := '-infinity';
		after_id := -1;
	end loop;
	removed_rows := pruned;
	return next;
end
$body$;

create function cb.prune_replies(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_queue text := cb.prune_after(request, 1, '');
	after_id bigint := cb.prune_after(request, 2, '-1');
	messages jsonb;
	target record;
	removed integer;
begin
	with examined as materialized (
		select u.at, u.queue, u.msg_id
		from cb.unhandled_reply u
		where u.at <= cutoff and u.at >= after_at and (u.at, u.queue, u.msg_id) > (after_at, after_queue, after_id)
		order by u.at, u.queue, u.msg_id
		limit max_count
	),
	gone as (
		delete from cb.unhandled_reply u using examined e where u.queue = e.queue and u.msg_id = e.msg_id and not is_dry
	),
	by_queue as (
		select e.queue, jsonb_agg(e.msg_id) as msg_ids from examined e where not is_dry group by e.queue
	)
	select (select count(*) from examined),
		(
			select array[x.at::text, x.queue, x.msg_id::text]
			from examined x
			order by x.at desc, x.queue desc, x.msg_id desc
			limit case when (select count(*) from examined) = max_count then 1 else 0 end
		),
		(select jsonb_object_agg(b.queue, b.msg_ids) from by_queue b)
	into pruned, next, messages;
	kept := 0;
	removed_rows := pruned;
	for target in select m.key as queue, m.value as msg_ids from jsonb_each(messages) m loop
		continue when to_regclass(format('pgmq.%I', 'a_' || target.queue)) is null;
		execute format('delete from pgmq.%I a where a.msg_id = any (array(select i::bigint from jsonb_array_elements_text($1) i))', 'a_' || target.queue)
		using target.msg_ids;
		get diagnostics removed = row_count;
		removed_rows := removed_rows + removed;
	end loop;
	return next;
end
$body$;

-- The oldest bulk that is over loses up to `limit` items, and goes with its last one. There are few bulks: no index is needed to find it.
create function cb.prune_bulks(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	current cb.bulk;
begin
	pruned := 0;
	kept := 0;
	removed_rows := 0;
	if coalesce((request ->> 'isDryRun')::boolean, false) then
		select count(*), count(*) into pruned, removed_rows
		from cb.bulk b
		where b.completed_at <= cutoff or (b.status = 'PREVIEWED' and b.created_at <= cutoff);
		return next;
		return;
	end if;
	select b.* into current
	from cb.bulk b
	where b.completed_at <= cutoff or (b.status = 'PREVIEWED' and b.created_at <= cutoff)
	order by b.created_at, b.bulk_id
	limit 1
	for update skip locked;
	if found then
		delete from cb.bulk_item i
		where i.bulk_id = current.bulk_id
			and i.position in (select n.position from cb.bulk_item n where n.bulk_id = current.bulk_id order by n.position limit max_count);
		get diagnostics removed_rows = row_count;
		next := array[current.created_at::text, current.bulk_id::text];
		if not exists (select from cb.bulk_item i where i.bulk_id = current.bulk_id) then
			delete from cb.bulk b where b.bulk_id = current.bulk_id;
			pruned := 1;
			removed_rows := removed_rows + 1;
		end if;
	end if;
	return next;
end
$body$;

create function cb.prune_requests(request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	cutoff timestamptz := cb.prune_cutoff(request);
	max_count integer := (request ->> 'limit')::integer;
	is_dry boolean := coalesce((request ->> 'isDryRun')::boolean, false);
	after_at timestamptz := cb.prune_after(request, 0, '-infinity');
	after_domain text := cb.prune_after(request, 1, '');
	after_id uuid := cb.prune_after(request, 2, '00000000-0000-0000-0000-000000000000');
	after_request text := cb.prune_after(request, 3, '');
begin
	return query
		with examined as materialized (
			select r.at, r.domain, r.command_id, r.request_id
			from cb.operator_request r
			where r.at <= cutoff and (r.at, r.domain, r.command_id, r.request_id) > (after_at, after_domain, after_id, after_request)
			order by r.at, r.domain, r.command_id, r.request_id
			limit max_count
		),
		gone as (
			delete from cb.operator_request r
			using examined e
			where r.domain = e.domain and r.command_id = e.command_id and r.request_id = e.request_id and not is_dry
		)
		select count(*)::integer, 0, count(*)::integer,
			case when count(*) = max_count then (
				select array[x.at::text, x.domain, x.command_id::text, x.request_id]
				from examined x
				order by x.at desc, x.domain desc, x.command_id desc, x.request_id desc
				limit 1
			) end
		from examined e;
end
$body$;

-- Input: { olderThanSeconds, limit, after?: [text, …], isDryRun?, keepsAudit?, rememberSeconds?, commands? }, as the port MaintenanceStore describes it.
create function cb.prune(kind text, request jsonb)
returns table (pruned integer, kept integer, removed_rows integer, next text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	-- Chunks are few and large: each is planned for what is there now.
	set plan_cache_mode = force_custom_plan
as $body$
begin
	-- A crash of the server may forget a chunk: it is pruned again.
	perform set_config('synchronous_commit', 'off', true);
	case kind
		when 'batches' then return query select * from cb.prune_batches(request);
		when 'process-batches' then return query select * from cb.prune_process_batches(request);
		when 'processes' then return query select * from cb.prune_processes(request);
		when 'commands' then return query select * from cb.prune_commands(request);
		when 'audit' then return query select * from cb.prune_audit(request);
		when 'ids' then return query select * from cb.prune_ids(request);
		when 'messages' then return query select * from cb.prune_messages(request);
		when 'replies' then return query select * from cb.prune_replies(request);
		when 'bulks' then return query select * from cb.prune_bulks(request);
		when 'requests' then return query select * from cb.prune_requests(request);
	end case;
end
$body$;
