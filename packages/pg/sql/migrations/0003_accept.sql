-- Why: sending. Row, which is its SENT as well, and message of a whole set in one statement per domain, each command with its own outcome.
-- Lock order of every move in this schema: message rows by msg_id, then command rows, then batch, then process rows by id.

-- A position of the input (from 0) that was not stored, and why.
create type cb.refusal as (refused_position integer, outcome text);

-- Refusals other than those of a taken id are looked for beforehand, and only where there can be any, so that the statement that stores has nothing
-- to ask for. Sets are compared by NOT IN and by IN ... IS TRUE, which hash: a plain IN is a join, and joins of these CTEs would be nested loops, as
-- the planner takes them for small.
create function cb.define_accept(domain text) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $define$
begin
	execute format($template$
		create or replace function cb_domain.%1$I(jsonb) returns cb.refusal[]
			language plpgsql
			set search_path = pg_catalog, pg_temp
			set enable_seqscan = off
			set plan_cache_mode = force_generic_plan
		as $body$
		declare
			accepted_at timestamptz := clock_timestamp();
			stamp jsonb := jsonb_build_object('created_at', accepted_at);
			refused cb.refusal[];
			duplicates cb.refusal[];
			lone jsonb;
			lone_message jsonb;
			lone_msg_id bigint;
		begin
			if jsonb_path_exists($1, '$[*].message.reply_to') or cb.remembers_commands() then
				refused := cb.refusals_in_advance($1, %2$L);
			end if;
			if jsonb_array_length($1) = 1 then
				-- A command alone has two plain statements: to begin the one for sets takes longer than to store a command.
				if cardinality(refused) > 0 then
					return refused;
				end if;
				lone := $1 -> 0;
				lone_message := lone -> 'message';
				insert into cb.command (command_id, correlation_id, causation_id, batch_id, msg_id, created_at, updated_at, max_attempts, wants_notices, domain,
					command_type, reply_to, backoff)
				values ((lone_message ->> 'command_id')::uuid, (lone_message ->> 'correlation_id')::uuid, (lone_message ->> 'causation_id')::uuid,
					(lone ->> 'batch_id')::uuid, nextval(%3$L::regclass), accepted_at, accepted_at, (lone ->> 'max_attempts')::integer,
					coalesce((lone ->> 'wants_notices')::boolean, false), %2$L, lone_message ->> 'command_type', lone_message ->> 'reply_to',
					nullif(lone -> 'backoff', 'null'))
				on conflict (domain, command_id) do nothing
				returning msg_id into lone_msg_id;
				if lone_msg_id is null then
					return array[row(0, 'duplicate')::cb.refusal];
				end if;
				insert into pgmq.%4$I (msg_id, vt, message, headers)
				overriding system value
				values (lone_msg_id,
					coalesce((lone ->> 'due_at')::timestamptz, accepted_at + make_interval(secs => coalesce((lone ->> 'delay_seconds')::double precision, 0))),
					lone_message || stamp, nullif(lone -> 'headers', 'null'));
				return null;
			end if;
			with numbered as materialized (
				-- The id of the message is drawn first, so that the row can name it and needs no second version.
				select (i.ordinality - 1)::integer as position, (i.message ->> 'command_id')::uuid as command_id, i.message ->> 'command_type' as command_type,
					(i.message ->> 'correlation_id')::uuid as correlation_id, (i.message ->> 'causation_id')::uuid as causation_id,
					i.message ->> 'reply_to' as reply_to, i.*, nextval(%3$L::regclass) as msg_id
				from rows from (jsonb_to_recordset($1) as (message jsonb, headers jsonb, max_attempts integer, backoff jsonb,
					delay_seconds double precision, due_at timestamptz, wants_notices boolean, batch_id uuid)) with ordinality as i
				where i.message ->> 'domain' = %2$L
					and (refused is null or i.ordinality - 1 not in (select r.refused_position from unnest(refused) r))
			),
			stored as (
				insert into cb.command (command_id, correlation_id, causation_id, batch_id, msg_id, created_at, updated_at, max_attempts, wants_notices, domain,
					command_type, reply_to, backoff)
				select n.command_id, n.correlation_id, n.causation_id, n.batch_id, n.msg_id, accepted_at, accepted_at, n.max_attempts,
					coalesce(n.wants_notices, false), %2$L, n.command_type, n.reply_to, n.backoff
				from numbered n
				order by n.command_id, n.position
				on conflict (domain, command_id) do nothing
				returning msg_id
			),
			sent as (
				insert into pgmq.%4$I (msg_id, vt, message, headers)
				overriding system value
				select n.msg_id, coalesce(n.due_at, accepted_at + make_interval(secs => coalesce(n.delay_seconds, 0))),
					n.message || stamp, n.headers
				from numbered n
				where (n.msg_id in (select s.msg_id from stored s)) is true
			)
			select array_agg(row(n.position, 'duplicate')::cb.refusal) into duplicates
			from numbered n
			where n.msg_id not in (select s.msg_id from stored s);
			return duplicates || refused;
		end
		$body$
	$template$, domain || '__accept', domain, 'pgmq.' || quote_ident('q_' || cb.command_queue(domain) || '_msg_id_seq'),
		'q_' || cb.command_queue(domain));
end
$define$;

-- What can be refused of a domain's commands before any is stored: those whose reply queue is missing, and those whose id outlives its row
-- (0010) until its window ends. Null where there is nothing to refuse.
create function cb.refusals_in_advance(commands jsonb, domain text) returns cb.refusal[]
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	refused cb.refusal[];
begin
	if jsonb_path_exists(commands, '$[*].message.reply_to') then
		with input as materialized (
			select (i.ordinality - 1)::integer as position, i.command #>> '{message,reply_to}' as reply_to
			from jsonb_array_elements(commands) with ordinality as i (command, ordinality)
			where i.command #>> '{message,domain}' = refusals_in_advance.domain and i.command #>> '{message,reply_to}' is not null
		),
		missing as materialized (
			-- "offset 0": otherwise every row is asked for its queue, before they are made distinct.
			select q.reply_to from (select distinct i.reply_to from input i offset 0) q where not cb.queue_exists(q.reply_to)
		)
		select array_agg(row(i.position, 'reply-queue-not-found')::cb.refusal) into refused
		from input i
		where i.reply_to in (select m.reply_to from missing m);
	end if;
	if cb.remembers_commands() then
		refused := refused || array(
			select row(i.position, 'duplicate')::cb.refusal
			from (
				select (i.ordinality - 1)::integer as position, refusals_in_advance.domain, (i.command #>> '{message,command_id}')::uuid as command_id
				from jsonb_array_elements(commands) with ordinality as i (command, ordinality)
				where i.command #>> '{message,domain}' = refusals_in_advance.domain
			) i
			-- "offset 0" makes it one lookup per command in every plan.
			where exists (select from cb.remembered_command r where r.domain = i.domain and r.command_id = i.command_id offset 0)
				and not exists (select from unnest(refused) r where r.refused_position = i.position)
		);
	end if;
	return refused;
end
$body$;

-- Stores what can be stored. Input: an array of objects { message, headers?, max_attempts?, backoff?, delay_seconds?, due_at?, wants_notices?,
-- batch_id? }; message is what goes on the queue, { command_id, command_type, domain, correlation_id, causation_id?, reply_to?, data }, complete
-- but for created_at, which is the database's to say.
-- Returns the positions that were refused, and why: domain-not-found, reply-queue-not-found or duplicate; null when there are none. Everything else
-- is stored. What is asked of every set is an expression where it can be: one costs less than a microsecond, a query some ten.
create function cb.accept_commands(commands jsonb) returns cb.refusal[]
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	one_domain text := commands #>> '{0,message,domain}';
	refused cb.refusal[];
begin
	if not jsonb_path_exists(commands, '$[*].message.domain ? (@ != $first)', jsonb_build_object('first', one_domain)) then
		refused := cb_domain.accept(one_domain, commands);
	else
		for one_domain in
			select distinct command #>> '{message,domain}' from jsonb_array_elements(commands) command order by 1
		loop
			refused := refused || cb_domain.accept(one_domain, commands);
		end loop;
	end if;
	-- Whoever waited for a row that was being pruned finds its id free, and remembered only now. Nested, so that nothing is set up while there is none.
	if cb.remembers_commands() then
		if exists (
			select
			from jsonb_array_elements(commands) command
			where exists (
					select from cb.remembered_command r
					where r.domain = command #>> '{message,domain}' and r.command_id = (command #>> '{message,command_id}')::uuid
					offset 0
				)
				and exists (
					select from cb.command c
					where c.domain = command #>> '{message,domain}' and c.command_id = (command #>> '{message,command_id}')::uuid offset 0
				)
		) then
			raise exception 'a command of that id was pruned at the same moment' using errcode = 'serialization_failure';
		end if;
	end if;
	return refused;
end
$body$;

-- As accept_commands, but stores nothing unless every refusal is a duplicate at one of the positions given.
create function cb.accept_all_commands(commands jsonb, allowed_duplicates integer[]) returns cb.refusal[]
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	refused cb.refusal[];
begin
	refused := cb.accept_commands(commands);
	if exists (
		select from unnest(refused) r where r.outcome <> 'duplicate' or r.refused_position <> all (allowed_duplicates)
	) then
		raise exception using errcode = 'CB001', message = 'at least one command was refused';
	end if;
	return refused;
exception when sqlstate 'CB001' then
	return refused || row(-1, 'nothing-stored')::cb.refusal;
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
	correlation uuid := coalesce(correlation_id, cb.new_id());
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
	from unnest(cb.accept_commands(jsonb_build_array(jsonb_build_object('delay_seconds', delay_seconds, 'max_attempts', max_attempts,
		'headers', headers,
		'message', jsonb_strip_nulls(jsonb_build_object('command_id', id, 'command_type', command_type, 'domain', domain,
			'correlation_id', correlation, 'causation_id', causation_id, 'reply_to', reply_to)) || jsonb_build_object('data', coalesce(data, 'null')))))) r;
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
