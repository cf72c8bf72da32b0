-- Why: sending. Row, message and SENT of a whole set in one statement per domain, each command with its own outcome.
-- Lock order of every move in this schema: message rows by msg_id, then command rows, then batch, then process rows by id.

-- A position of the input (from 0) that was not stored, and why.
create type cb.refusal as (refused_position integer, outcome text);

create function cb.define_accept(domain text) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $define$
begin
	execute format($template$
		create or replace function cb_domain.%1$I(jsonb) returns setof cb.refusal
			language plpgsql
			set search_path = pg_catalog, pg_temp
			set enable_seqscan = off
		as $body$
		begin
			return query
			with input as materialized (
				select (c.ordinality - 1)::integer as position, c.*
				from rows from (jsonb_to_recordset($1) as (command_id uuid, command_type text, domain text, data jsonb, correlation_id uuid,
					causation_id uuid, reply_to text, headers jsonb, max_attempts integer, backoff jsonb, delay_seconds double precision,
					due_at timestamptz, wants_notices boolean, batch_id uuid)) with ordinality as c
				where c.domain = %2$L
			),
			no_queue as materialized (
				select r.reply_to
				from (select distinct i.reply_to from input i where i.reply_to is not null) r
				where not cb.queue_exists(r.reply_to)
			),
			numbered as materialized (
				-- The id of the message is drawn first, so that the row can name it and needs no second version.
				select i.*, nextval(%3$L::regclass) as msg_id, clock_timestamp() as created_at
				from input i
				where (i.reply_to is null or i.reply_to not in (select n.reply_to from no_queue n))
					-- An id may outlive its row (0010): it is refused until its window ends. "offset 0" makes it one lookup per command in every plan.
					and not exists (select from cb.remembered_command r where r.domain = i.domain and r.command_id = i.command_id offset 0)
			),
			stored as (
				insert into cb.command (command_id, correlation_id, causation_id, batch_id, msg_id, created_at, updated_at, max_attempts, wants_notices, domain,
					command_type, reply_to, backoff)
				select n.command_id, n.correlation_id, n.causation_id, n.batch_id, n.msg_id, n.created_at, n.created_at, n.max_attempts, coalesce(n.wants_notices, false), n.domain,
					n.command_type, n.reply_to, n.backoff
				from numbered n
				order by n.command_id, n.position
				on conflict (domain, command_id) do nothing
				returning msg_id, command_id, correlation_id, reply_to, batch_id
			),
			-- Sets are compared by NOT IN, which hashes: joins of these CTEs would be nested loops, as the planner takes them for small.
			duplicates as materialized (
				select n.position, n.msg_id from numbered n where n.msg_id not in (select s.msg_id from stored s)
			),
			sent as (
				insert into pgmq.%4$I (msg_id, vt, message, headers)
				overriding system value
				select n.msg_id,
					coalesce(n.due_at, clock_timestamp() + make_interval(secs => coalesce(n.delay_seconds, 0))),
					case
						when n.causation_id is null and n.reply_to is null then m.message
						else m.message
							|| case when n.causation_id is null then '{}' else jsonb_build_object('causation_id', n.causation_id) end
							|| case when n.reply_to is null then '{}' else jsonb_build_object('reply_to', n.reply_to) end
					end,
					n.headers
				from numbered n
				cross join lateral (
					select jsonb_build_object('command_id', n.command_id, 'command_type', n.command_type, 'domain', n.domain,
						'correlation_id', n.correlation_id, 'created_at', n.created_at, 'data', coalesce(n.data, 'null')) as message
				) m
				where n.msg_id not in (select d.msg_id from duplicates d)
			),
			audited as (
				insert into cb.command_audit (command_id, generation, attempt, domain, type, details)
				select s.command_id, 1, 0, %2$L, 'SENT',
					case
						when s.reply_to is null and s.batch_id is null then jsonb_build_object('correlationId', s.correlation_id)
						else jsonb_build_object('correlationId', s.correlation_id)
							|| case when s.reply_to is null then '{}' else jsonb_build_object('replyTo', s.reply_to) end
							|| case when s.batch_id is null then '{}' else jsonb_build_object('batchId', s.batch_id) end
					end
				from stored s
			)
			select i.position, 'reply-queue-not-found'
			from input i
			where i.reply_to in (select q.reply_to from no_queue q)
			union all
			select d.position, 'duplicate'
			from duplicates d
			union all
			select i.position, 'duplicate'
			from input i
			where i.position not in (select n.position from numbered n)
				and (i.reply_to is null or i.reply_to not in (select q.reply_to from no_queue q));
		end
		$body$
	$template$, domain || '__accept', domain, 'pgmq.' || quote_ident('q_' || cb.command_queue(domain) || '_msg_id_seq'),
		'q_' || cb.command_queue(domain));
end
$define$;

-- Stores what can be stored. Input: an array of objects { command_id, command_type, domain, data, correlation_id, causation_id?,
-- reply_to?, headers?, max_attempts?, backoff?, delay_seconds?, due_at?, wants_notices?, batch_id? }.
-- Returns the positions that were refused, and why: domain-not-found, reply-queue-not-found or duplicate. Everything else is stored.
create function cb.accept_commands(commands jsonb) returns setof cb.refusal
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	one_domain text;
begin
	for one_domain in
		select distinct command ->> 'domain' from jsonb_array_elements(commands) command order by 1
	loop
		if exists (select from cb.domain d where d.domain = one_domain) then
			return query execute format('select * from cb_domain.%I($1)', one_domain || '__accept') using commands;
		else
			return query
				select (item.ordinality - 1)::integer, 'domain-not-found'
				from jsonb_array_elements(commands) with ordinality item (command, ordinality)
				where command ->> 'domain' = one_domain;
		end if;
	end loop;
	-- Whoever waited for a row that was being pruned finds its id free, and remembered only now. Nested, so that nothing is set up while there is none.
	if exists (select from cb.remembered_command) then
		if exists (
			select
			from jsonb_array_elements(commands) command
			where exists (
					select from cb.remembered_command r
					where r.domain = command ->> 'domain' and r.command_id = (command ->> 'command_id')::uuid
					offset 0
				)
				and exists (
					select from cb.command c where c.domain = command ->> 'domain' and c.command_id = (command ->> 'command_id')::uuid offset 0
				)
		) then
			raise exception 'a command of that id was pruned at the same moment' using errcode = 'serialization_failure';
		end if;
	end if;
end
$body$;

-- As accept_commands, but stores nothing unless every refusal is a duplicate at one of the positions given.
create function cb.accept_all_commands(commands jsonb, allowed_duplicates integer[]) returns setof cb.refusal
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	refusals cb.refusal[];
begin
	begin
		select array_agg(r) into refusals from cb.accept_commands(commands) r;
		if exists (
			select from unnest(refusals) r where r.outcome <> 'duplicate' or r.refused_position <> all (allowed_duplicates)
		) then
			raise exception using errcode = 'CB001', message = 'at least one command was refused';
		end if;
	exception when sqlstate 'CB001' then
		return query select -1, 'nothing-stored';
	end;
	return query select r.refused_position, r.outcome from unnest(refusals) r;
end
$body$;
-- Wakes whoever waits for work of a domain, or for messages on a reply queue. A hint: everybody polls as well.
create function cb.wake(topics text[]) returns void
	language sql
	set search_path = pg_catalog, pg_temp
as $body$
	select pg_notify('cb:' || topic, '') from unnest(topics) topic;
$body$;

-- Sending without TypeScript: from psql, a trigger, another language. Inside your transaction, like any other statement.
--   select cb.send('payments', 'DebitAccount', '{"account": "A-1", "cents": 500}');
-- Raises a named error and stores nothing when it cannot be sent.
create function cb.send(domain text, command_type text, data jsonb, command_id uuid default null, correlation_id uuid default null,
	causation_id uuid default null, reply_to text default null, delay_seconds double precision default 0, max_attempts integer default null,
	headers jsonb default null)
returns uuid
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	id uuid := coalesce(command_id, cb.new_id());
	refusal text;
begin
	case
		when domain is null or command_type is null then
			raise exception 'domain and command_type are required' using errcode = 'invalid_parameter_value';
		when command_type !~ '^[A-Za-z][A-Za-z0-9_.:-]{0,127}$' then
			raise exception 'command type "%" is not a letter followed by letters, digits and _ . : -', command_type
				using errcode = 'invalid_parameter_value';
		when max_attempts not between 1 and 1000 then
			raise exception 'max_attempts is % and must be from 1 to 1000', max_attempts using errcode = 'invalid_parameter_value';
		when delay_seconds is null or not delay_seconds between 0 and 31536000 then
			raise exception 'delay_seconds is % and must be from 0 to 31536000', delay_seconds using errcode = 'invalid_parameter_value';
		when jsonb_typeof(headers) <> 'object' or exists (select from jsonb_object_keys(headers) key where key like 'cb\_%') then
			raise exception 'headers must be an object without keys that begin with cb_' using errcode = 'invalid_parameter_value';
		else
			null;
	end case;
	select r.outcome into refusal
	from cb.accept_commands(jsonb_build_array(jsonb_build_object('command_id', id, 'command_type', command_type, 'domain', domain, 'data', data,
		'correlation_id', coalesce(correlation_id, cb.new_id()), 'causation_id', causation_id, 'reply_to', reply_to,
		'delay_seconds', delay_seconds, 'max_attempts', max_attempts, 'headers', headers))) r;
	case refusal
		when 'domain-not-found' then
			raise exception 'domain "%" does not exist', domain
				using errcode = 'CB002', hint = format('Create it once: select cb.create_domain(%L);', domain);
		when 'reply-queue-not-found' then
			raise exception 'reply queue "%" does not exist', reply_to
				using errcode = 'CB003', hint = format('Create it once: select cb.create_reply_queue(%L);', reply_to);
		when 'duplicate' then
			raise exception 'command % exists already in domain "%"', id, domain using errcode = 'CB004';
		else
			perform cb.wake(array['commands:' || domain]);
	end case;
	return id;
end
$body$;
