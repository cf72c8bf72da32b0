-- Generated from the migrations; reviewed, never edited.
-- object: constraint cb.batch batch_pkey
PRIMARY KEY (domain, batch_id)

-- object: constraint cb.batch batch_status_check
CHECK ((status = ANY (ARRAY['PENDING'::text, 'IN_PROGRESS'::text, 'COMPLETED'::text, 'COMPLETED_WITH_FAILURES'::text])))

-- object: constraint cb.batch_event batch_event_pkey
PRIMARY KEY (sequence)

-- object: constraint cb.bulk bulk_pkey
PRIMARY KEY (bulk_id)

-- object: constraint cb.bulk bulk_status_check
CHECK ((status = ANY (ARRAY['PREVIEWED'::text, 'RUNNING'::text, 'PAUSED'::text, 'CANCELED'::text, 'COMPLETED'::text])))

-- object: constraint cb.bulk_item bulk_item_bulk_id_fkey
FOREIGN KEY (bulk_id) REFERENCES cb.bulk(bulk_id) ON DELETE CASCADE

-- object: constraint cb.bulk_item bulk_item_pkey
PRIMARY KEY (bulk_id, "position")

-- object: constraint cb.bulk_item bulk_item_status_check
CHECK ((status = ANY (ARRAY['WAITING'::text, 'DONE'::text, 'SKIPPED'::text, 'FAILED'::text, 'CANCELED'::text])))

-- object: constraint cb.command command_pkey
PRIMARY KEY (command_id, domain)

-- object: constraint cb.domain domain_name_check
CHECK ((domain ~ '^[a-z][a-z0-9_]{0,30}$'::text))

-- object: constraint cb.domain domain_pkey
PRIMARY KEY (domain)

-- object: constraint cb.maintenance_claim maintenance_claim_claim_check
CHECK ((claim = 'maintenance'::text))

-- object: constraint cb.maintenance_claim maintenance_claim_pkey
PRIMARY KEY (claim)

-- object: constraint cb.migration migration_pkey
PRIMARY KEY (number)

-- object: constraint cb.operator_request operator_request_pkey
PRIMARY KEY (domain, command_id, request_id)

-- object: constraint cb.parked_command parked_command_pkey
PRIMARY KEY (domain, command_id)

-- object: constraint cb.process process_pkey
PRIMARY KEY (process_id)

-- object: constraint cb.process process_status_check
CHECK ((status = ANY (ARRAY['PENDING'::text, 'IN_PROGRESS'::text, 'WAITING_FOR_REPLY'::text, 'WAITING_FOR_TSQ'::text, 'COMPENSATING'::text, 'COMPLETED'::text, 'COMPENSATED'::text, 'FAILED'::text, 'CANCELED'::text])))

-- object: constraint cb.process_batch process_batch_pkey
PRIMARY KEY (batch_id)

-- object: constraint cb.process_step process_step_kind_check
CHECK ((kind = ANY (ARRAY['forward'::text, 'undo'::text])))

-- object: constraint cb.process_step process_step_pkey
PRIMARY KEY (process_id, "position")

-- object: constraint cb.process_step process_step_process_id_fkey
FOREIGN KEY (process_id) REFERENCES cb.process(process_id) ON DELETE CASCADE

-- object: constraint cb.process_step process_step_status_check
CHECK ((status = ANY (ARRAY['OPEN'::text, 'PARKED'::text, 'SUCCEEDED'::text, 'FAILED'::text, 'CANCELED'::text])))

-- object: constraint cb.remembered_command remembered_command_pkey
PRIMARY KEY (command_id, domain)

-- object: constraint cb.unhandled_reply unhandled_reply_pkey
PRIMARY KEY (queue, msg_id)

-- object: domain cb.stored_status
text
stored_status_check CHECK ((VALUE = ANY (ARRAY['PENDING'::text, 'COMPLETED'::text, 'FAILED'::text, 'CANCELED'::text, 'IN_TROUBLESHOOTING_QUEUE'::text])))

-- object: function cb.accept_all_commands(jsonb,integer[])
CREATE OR REPLACE FUNCTION cb.accept_all_commands(commands jsonb, allowed_duplicates integer[])
 RETURNS cb.refusal[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.accept_commands(jsonb)
CREATE OR REPLACE FUNCTION cb.accept_commands(commands jsonb)
 RETURNS cb.refusal[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.acknowledge_replies(text,bigint[],integer[])
CREATE OR REPLACE FUNCTION cb.acknowledge_replies(queue text, msg_ids bigint[], attempts integer[])
 RETURNS SETOF bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	return query execute format($sql$
		delete from pgmq.%1$I q
		using unnest($1, $2) as i (msg_id, attempt)
		where q.msg_id = i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
		returning q.msg_id
		$sql$, 'q_' || queue)
	using msg_ids, attempts;
end
$function$

-- object: function cb.act_on_parked_command(jsonb)
CREATE OR REPLACE FUNCTION cb.act_on_parked_command(request jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
	action text := request ->> 'action';
	amendment jsonb := nullif(request -> 'amendment', 'null');
	suppress boolean := coalesce((request ->> 'suppressReply')::boolean, false);
	current cb.command;
	first_outcome jsonb;
	outcome jsonb;
	envelope jsonb;
	trace jsonb;
	old_msg_id bigint;
	new_msg_id bigint;
	made_attempts integer;
	answer jsonb;
begin
	select c.* into current from cb.command c
	where c.domain = request ->> 'domain' and c.command_id = (request ->> 'commandId')::uuid
	for update;
	if not found then
		return jsonb_build_object('kind', 'not-found');
	end if;
	if request ->> 'requestId' is not null then
		select r.outcome into first_outcome from cb.operator_request r
		where r.domain = current.domain and r.command_id = current.command_id and r.request_id = request ->> 'requestId';
		if found then
			return first_outcome || '{"isRepeated": true}';
		end if;
	end if;
	if current.version <> (request ->> 'expectedVersion')::integer then
		return jsonb_build_object('kind', 'version-conflict', 'status', cb.command_status(current), 'version', current.version,
			'lastAct', cb.last_act(current.domain, current.command_id));
	end if;
	if current.status <> 'IN_TROUBLESHOOTING_QUEUE' then
		return jsonb_build_object('kind', 'not-parked', 'status', cb.command_status(current),
			'lastAct', cb.last_act(current.domain, current.command_id));
	end if;
	if current.reply_to is not null and not cb.queue_exists(current.reply_to)
		and (case action when 'retry' then current.wants_notices else not suppress end) then
		return jsonb_build_object('kind', 'reply-queue-not-found', 'replyTo', current.reply_to);
	end if;

	execute format('select a.message, cb.carried_headers(a.headers) from pgmq.%I a where a.msg_id = $1', 'a_' || cb.command_queue(current.domain))
	using current.msg_id into envelope, trace;
	old_msg_id := current.msg_id;
	made_attempts := current.attempts;

	if action = 'retry' then
		if envelope is null then
			return jsonb_build_object('kind', 'payload-missing');
		end if;
		if amendment is not null then
			envelope := jsonb_set(envelope, '{data}', coalesce(amendment -> 'data', 'null'));
		end if;
		-- Kept attempts leave at least one to make.
		execute format('insert into pgmq.%I (read_ct, vt, message, headers) values ($1, clock_timestamp(), $2, $3) returning msg_id',
			'q_' || cb.command_queue(current.domain))
		using case when (request ->> 'keepAttempts')::boolean then least(current.attempts, coalesce(current.parked_max_attempts, current.max_attempts, current.attempts + 1) - 1) else 0 end,
			envelope, trace
		into new_msg_id;
	end if;

	update cb.command c
	set status = case action when 'retry' then 'PENDING' when 'cancel' then 'CANCELED' else 'COMPLETED' end,
		version = c.version + 1,
		generation = c.generation + case action when 'retry' then 1 else 0 end,
		attempts = case when action = 'retry' and not coalesce((request ->> 'keepAttempts')::boolean, false) then 0 else c.attempts end,
		parked_max_attempts = null,
		msg_id = coalesce(new_msg_id, c.msg_id),
		result = case action when 'complete' then nullif(request -> 'result', 'null') end,
		last_error_type = case action when 'cancel' then c.last_error_type end,
		last_error_code = case action when 'cancel' then c.last_error_code end,
		last_error_message = case action when 'cancel' then c.last_error_message end,
		last_error_details = case action when 'cancel' then c.last_error_details end,
		updated_at = clock_timestamp(),
		completed_at = case when action <> 'retry' then clock_timestamp() end
	where c.domain = current.domain and c.command_id = current.command_id
	returning c.* into current;
	-- Planned at each call: a plan of when nothing was parked would read all that is, along any of the indexes that begin with the domain.
	execute 'delete from cb.parked_command where domain = $1 and command_id = $2' using current.domain, current.command_id;

	insert into cb.command_audit_entry (command_id, generation, attempt, domain, type, details)
	values (current.command_id, current.generation, made_attempts, current.domain, 'OPERATOR_' || upper(action),
		jsonb_build_object('operator', request -> 'operator', 'reason', request -> 'reason')
		|| case action
			when 'retry' then jsonb_build_object('previousMessageId', old_msg_id::text, 'messageId', new_msg_id::text)
				|| case when amendment is null then '{}' else jsonb_build_object('amendment', jsonb_build_object('diff', amendment -> 'diff')) end
			when 'complete' then jsonb_build_object('result', coalesce(request -> 'result', 'null'))
			else '{}'
		end
		|| case when suppress then '{"isReplySuppressed": true}'::jsonb else '{}' end);

	if action <> 'retry' and current.batch_id is not null then
		insert into cb.batch_progress (batch_id, completed_count, failed_count, canceled_count, domain)
		values (current.batch_id, (action = 'complete')::integer, 0, (action = 'cancel')::integer, current.domain);
	end if;

	answer := case
		when current.reply_to is null then null
		when action = 'retry' then case when current.wants_notices then cb.notice_message(current, 'resumed', null) end
		when suppress then null
		when action = 'complete' then cb.reply_message(current, 'SUCCESS', current.result, null)
		else cb.reply_message(current, 'CANCELED', null, jsonb_build_object('type', 'CANCELED', 'code', 'CANCELED',
			'message', request ->> 'reason', 'details', null))
	end;
	if answer is not null then
		perform cb.send_answers(array[current.reply_to], array[answer], array[trace]);
	end if;

	outcome := jsonb_build_object('kind', 'done', 'status', current.status, 'version', current.version, 'generation', current.generation,
		'messageId', new_msg_id::text, 'isRepeated', false);
	if request ->> 'requestId' is not null then
		insert into cb.operator_request (command_id, domain, request_id, outcome)
		values (current.command_id, current.domain, request ->> 'requestId', outcome);
	end if;
	return outcome || jsonb_build_object('answerQueue', case when answer is not null then current.reply_to end, 'batchId', current.batch_id);
end
$function$

-- object: function cb.advance_processes(jsonb,jsonb,jsonb,jsonb)
CREATE OR REPLACE FUNCTION cb.advance_processes(advances jsonb, commands jsonb, step_updates jsonb, events jsonb)
 RETURNS TABLE(advance_position integer, outcome text, version integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
	outcomes text[];
	versions integer[];
	process_ids uuid[];
	ended integer[];
	applied uuid[];
	sent jsonb;
	refused cb.refusal[];
begin
	-- Locks in order of id, a lookup each; only the first advance of each process in this call can be at the right version.
	select array_agg(v.outcome order by v.position), array_agg(v.expected_version + 1 order by v.position),
		array_agg(v.process_id order by v.position), array_agg(v.position) filter (where v.is_ended)
	into outcomes, versions, process_ids, ended
	from (
		select i.position, i.process_id, i.expected_version, p.completed_at is not null as is_ended,
			case
				when p.process_id is null then 'not-found'
				when p.version <> i.expected_version or i.nth > 1 then 'stale'
				else 'advanced'
			end as outcome
		from (
			select (a.ordinality - 1)::integer as position, a."processId" as process_id, a."expectedVersion" as expected_version,
				row_number() over (partition by a."processId" order by a.ordinality) as nth
			from rows from (jsonb_to_recordset(advances) as ("processId" uuid, "expectedVersion" integer)) with ordinality a
			order by a."processId", a.ordinality
		) i
		left join lateral (
			select p.process_id, p.version, p.completed_at from cb.process p where p.process_id = i.process_id for update
		) p on true
	) v;

	-- A terminal process sends nothing any more.
	if ended is not null then
		select coalesce(jsonb_agg(c.command order by c.ordinality), '[]') into commands
		from jsonb_array_elements(commands) with ordinality c (command, ordinality)
		where (c.command ->> 'advance')::integer <> all (ended);
	end if;

	loop
		-- At each position the id of a process that is advanced, or null.
		applied := array(
			select case when o.outcome = 'advanced' then o.process_id end
			from unnest(outcomes, process_ids) with ordinality o (outcome, process_id, ordinality)
			order by o.ordinality
		);
		begin
			applied := cb.take_replies(advances, applied);
			sent := commands;
			if array_position(applied, null) is not null then
				outcomes := array(
					select case when o.outcome = 'advanced' and o.process_id is null then 'lease-lost' else o.outcome end
					from unnest(outcomes, applied) with ordinality o (outcome, process_id, ordinality)
					order by o.ordinality
				);
				select coalesce(jsonb_agg(c.command order by c.ordinality), '[]') into sent
				from jsonb_array_elements(commands) with ordinality c (command, ordinality)
				where applied[(c.command ->> 'advance')::integer + 1] is not null;
			end if;
			refused := cb.accept_commands(sent);
			if cardinality(refused) > 0 then
				raise exception using errcode = 'CB001', message = 'a command of an advance was refused';
			end if;
			perform cb.store_advances(advances, sent, step_updates, events, applied);
			exit;
		exception when sqlstate 'CB001' then
			for position in 1 .. cardinality(refused) loop
				outcomes[(sent #>> array[(refused[position]).refused_position::text, 'advance'])::integer + 1] := (refused[position]).outcome;
			end loop;
		end;
	end loop;

	return query
		select (o.ordinality - 1)::integer, o.outcome, case when o.outcome = 'advanced' then o.version end
		from unnest(outcomes, versions) with ordinality o (outcome, version, ordinality);
end
$function$

-- object: function cb.cancel_command(text,uuid,text)
CREATE OR REPLACE FUNCTION cb.cancel_command(domain text, command_id uuid, reason text DEFAULT NULL::text)
 RETURNS TABLE(outcome text, answer_queue text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
	current cb.command;
	held boolean;
	made_attempts integer;
	locked_msg_id bigint;
	trace jsonb;
begin
	select c.* into current from cb.command c where c.domain = cancel_command.domain and c.command_id = cancel_command.command_id;
	if not found then
		return query select 'not-found', null::text;
		return;
	end if;
	locked_msg_id := current.msg_id;
	if current.status = 'PENDING' then
		-- The message first (lock order), then the row: a receive in between has either taken the lease or waits for nothing.
		execute format('select q.headers ? ''cb_lease'', q.read_ct, cb.carried_headers(q.headers) from pgmq.%I q where q.msg_id = $1 for update',
			'q_' || cb.command_queue(domain))
		using current.msg_id into held, made_attempts, trace;
	end if;
	if held then
		return query select 'IN_PROGRESS', null::text;
		return;
	end if;
	select c.* into current from cb.command c
	where c.domain = cancel_command.domain and c.command_id = cancel_command.command_id
	for update;
	if current.status <> 'PENDING' then
		return query select current.status::text, null::text;
		return;
	end if;
	if current.msg_id <> locked_msg_id then
		raise exception 'the command was parked and retried at the same moment' using errcode = 'serialization_failure';
	end if;
	if current.reply_to is not null and not cb.queue_exists(current.reply_to) then
		return query select 'reply-queue-not-found', current.reply_to;
		return;
	end if;
	perform pgmq.archive(queue_name => cb.command_queue(domain), msg_id => current.msg_id);
	update cb.command c
	set status = 'CANCELED', attempts = coalesce(made_attempts, c.attempts), version = c.version + 1, updated_at = clock_timestamp(),
		completed_at = clock_timestamp()
	where c.domain = current.domain and c.command_id = current.command_id
	returning c.* into current;
	insert into cb.command_audit_entry (command_id, generation, attempt, domain, type, details)
	values (current.command_id, current.generation, current.attempts, current.domain, 'CANCELED', jsonb_build_object('reason', reason));
	if current.batch_id is not null then
		insert into cb.batch_progress (batch_id, completed_count, failed_count, canceled_count, domain)
		values (current.batch_id, 0, 0, 1, current.domain);
	end if;
	if current.reply_to is not null then
		perform cb.send_answers(array[current.reply_to],
			array[cb.reply_message(current, 'CANCELED', null, jsonb_build_object('type', 'CANCELED', 'code', 'CANCELED',
				'message', coalesce(reason, 'canceled by the sender'), 'details', null))],
			array[trace]);
	end if;
	return query select 'canceled', current.reply_to;
end
$function$

-- object: function cb.carried_headers(jsonb)
CREATE OR REPLACE FUNCTION cb.carried_headers(headers jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (headers - ARRAY['cb_lease'::text, 'cb_deferrals'::text, 'cb_unanswered'::text])

-- object: function cb.claim_maintenance(text,double precision)
CREATE OR REPLACE FUNCTION cb.claim_maintenance(holder text, lease_seconds double precision)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
#variable_conflict use_variable
begin
	insert into cb.maintenance_claim as m (holder, expires_at)
	values (holder, clock_timestamp() + make_interval(secs => lease_seconds))
	on conflict (claim) do update
	set holder = excluded.holder, expires_at = excluded.expires_at
	where m.holder = excluded.holder or m.expires_at <= clock_timestamp();
	return found;
end
$function$

-- object: function cb.command_generations(text,uuid)
CREATE OR REPLACE FUNCTION cb.command_generations(domain text, command_id uuid)
 RETURNS TABLE(generation integer, msg_id bigint, data jsonb, headers jsonb, archived_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
	with known (generation, msg_id) as (
		select c.generation, c.msg_id
		from cb.command c
		where c.domain = command_generations.domain and c.command_id = command_generations.command_id
		union all
		select a.generation - 1, (a.details ->> 'previousMessageId')::bigint
		from cb.command_audit_entry a
		where a.command_id = command_generations.command_id and a.domain = command_generations.domain and a.type = 'OPERATOR_RETRY'
	)
	select k.generation, k.msg_id, coalesce(live.message, archived.message) -> 'data', cb.carried_headers(coalesce(live.headers, archived.headers)),
		archived.archived_at
	from known k
	left join cb.live_message live on live.domain = command_generations.domain and live.msg_id = k.msg_id
	left join cb.archived_message archived on archived.domain = command_generations.domain and archived.msg_id = k.msg_id
	where live.msg_id is not null or archived.msg_id is not null
	order by k.generation desc;
$function$

-- object: function cb.command_queue(text)
CREATE OR REPLACE FUNCTION cb.command_queue(domain text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (domain || '__commands'::text)

-- object: function cb.command_status(cb.command)
CREATE OR REPLACE FUNCTION cb.command_status(c cb.command)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	select case
		when c.status = 'PENDING' and exists (
			select from cb.live_message m where m.domain = c.domain and m.msg_id = c.msg_id and m.headers ? 'cb_lease'
		) then 'IN_PROGRESS'
		else c.status
	end;
$function$

-- object: function cb.count_batch(text,uuid)
CREATE OR REPLACE FUNCTION cb.count_batch(domain text, batch_id uuid)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	update cb.batch b
	set total_count = (select count(*) from cb.command c where c.domain = b.domain and c.batch_id = b.batch_id)
	where b.domain = count_batch.domain and b.batch_id = count_batch.batch_id and b.completed_at is null;
$function$

-- object: function cb.create_domain(text)
CREATE OR REPLACE FUNCTION cb.create_domain(domain text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.create_reply_queue(text)
CREATE OR REPLACE FUNCTION cb.create_reply_queue(queue text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.deferrals_of(jsonb)
CREATE OR REPLACE FUNCTION cb.deferrals_of(headers jsonb)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((headers ->> 'cb_deferrals'::text) ~ '^[0-9]{1,9}$'::text) THEN ((headers ->> 'cb_deferrals'::text))::integer ELSE 0 END

-- object: function cb.define_accept(text)
CREATE OR REPLACE FUNCTION cb.define_accept(domain text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.define_dispatch()
CREATE OR REPLACE FUNCTION cb.define_dispatch()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
	accepting text;
	receiving text;
	settling text;
begin
	select string_agg(format('elsif $1 = %L then return cb_domain.%I($2);',
			d.domain, d.domain || '__accept'), E'\n' order by d.domain),
		string_agg(format('elsif $1 = %L then return query select r.* from cb_domain.%I($2, $3, $4, $5, $6, $7) r;',
			d.domain, d.domain || '__receive'), E'\n' order by d.domain),
		string_agg(format('elsif $1 = %L then return cb_domain.%I($2, $3);', d.domain, d.domain || '__settle'), E'\n' order by d.domain)
	into accepting, receiving, settling
	from cb.domain d;
	execute format($template$
		create or replace function cb_domain.accept(text, jsonb) returns cb.refusal[]
			language plpgsql
			set search_path = pg_catalog, pg_temp
		as $body$
		begin
			if $1 is null then return null;
			%1$s
			else
				return array(
					select row((item.ordinality - 1)::integer, 'domain-not-found')::cb.refusal
					from jsonb_array_elements($2) with ordinality item (command, ordinality)
					where command #>> '{message,domain}' = $1
				);
			end if;
		end
		$body$;
		create or replace function cb_domain.receive(text, text, integer, double precision, jsonb, integer, timestamptz) returns setof cb.received_command
			language plpgsql
			set search_path = pg_catalog, pg_temp
		as $body$
		begin
			if $1 is null then null;
			%2$s
			else raise exception 'domain "%%" does not exist', $1 using errcode = 'CB002';
			end if;
		end
		$body$;
		create or replace function cb_domain.settle(text, jsonb, integer[]) returns cb.settled
			language plpgsql
			set search_path = pg_catalog, pg_temp
		as $body$
		begin
			if $1 is null then return null;
			%3$s
			else raise exception 'domain "%%" does not exist', $1 using errcode = 'CB002';
			end if;
		end
		$body$
	$template$, coalesce(accepting, ''), coalesce(receiving, ''), coalesce(settling, ''));
end
$function$

-- object: function cb.define_moves(text)
CREATE OR REPLACE FUNCTION cb.define_moves(domain text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
	perform cb.define_accept(domain), cb.define_receive(domain), cb.define_settle(domain);
end
$function$

-- object: function cb.define_receive(text)
CREATE OR REPLACE FUNCTION cb.define_receive(domain text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
	execute format($template$
		create or replace function cb_domain.%1$I(text, integer, double precision, jsonb, integer, timestamptz) returns setof cb.received_command
			language plpgsql
			set search_path = pg_catalog, pg_temp
			set enable_seqscan = off
			set enable_bitmapscan = off
			set plan_cache_mode = force_generic_plan
		as $body$
		declare
			lease jsonb := jsonb_build_object('cb_lease', jsonb_build_object('workerId', $1, 'at', clock_timestamp(), 'isRedelivered', false));
			again jsonb := jsonb_build_object('workerId', $1, 'at', clock_timestamp(), 'isRedelivered', true);
			due_by timestamptz := clock_timestamp();
			looked_at_before bigint := pg_stat_get_xact_tuples_returned(%4$L::regclass);
		begin
			return query
			with due as materialized (
				-- Along the index of vt, which begins with what is due: a hundred thousand that wait or are leased cost nothing.
				select q.msg_id, q.vt
				from pgmq.%3$I q
				where q.vt >= $6 and q.vt <= due_by
				order by q.vt
				limit $2
				for update skip locked
			),
			leased as materialized (
				update pgmq.%3$I q
				set vt = clock_timestamp() + make_interval(secs => $3),
					read_ct = q.read_ct + 1,
					last_read_at = clock_timestamp(),
					-- A lease that ran out without an answer is remembered by the next one.
					headers = case
						when q.headers ? 'cb_lease' then q.headers || jsonb_build_object('cb_lease',
							again || jsonb_build_object('previous', cb.previous_lease(q.headers)))
						when q.headers @> '{"cb_unanswered": true}' then (q.headers - 'cb_unanswered') || jsonb_build_object('cb_lease', again)
						else coalesce(q.headers || lease, lease)
					end
				where q.msg_id = any (array(select d.msg_id from due d))
				returning %2$L::text as domain, q.msg_id, q.read_ct, q.last_read_at, q.message, q.headers,
					q.headers #> '{cb_lease,previous}' as previous_lease,
					case when cb.is_uuid(q.message ->> 'command_id') then (q.message ->> 'command_id')::uuid end as named_id
			),
			sorted as materialized (
				select l.msg_id, l.read_ct, l.last_read_at, l.message, l.headers, l.previous_lease, c.domain, c.command_id, c.command_type,
					c.correlation_id, c.causation_id, c.reply_to, c.batch_id, c.generation, c.max_attempts, c.backoff, c.created_at,
					verdict.attempt_limit, verdict.problem,
					case
						when verdict.problem is not null then 'reject'
						when l.read_ct > verdict.attempt_limit then 'exhausted'
						else 'deliver'
					end as disposition
				from leased l
				left join cb.command c on c.domain = l.domain and c.command_id between l.named_id and l.named_id
				cross join lateral (
					select coalesce(c.max_attempts, ($4 ->> c.command_type)::integer, $5) as attempt_limit,
						case
							when l.named_id is null then 'the message has no valid command_id'
							when l.message ->> 'domain' is distinct from l.domain then 'the message names another domain'
							when c.command_id is null then 'there is no such command'
							when c.status <> 'PENDING' then 'the command is ' || c.status
							when c.msg_id <> l.msg_id then 'the command has another message'
						end as problem
				) verdict
			),
			unanswered as (
				-- The lease before this one ran out: the audit hears of it now, as nobody will settle it any more.
				insert into cb.command_audit_entry (command_id, generation, attempt, domain, type, at, details)
				select s.command_id, s.generation, s.read_ct - 1, s.domain, 'RECEIVED', (s.previous_lease ->> 'at')::timestamptz,
					cb.received_details(s.previous_lease)
				from sorted s
				where s.previous_lease is not null and s.disposition <> 'reject' and s.read_ct - 1 <= s.attempt_limit
				order by s.msg_id
			),
			started as (
				update cb.batch b
				set status = 'IN_PROGRESS', started_at = clock_timestamp()
				from (
					select s.domain, s.batch_id from sorted s where s.disposition = 'deliver' and s.batch_id is not null group by s.domain, s.batch_id
				) s
				where b.domain between s.domain and s.domain and b.batch_id between s.batch_id and s.batch_id and b.status = 'PENDING'
				returning b.batch_id, b.domain
			),
			announced as (
				insert into cb.batch_event (batch_id, domain, type)
				select s.batch_id, s.domain, 'BATCH_STARTED' from started s
			)
			select s.disposition, s.problem, s.msg_id, s.read_ct, s.last_read_at, s.message, s.headers,
				(s.headers #>> '{cb_lease,isRedelivered}' = 'true') is true,
				cb.deferrals_of(s.headers), s.command_id, s.command_type, s.correlation_id, s.causation_id, s.reply_to,
				s.batch_id, s.generation, s.max_attempts, s.backoff, s.created_at,
				-- Only where a read from the beginning has to look at thousands of entries that nobody may remove; and somewhat before the last one,
				-- for what commits a little late.
				(
					select case
							when $6 > '-infinity' or pg_stat_get_xact_tuples_returned(%4$L::regclass) - looked_at_before > 5000 + count(*)
								then max(d.vt) - interval '100 milliseconds'
						end
					from due d
				)
			from sorted s
			order by s.msg_id;
		end
		$body$
	$template$, domain || '__receive', domain, 'q_' || cb.command_queue(domain), format('pgmq.%I', 'q_' || cb.command_queue(domain) || '_vt_idx'));
end
$function$

-- object: function cb.define_settle(text)
CREATE OR REPLACE FUNCTION cb.define_settle(domain text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
	queue text := 'q_' || cb.command_queue(domain);
	hand_over text := format($sql$
			if jsonb_path_exists($1, '$[*].kind ? (@ != "complete")') then
				return cb_domain.%1$I($1, $2);
			end if;$sql$, domain || '__settle_any');
	-- Outcomes of one kind lock their messages in order of id as they go. Several kinds would take turns: then all are locked first.
	lock_in_order text := format($sql$
			if jsonb_path_exists($1, '$[*].kind ? (@ != $first)', jsonb_build_object('first', $1 #> '{0,kind}')) then
				perform q.msg_id
				from (select i.msg_id from jsonb_to_recordset($1) as i (msg_id bigint) order by i.msg_id) i
				cross join lateral (select m.msg_id from pgmq.%1$I m where m.msg_id = i.msg_id for update) q;
			end if;$sql$, queue);
	messages_of_failures text := format($sql$
			removed as (
				delete from pgmq.%1$I q
				using input i
				where i.kind in ('park', 'fail') and q.msg_id between i.msg_id and i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
					and q.headers ? 'cb_lease'
				returning i.*, q.headers, q.read_ct, q.enqueued_at, q.last_read_at, q.vt, q.message
			),
			archived as (
				insert into pgmq.%2$I (msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers)
				select r.msg_id, r.read_ct, r.enqueued_at, r.last_read_at, r.vt, r.message, r.headers - 'cb_lease' from removed r
			),
			held as materialized (
				select i.*, q.headers
				from input i
				join pgmq.%1$I q on q.msg_id between i.msg_id and i.msg_id
				where i.kind = 'retry-later' and q.read_ct = i.attempt and q.vt > clock_timestamp() and q.headers ? 'cb_lease'
				order by i.msg_id
				for update of q
			),
			delayed as (
				update pgmq.%1$I q
				set vt = clock_timestamp() + make_interval(secs => h.delay_seconds), headers = q.headers - 'cb_lease'
				from held h
				where q.msg_id between h.msg_id and h.msg_id
			),$sql$, queue, 'a_' || cb.command_queue(domain));
	answers_of_failures text := $sql$
					union all
					select r.position, r.domain, r.kind, r.command_id, r.msg_id, r.attempt, r.result, r.error, r.delay_seconds, r.fingerprint,
						r.reason, r.max_attempts, r.headers
					from removed r
					union all
					select h.position, h.domain, h.kind, h.command_id, h.msg_id, h.attempt, h.result, h.error, h.delay_seconds, h.fingerprint,
						h.reason, h.max_attempts, h.headers
					from held h$sql$;
	audit_of_parking text := $sql$
					union all
					select e.*, 2, 'MOVED_TO_TROUBLESHOOTING_QUEUE', jsonb_build_object('reason', e.reason, 'error', e.error), null
					from ended e
					where e.kind = 'park'$sql$;
	rows_of_parking text := $sql$
			parked as (
				insert into cb.parked_command (command_id, correlation_id, batch_id, process_id, parked_at, created_at, domain, command_type, error_code,
					error_message, fingerprint)
				select e.command_id, e.correlation_id, e.batch_id,
					-- Processes ask for notices, and so may others.
					case when e.wants_notices then (select s.process_id from cb.process_step s where s.command_id = e.command_id and s.domain = e.domain) end,
					e.updated_at, e.created_at, e.domain,
					e.command_type, e.error ->> 'code', e.error ->> 'message', coalesce(e.fingerprint, md5((e.error ->> 'type') || (e.error ->> 'code')))
				from ended e
				where e.kind = 'park'
			),$sql$;
	variant record;
begin
	for variant in
		select f.name, f.beginning, f.messages, f.answers, f.audit, f.parking
		from (
			values (domain || '__settle', hand_over, '', '', '', ''),
				(domain || '__settle_any', lock_in_order, messages_of_failures, answers_of_failures, audit_of_parking, rows_of_parking)
		) f (name, beginning, messages, answers, audit, parking)
	loop
		execute format($template$
			create or replace function cb_domain.%1$I(jsonb, integer[]) returns cb.settled
				language plpgsql
				set search_path = pg_catalog, pg_temp
				set enable_seqscan = off
				set plan_cache_mode = force_generic_plan
			as $body$
			declare
				settled_positions integer[];
				queues text[];
				answers jsonb[];
				headers jsonb[];
			begin
				%4$s
				with input as materialized (
					select (i.ordinality - 1)::integer as position, %2$L::text as domain, i.*
					from rows from (jsonb_to_recordset($1) as (kind text, command_id uuid, msg_id bigint, attempt integer, result jsonb, error jsonb,
						delay_seconds double precision, fingerprint text, reason text, max_attempts integer)) with ordinality as i
					where (i.ordinality - 1)::integer <> all ($2)
					order by i.msg_id
				),
				-- The message decides, by (msg_id, attempt) and while its lease runs; from here on nobody else can have it.
				deleted as (
					delete from pgmq.%3$I q
					using input i
					where i.kind = 'complete' and q.msg_id between i.msg_id and i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
						and q.headers ? 'cb_lease'
					returning i.*, q.headers
				),
				%5$s
				answered as (
					select t.*, t.headers -> 'cb_lease' as lease
					from (
						select d.position, d.domain, d.kind, d.command_id, d.msg_id, d.attempt, d.result, d.error, d.delay_seconds, d.fingerprint,
							d.reason, d.max_attempts, d.headers
						from deleted d
						%6$s
					) t
				),
				ended as materialized (
					update cb.command c
					set status = case a.kind when 'complete' then 'COMPLETED' when 'fail' then 'FAILED' when 'park' then 'IN_TROUBLESHOOTING_QUEUE' else 'PENDING' end,
						version = c.version + 1,
						-- A receive that only found the attempts used up was none.
						attempts = a.attempt - case when a.reason = 'EXHAUSTED_BY_REDELIVERY' then 1 else 0 end,
						parked_max_attempts = case when a.kind = 'park' then a.max_attempts end,
						result = nullif(a.result, 'null'),
						last_error_type = a.error ->> 'type',
						last_error_code = a.error ->> 'code',
						last_error_message = a.error ->> 'message',
						last_error_details = nullif(a.error -> 'details', 'null'),
						updated_at = clock_timestamp(),
						completed_at = case when a.kind in ('complete', 'fail') then clock_timestamp() end
					from answered a
					where c.domain = a.domain and c.command_id between a.command_id and a.command_id and c.msg_id = a.msg_id and c.status = 'PENDING'
					returning a.position, a.kind, a.msg_id, a.error, a.delay_seconds, a.fingerprint, a.reason, a.lease, c.domain, c.command_id,
						c.command_type, c.correlation_id, c.generation, c.attempts, c.batch_id, c.created_at, c.updated_at, c.wants_notices, c.reply_to,
						case
							when c.reply_to is null then null
							when a.kind = 'complete' then cb.reply_message(c, 'SUCCESS', c.result, null)
							when a.kind = 'fail' then cb.reply_message(c, 'FAILED', null, a.error)
							-- Parked at receive nobody could be told of a missing queue: then it is parked without a notice.
							when a.kind = 'park' and c.wants_notices and (a.reason <> 'EXHAUSTED_BY_REDELIVERY' or cb.queue_exists(c.reply_to))
								then cb.notice_message(c, 'parked', a.error)
						end as answer,
						case when c.reply_to is not null then cb.carried_headers(a.headers) end as headers
				),
				audited as (
					insert into cb.command_audit_entry (command_id, generation, attempt, domain, type, at, details, receipt)
					select line.command_id, line.generation, line.attempts, line.domain, line.type, line.updated_at, line.details, line.receipt
					from (
						select e.*, 1 as rank, case e.kind when 'complete' then 'COMPLETED' when 'fail' then 'BUSINESS_RULE_FAILED' else 'FAILED' end as type,
							case e.kind
								when 'complete' then '{}'
								when 'retry-later' then jsonb_build_object('error', e.error, 'delaySeconds', e.delay_seconds)
								else jsonb_build_object('error', e.error)
							end as details,
							e.lease as receipt
						from ended e
						where e.reason is distinct from 'EXHAUSTED_BY_REDELIVERY'
						%7$s
					) line
					order by line.msg_id, line.rank
				),
				%8$s
				counted as (
					insert into cb.batch_progress (batch_id, completed_count, failed_count, canceled_count, domain)
					select e.batch_id, count(*) filter (where e.kind = 'complete'), count(*) filter (where e.kind = 'fail'), 0, e.domain
					from ended e
					where e.batch_id is not null and e.kind in ('complete', 'fail')
					group by e.batch_id, e.domain
				)
				select array_agg(e.position), array_agg(e.reply_to) filter (where e.answer is not null),
					array_agg(e.answer) filter (where e.answer is not null), array_agg(e.headers) filter (where e.answer is not null)
				into settled_positions, queues, answers, headers
				from (select e.* from ended e order by e.msg_id) e;
				if answers is null then
					return row(settled_positions, null)::cb.settled;
				end if;
				queues := cb.send_answers(queues, answers, headers);
				return row(settled_positions, queues)::cb.settled;
			end
			$body$
		$template$, variant.name, domain, queue, variant.beginning, variant.messages, variant.answers, variant.audit, variant.parking);
	end loop;
end
$function$

-- object: function cb.delay_replies(text,bigint[],integer[],double precision)
CREATE OR REPLACE FUNCTION cb.delay_replies(queue text, msg_ids bigint[], attempts integer[], delay_seconds double precision)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	execute format($sql$
		update pgmq.%1$I q
		set vt = clock_timestamp() + make_interval(secs => $3)
		from unnest($1, $2) as i (msg_id, attempt)
		where q.msg_id = i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
		$sql$, 'q_' || queue)
	using msg_ids, attempts, delay_seconds;
end
$function$

-- object: function cb.domain_statistics(text)
CREATE OR REPLACE FUNCTION cb.domain_statistics(only_domain text DEFAULT NULL::text)
 RETURNS TABLE(domain text, depth bigint, ready_count bigint, delayed_count bigint, in_flight_count bigint, stalled_count bigint, parked_count bigint, parked_last_hour_count bigint, oldest_ready_seconds double precision)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.events_of(cb.command_audit_entry)
CREATE OR REPLACE FUNCTION cb.events_of(entry cb.command_audit_entry)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((entry).receipt IS NULL) THEN 1 ELSE 2 END

-- object: function cb.expired_audit(jsonb)
CREATE OR REPLACE FUNCTION cb.expired_audit(request jsonb)
 RETURNS TABLE(ended_at timestamp with time zone, domain text, command_id uuid, sequence bigint, type text, generation integer, attempt integer, at timestamp with time zone, details jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.extend_leases(text,bigint[],integer[],double precision)
CREATE OR REPLACE FUNCTION cb.extend_leases(domain text, msg_ids bigint[], attempts integer[], lease_seconds double precision)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	perform set_config('synchronous_commit', 'off', true);
	return query execute format($sql$
		with held as materialized (
			select q.msg_id
			from pgmq.%1$I q
			join unnest($1, $2) as i (msg_id, attempt) on q.msg_id = i.msg_id
			where q.read_ct = i.attempt and q.vt > clock_timestamp() and q.headers ? 'cb_lease'
			order by q.msg_id
			for update of q
		)
		update pgmq.%1$I q
		set vt = clock_timestamp() + make_interval(secs => $3)
		from held h
		where q.msg_id = h.msg_id
		returning q.msg_id
		$sql$, 'q_' || cb.command_queue(domain))
	using msg_ids, attempts, lease_seconds;
end
$function$

-- object: function cb.finish_batches(text[],uuid[])
CREATE OR REPLACE FUNCTION cb.finish_batches(domains text[] DEFAULT NULL::text[], batch_ids uuid[] DEFAULT NULL::uuid[])
 RETURNS SETOF cb.batch
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.freeze_bulk(uuid,jsonb,jsonb,jsonb,uuid)
CREATE OR REPLACE FUNCTION cb.freeze_bulk(bulk_id uuid, operator jsonb, action jsonb, filter jsonb, source_bulk_id uuid DEFAULT NULL::uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
begin
	insert into cb.bulk (bulk_id, operator_id, operator_kind, action, filter)
	values (freeze_bulk.bulk_id, operator ->> 'id', operator ->> 'kind', freeze_bulk.action, freeze_bulk.filter);
	insert into cb.bulk_item (bulk_id, command_id, position, expected_version, domain)
	select freeze_bulk.bulk_id, p.command_id, row_number() over (order by p.parked_at desc, p.domain desc, p.command_id desc), c.version, p.domain
	from cb.parked_matching(freeze_bulk.filter) p
	join cb.command c on c.domain = p.domain and c.command_id = p.command_id
	where source_bulk_id is null
		or exists (
			select from cb.bulk_item i
			where i.bulk_id = source_bulk_id and i.domain = p.domain and i.command_id = p.command_id and i.status in ('FAILED', 'SKIPPED')
		);
	update cb.bulk b
	set total_count = frozen.total_count, digest = frozen.digest, breakdown = frozen.breakdown
	from (
		select count(*) as total_count,
			encode(sha256(convert_to(freeze_bulk.bulk_id::text || freeze_bulk.action::text
				|| coalesce(string_agg(i.domain || i.command_id::text || i.expected_version, ',' order by i.position), ''), 'UTF8')), 'hex') as digest,
			(
				select coalesce(jsonb_agg(jsonb_build_object('domain', g.domain, 'commandType', g.command_type, 'fingerprint', g.fingerprint,
					'errorCode', g.error_code, 'count', g.count) order by g.count desc, g.domain, g.command_type, g.fingerprint), '[]')
				from (
					select p.domain, p.command_type, p.fingerprint, min(p.error_code) as error_code, count(*) as count
					from cb.bulk_item j
					join cb.parked_command p on p.domain = j.domain and p.command_id = j.command_id
					where j.bulk_id = freeze_bulk.bulk_id
					group by p.domain, p.command_type, p.fingerprint
				) g
			) as breakdown
		from cb.bulk_item i
		where i.bulk_id = freeze_bulk.bulk_id
	) frozen
	where b.bulk_id = freeze_bulk.bulk_id;
end
$function$

-- object: function cb.grant_role(name,text)
CREATE OR REPLACE FUNCTION cb.grant_role(role name, kind text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
	needed record;
	target regprocedure;
begin
	if kind not in ('sender', 'worker', 'operator', 'reader') then
		raise exception 'a role is granted as sender, worker, operator or reader; got "%"', kind using errcode = 'invalid_parameter_value';
	end if;
	execute format('grant usage on schema cb, pgmq to %I', role);
	for needed in select p.privilege, p.object, p.columns from cb.role_privileges(kind) p loop
		if needed.privilege = 'select' then
			execute format('grant select%s on cb.%I to %I',
				coalesce(' (' || (select string_agg(quote_ident(c), ', ') from unnest(needed.columns) c) || ')', ''), needed.object, role);
		else
			for target in select p.oid from pg_proc p where p.pronamespace = 'cb'::regnamespace and p.proname = needed.object loop
				execute format('grant execute on function %s to %I', target, role);
			end loop;
		end if;
	end loop;
end
$function$

-- object: function cb.is_lease_held(text,bigint,integer)
CREATE OR REPLACE FUNCTION cb.is_lease_held(domain text, msg_id bigint, attempt integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
	is_held boolean;
begin
	execute format($sql$
		select exists (
			select from pgmq.%I q
			where q.msg_id = $1 and q.read_ct = $2 and q.vt > clock_timestamp() and q.headers ? 'cb_lease'
		)
		$sql$, 'q_' || cb.command_queue(domain))
	using msg_id, attempt into is_held;
	return is_held;
end
$function$

-- object: function cb.is_uuid(text)
CREATE OR REPLACE FUNCTION cb.is_uuid(candidate text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((candidate ~~ '________-____-____-____-____________'::text) AND (candidate !~~ '%-%-%-%-%-%'::text) AND (ltrim(candidate, '0123456789abcdef-ABCDEF'::text) = ''::text))

-- object: function cb.last_act(text,uuid)
CREATE OR REPLACE FUNCTION cb.last_act(domain text, command_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	select jsonb_build_object('action', lower(replace(a.type, 'OPERATOR_', '')), 'operator', a.details -> 'operator',
		'reason', a.details -> 'reason', 'at', a.at)
	from cb.command_audit_entry a
	where a.command_id = last_act.command_id and a.domain = last_act.domain and a.type like 'OPERATOR\_%'
	order by a.sequence desc
	limit 1;
$function$

-- object: function cb.missing_privileges(name,text)
CREATE OR REPLACE FUNCTION cb.missing_privileges(role name, kind text)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	select 'usage on schema ' || s.name
	from (values ('cb'), ('pgmq')) as s (name)
	where not has_schema_privilege(role, s.name, 'usage')
	union all
	select p.privilege || ' on cb.' || p.object
	from cb.role_privileges(kind) p
	cross join lateral (select to_regclass(format('cb.%I', p.object))::oid as id) relation
	where case p.privilege
		when 'select' then relation.id is null or case
			when p.columns is null then not has_table_privilege(role, relation.id, 'select')
			else exists (select from unnest(p.columns) c where not has_column_privilege(role, relation.id, c, 'select'))
		end
		else exists (
			select from pg_proc f
			where f.pronamespace = 'cb'::regnamespace and f.proname = p.object and not has_function_privilege(role, f.oid, 'execute')
		)
	end;
$function$

-- object: function cb.move_bulk(uuid,text)
CREATE OR REPLACE FUNCTION cb.move_bulk(bulk_id uuid, move text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
	canceled integer;
begin
	perform from cb.bulk b where b.bulk_id = move_bulk.bulk_id for update;
	if move <> 'cancel' then
		update cb.bulk b
		set status = case move when 'pause' then 'PAUSED' else 'RUNNING' end
		where b.bulk_id = move_bulk.bulk_id and b.status = case move when 'pause' then 'RUNNING' else 'PAUSED' end;
		return found;
	end if;
	if not exists (select from cb.bulk b where b.bulk_id = move_bulk.bulk_id and b.status in ('PREVIEWED', 'RUNNING', 'PAUSED')) then
		return false;
	end if;
	update cb.bulk_item i
	set status = 'CANCELED', settled_at = clock_timestamp()
	where i.bulk_id = move_bulk.bulk_id and i.status = 'WAITING';
	get diagnostics canceled = row_count;
	update cb.bulk b
	set status = 'CANCELED', canceled_count = canceled, completed_at = clock_timestamp()
	where b.bulk_id = move_bulk.bulk_id;
	return true;
end
$function$

-- object: function cb.new_id()
CREATE OR REPLACE FUNCTION cb.new_id()
 RETURNS uuid
 LANGUAGE sql
 PARALLEL SAFE
RETURN uuidv7()

-- object: function cb.notice_message(cb.command,text,jsonb)
CREATE OR REPLACE FUNCTION cb.notice_message(c cb.command, kind text, error jsonb)
 RETURNS jsonb
 LANGUAGE sql
 PARALLEL SAFE
RETURN jsonb_build_object('kind', kind, 'notice_id', cb.new_id(), 'command_id', (c).command_id, 'command_type', (c).command_type, 'domain', (c).domain, 'correlation_id', (c).correlation_id, 'generation', (c).generation, 'error', COALESCE(error, 'null'::jsonb), 'occurred_at', (c).updated_at)

-- object: function cb.open_batch(text,uuid,integer,text,jsonb,text)
CREATE OR REPLACE FUNCTION cb.open_batch(domain text, batch_id uuid, total_count integer, name text, custom_data jsonb, completion_queue text)
 RETURNS TABLE(is_opened boolean, has_queue boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
#variable_conflict use_column
begin
	has_queue := open_batch.completion_queue is null or cb.queue_exists(open_batch.completion_queue);
	insert into cb.batch (batch_id, domain, total_count, name, custom_data, completion_queue)
	values (open_batch.batch_id, open_batch.domain, open_batch.total_count, open_batch.name, open_batch.custom_data, open_batch.completion_queue)
	on conflict (domain, batch_id) do nothing;
	is_opened := found;
	if is_opened then
		insert into cb.batch_event (batch_id, domain, type) values (open_batch.batch_id, open_batch.domain, 'BATCH_CREATED');
	end if;
	return next;
end
$function$

-- object: function cb.open_process_batch(uuid,text,integer)
CREATE OR REPLACE FUNCTION cb.open_process_batch(batch_id uuid, name text, total_count integer)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	insert into cb.process_batch (batch_id, name, total_count)
	values (open_process_batch.batch_id, open_process_batch.name, open_process_batch.total_count);
$function$

-- object: function cb.parked_groups(text)
CREATE OR REPLACE FUNCTION cb.parked_groups(domain text DEFAULT NULL::text)
 RETURNS TABLE(domain text, command_type text, fingerprint text, error_code text, sample_message text, count bigint, first_parked_at timestamp with time zone, last_parked_at timestamp with time zone)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET enable_sort TO 'off'
AS $function$
	with recursive g as (
		(
			select p.domain, p.command_type, p.fingerprint
			from cb.parked_command p
			where p.domain >= coalesce(parked_groups.domain, '')
			order by p.domain, p.command_type, p.fingerprint
			limit 1
		)
		union all
		select n.domain, n.command_type, n.fingerprint
		from g
		cross join lateral (
			select p.domain, p.command_type, p.fingerprint
			from cb.parked_command p
			where (p.domain, p.command_type, p.fingerprint) > (g.domain, g.command_type, g.fingerprint)
			order by p.domain, p.command_type, p.fingerprint
			limit 1
		) n
		where parked_groups.domain is null or g.domain = parked_groups.domain
	)
	select g.domain, g.command_type, g.fingerprint, newest.error_code, newest.error_message, members.count, oldest.parked_at, newest.parked_at
	from g
	cross join lateral (
		select count(*) as count
		from cb.parked_command p
		where p.domain = g.domain and p.command_type = g.command_type and p.fingerprint = g.fingerprint
	) members
	cross join lateral (
		select p.parked_at
		from cb.parked_command p
		where p.domain = g.domain and p.command_type = g.command_type and p.fingerprint = g.fingerprint
		order by p.parked_at
		limit 1
	) oldest
	cross join lateral (
		select p.error_code, p.error_message, p.parked_at
		from cb.parked_command p
		where p.domain = g.domain and p.command_type = g.command_type and p.fingerprint = g.fingerprint
		order by p.parked_at desc
		limit 1
	) newest
	where parked_groups.domain is null or g.domain = parked_groups.domain;
$function$

-- object: function cb.parked_matching(jsonb)
CREATE OR REPLACE FUNCTION cb.parked_matching(filter jsonb)
 RETURNS SETOF cb.parked_command
 LANGUAGE sql
 STABLE
AS $function$
	select p.*
	from cb.parked_command p
	where (filter ->> 'domain' is null or p.domain = filter ->> 'domain')
		and (filter ->> 'commandType' is null or p.command_type = filter ->> 'commandType')
		and (filter ->> 'errorCode' is null or p.error_code = filter ->> 'errorCode')
		and (filter ->> 'fingerprint' is null or p.fingerprint = filter ->> 'fingerprint')
		and (filter ->> 'parkedFrom' is null or p.parked_at >= (filter ->> 'parkedFrom')::timestamptz)
		and (filter ->> 'parkedTo' is null or p.parked_at < (filter ->> 'parkedTo')::timestamptz + interval '1 millisecond')
		and (filter ->> 'createdFrom' is null or p.created_at >= (filter ->> 'createdFrom')::timestamptz)
		and (filter ->> 'createdTo' is null or p.created_at < (filter ->> 'createdTo')::timestamptz + interval '1 millisecond')
		and (filter ->> 'text' is null or filter ->> 'text' in (p.command_id::text, p.correlation_id::text, p.batch_id::text, p.process_id::text));
$function$

-- object: function cb.previous_lease(jsonb)
CREATE OR REPLACE FUNCTION cb.previous_lease(headers jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (jsonb_typeof((headers -> 'cb_lease'::text)) = 'object'::text) THEN ((headers -> 'cb_lease'::text) - 'previous'::text) ELSE '{}'::jsonb END

-- object: function cb.process_reply_queue(text)
CREATE OR REPLACE FUNCTION cb.process_reply_queue(domain text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN "left"((domain || '__process_replies'::text), 47)

-- object: function cb.prune(text,jsonb)
CREATE OR REPLACE FUNCTION cb.prune(kind text, request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
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
$function$

-- object: function cb.prune_after(jsonb,integer,text)
CREATE OR REPLACE FUNCTION cb.prune_after(request jsonb, part integer, first_of_all text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
RETURN COALESCE((request #>> ARRAY['after'::text, (part)::text]), first_of_all)

-- object: function cb.prune_audit(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_audit(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_batches(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_batches(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_bulks(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_bulks(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.prune_commands(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_commands(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_cutoff(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_cutoff(request jsonb)
 RETURNS timestamp with time zone
 LANGUAGE sql
RETURN (clock_timestamp() - make_interval(secs => ((request ->> 'olderThanSeconds'::text))::double precision))

-- object: function cb.prune_ids(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_ids(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_messages(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_messages(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_process_batches(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_process_batches(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_processes(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_processes(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_replies(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_replies(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.prune_requests(jsonb)
CREATE OR REPLACE FUNCTION cb.prune_requests(request jsonb)
 RETURNS TABLE(pruned integer, kept integer, removed_rows integer, next text[])
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.queue_exists(text)
CREATE OR REPLACE FUNCTION cb.queue_exists(queue text)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (EXISTS (SELECT FROM pgmq.meta m WHERE ((m.queue_name)::text = queue_exists.queue)))

-- object: function cb.rebuild_message_views()
CREATE OR REPLACE FUNCTION cb.rebuild_message_views()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.receive_commands(text,text,integer,double precision,jsonb,integer,timestamp with time zone)
CREATE OR REPLACE FUNCTION cb.receive_commands(domain text, worker_id text, max_count integer, lease_seconds double precision, max_attempts_by_type jsonb DEFAULT '{}'::jsonb, default_max_attempts integer DEFAULT 3, due_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone)
 RETURNS SETOF cb.received_command
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
	perform set_config('synchronous_commit', 'off', true);
	return query
		select r.* from cb_domain.receive(domain, worker_id, max_count, lease_seconds, max_attempts_by_type, default_max_attempts, due_from) r;
end
$function$

-- object: function cb.receive_replies(text,integer,double precision)
CREATE OR REPLACE FUNCTION cb.receive_replies(queue text, max_count integer, lease_seconds double precision)
 RETURNS TABLE(msg_id bigint, attempt integer, message jsonb, headers jsonb, enqueued_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	perform set_config('synchronous_commit', 'off', true);
	return query execute format($sql$
		with due as materialized (
			select q.msg_id from pgmq.%1$I q
			where q.vt <= clock_timestamp()
			order by q.msg_id
			limit $1
			for update skip locked
		),
		leased as (
			update pgmq.%1$I q
			set vt = clock_timestamp() + make_interval(secs => $2), read_ct = q.read_ct + 1, last_read_at = clock_timestamp()
			from due d
			where q.msg_id = d.msg_id
			returning q.msg_id, q.read_ct, q.message, q.headers, q.enqueued_at
		)
		select l.msg_id, l.read_ct, l.message, l.headers, l.enqueued_at from leased l order by l.msg_id
		$sql$, 'q_' || queue)
	using max_count, lease_seconds;
end
$function$

-- object: function cb.received_details(jsonb)
CREATE OR REPLACE FUNCTION cb.received_details(lease jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (lease - '{at,previous}'::text[])

-- object: function cb.refusals_in_advance(jsonb,text)
CREATE OR REPLACE FUNCTION cb.refusals_in_advance(commands jsonb, domain text)
 RETURNS cb.refusal[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$

-- object: function cb.reject_messages(text,bigint[],integer[])
CREATE OR REPLACE FUNCTION cb.reject_messages(domain text, msg_ids bigint[], attempts integer[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	execute format($sql$
		with gone as (
			delete from pgmq.%1$I q
			using unnest($1, $2) as i (msg_id, attempt)
			where q.msg_id = i.msg_id and q.read_ct = i.attempt
			returning q.msg_id, q.read_ct, q.enqueued_at, q.last_read_at, q.vt, q.message, q.headers - 'cb_lease' as headers
		)
		insert into pgmq.%2$I (msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers)
		select g.msg_id, g.read_ct, g.enqueued_at, g.last_read_at, g.vt, g.message, g.headers from gone g
		$sql$, 'q_' || cb.command_queue(domain), 'a_' || cb.command_queue(domain))
	using msg_ids, attempts;
end
$function$

-- object: function cb.release_leases(text,bigint[],integer[],double precision)
CREATE OR REPLACE FUNCTION cb.release_leases(domain text, msg_ids bigint[], attempts integer[], delay_seconds double precision DEFAULT NULL::double precision)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	execute format($sql$
		with held as materialized (
			select q.msg_id
			from pgmq.%1$I q
			join unnest($1, $2) as i (msg_id, attempt) on q.msg_id = i.msg_id
			where q.read_ct = i.attempt and q.vt > clock_timestamp() and q.headers ? 'cb_lease'
			order by q.msg_id
			for update of q
		)
		update pgmq.%1$I q
		set vt = clock_timestamp() + make_interval(secs => coalesce($3, 0)),
			read_ct = q.read_ct - 1,
			headers = (q.headers - 'cb_lease')
				|| case when $3 is null then '{}' else jsonb_build_object('cb_deferrals', cb.deferrals_of(q.headers) + 1) end
				|| case when q.headers #>> '{cb_lease,isRedelivered}' = 'true' then '{"cb_unanswered": true}'::jsonb else '{}' end
		from held h
		where q.msg_id = h.msg_id
		$sql$, 'q_' || cb.command_queue(domain))
	using msg_ids, attempts, delay_seconds;
end
$function$

-- object: function cb.release_maintenance(text)
CREATE OR REPLACE FUNCTION cb.release_maintenance(holder text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	delete from cb.maintenance_claim m where m.holder = release_maintenance.holder;
$function$

-- object: function cb.remembers_commands()
CREATE OR REPLACE FUNCTION cb.remembers_commands()
 RETURNS boolean
 LANGUAGE sql
 PARALLEL SAFE
RETURN (pg_relation_size('cb.remembered_command'::regclass) > 0)

-- object: function cb.reply_message(cb.command,text,jsonb,jsonb)
CREATE OR REPLACE FUNCTION cb.reply_message(c cb.command, outcome text, data jsonb, error jsonb)
 RETURNS jsonb
 LANGUAGE sql
 PARALLEL SAFE
RETURN jsonb_build_object('kind', 'reply', 'reply_id', cb.new_id(), 'command_id', (c).command_id, 'command_type', (c).command_type, 'domain', (c).domain, 'correlation_id', (c).correlation_id, 'generation', (c).generation, 'outcome', outcome, 'data', COALESCE(data, 'null'::jsonb), 'error', COALESCE(error, 'null'::jsonb), 'completed_at', (c).completed_at)

-- object: function cb.revoke_role(name)
CREATE OR REPLACE FUNCTION cb.revoke_role(role name)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
	execute format('revoke all on all tables in schema cb from %I', role);
	execute format('revoke select (domain, msg_id, read_ct, vt, enqueued_at, headers) on cb.live_message from %I', role);
	execute format('revoke all on all functions in schema cb from %I', role);
	execute format('revoke all on schema cb, pgmq from %I', role);
end
$function$

-- object: function cb.role_privileges(text)
CREATE OR REPLACE FUNCTION cb.role_privileges(kind text)
 RETURNS TABLE(privilege text, object text, columns text[])
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	with needed (kinds, privilege, objects) as (
		values
			('{sender,worker,operator,reader}'::text[], 'select', '{migration,pgmq_installation,domain,command,batch,batch_event,batch_progress,batch_state,
				parked_command,remembered_command}'::text[]),
			('{worker,operator,reader}', 'select', '{command_audit,operator_request,bulk,bulk_item,archived_message,unhandled_reply,maintenance_claim}'),
			('{worker,reader}', 'select', '{live_message,process,process_step,process_event,process_batch,process_batch_state}'),
			('{sender,worker,operator,reader}', 'execute', '{new_id,command_queue,process_reply_queue,received_details,sent_details,carried_headers,deferrals_of,is_uuid,
				domain_statistics,role_privileges,missing_privileges}'),
			('{worker,operator,reader}', 'execute', '{command_generations,command_status,last_act,parked_groups,parked_matching,prune_cutoff,prune_after}'),
			('{sender,worker}', 'execute', '{accept_commands,accept_all_commands,send,open_batch,count_batch}'),
			('{sender,worker,operator}', 'execute', '{wake,cancel_command}'),
			('{worker,operator}', 'execute', '{finish_batches,work_bulk}'),
			('{worker}', 'execute', '{create_domain,create_reply_queue,receive_commands,reject_messages,extend_leases,is_lease_held,release_leases,settle_commands,
				start_processes,open_process_batch,advance_processes,receive_replies,acknowledge_replies,delay_replies,set_replies_aside,
				claim_maintenance,release_maintenance,expired_audit,prune}'),
			('{operator}', 'execute', '{act_on_parked_command,freeze_bulk,start_bulk,move_bulk}')
	)
	select n.privilege, o.object, null::text[]
	from needed n
	cross join lateral unnest(n.objects) as o (object)
	where role_privileges.kind = any (n.kinds)
	union all
	-- Whether a command is in progress stands on its message; what is in the message is not for senders, nor for operators before it is parked.
	select 'select', 'live_message', '{domain,msg_id,read_ct,vt,enqueued_at,headers}'::text[]
	where role_privileges.kind in ('sender', 'operator');
$function$

-- object: function cb.secure_functions()
CREATE OR REPLACE FUNCTION cb.secure_functions()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
	target regprocedure;
begin
	revoke execute on all functions in schema cb from public;
	for target in
		select p.oid
		from pg_proc p
		where p.pronamespace = 'cb'::regnamespace
			and p.proname = any ('{accept_commands,accept_all_commands,send,open_batch,count_batch,cancel_command,finish_batches,create_domain,create_reply_queue,
				receive_commands,reject_messages,extend_leases,is_lease_held,release_leases,settle_commands,start_processes,open_process_batch,advance_processes,
				receive_replies,acknowledge_replies,delay_replies,set_replies_aside,claim_maintenance,release_maintenance,expired_audit,prune,
				act_on_parked_command,freeze_bulk,start_bulk,move_bulk,work_bulk,domain_statistics,command_generations,command_status,last_act}'::text[])
	loop
		execute format('alter function %s security definer', target);
	end loop;
end
$function$

-- object: function cb.send(text,text,jsonb,uuid,uuid,uuid,text,double precision,integer,jsonb)
CREATE OR REPLACE FUNCTION cb.send(domain text, command_type text, data jsonb, command_id uuid DEFAULT NULL::uuid, correlation_id uuid DEFAULT NULL::uuid, causation_id uuid DEFAULT NULL::uuid, reply_to text DEFAULT NULL::text, delay_seconds double precision DEFAULT 0, max_attempts integer DEFAULT NULL::integer, headers jsonb DEFAULT NULL::jsonb)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$

-- object: function cb.send_answers(text[],jsonb[],jsonb[])
CREATE OR REPLACE FUNCTION cb.send_answers(queues text[], messages jsonb[], headers jsonb[])
 RETURNS text[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
	targets text[] := array(select distinct a.queue from unnest(queues) a (queue) order by a.queue);
	target text;
begin
	foreach target in array targets loop
		execute format($sql$
			insert into pgmq.%I (vt, message, headers)
			select clock_timestamp(), a.message, coalesce(a.headers, '{}')
			from unnest($1, $2, $3) a (queue, message, headers)
			where a.queue = $4
			$sql$, 'q_' || target)
		using queues, messages, headers, target;
	end loop;
	return targets;
end
$function$

-- object: function cb.sent_details(cb.command)
CREATE OR REPLACE FUNCTION cb.sent_details(c cb.command)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN jsonb_strip_nulls(jsonb_build_object('correlationId', (c).correlation_id, 'replyTo', (c).reply_to, 'batchId', (c).batch_id))

-- object: function cb.set_replies_aside(text,bigint[],integer[],text[])
CREATE OR REPLACE FUNCTION cb.set_replies_aside(queue text, msg_ids bigint[], attempts integer[], reasons text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
	execute format($sql$
		with gone as (
			delete from pgmq.%1$I q
			using unnest($1, $2, $3) as i (msg_id, attempt, reason)
			where q.msg_id = i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
			returning q.msg_id, q.read_ct, q.enqueued_at, q.last_read_at, q.vt, q.message, q.headers, i.reason
		),
		archived as (
			insert into pgmq.%2$I (msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers)
			select g.msg_id, g.read_ct, g.enqueued_at, g.last_read_at, g.vt, g.message, g.headers from gone g
		)
		insert into cb.unhandled_reply (msg_id, queue, reason, body)
		select g.msg_id, $4, g.reason, g.message from gone g
		on conflict (queue, msg_id) do nothing
		$sql$, 'q_' || queue, 'a_' || queue)
	using msg_ids, attempts, reasons, queue;
end
$function$

-- object: function cb.settle_commands(text,jsonb,boolean)
CREATE OR REPLACE FUNCTION cb.settle_commands(domain text, settlements jsonb, check_reply_queues boolean DEFAULT true, OUT settled integer[], OUT undeliverable jsonb, OUT answered_queues text[])
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
	excluded integer[];
	done cb.settled;
begin
	if check_reply_queues then
		-- One lookup per settlement, then one per queue: both sets are small whatever the tables hold.
		with answering as materialized (
			select (i.ordinality - 1)::integer as position, c.reply_to
			from rows from (jsonb_to_recordset(settlements) as (kind text, command_id uuid, reason text)) with ordinality as i
			cross join lateral (
				select c.reply_to, c.wants_notices
				from cb.command c
				where c.domain = settle_commands.domain and c.command_id = i.command_id
				offset 0
			) c
			where c.reply_to is not null
				and (i.kind in ('complete', 'fail') or (i.kind = 'park' and c.wants_notices and i.reason <> 'EXHAUSTED_BY_REDELIVERY'))
		),
		missing as materialized (
			-- "offset 0": otherwise every row is asked for its queue, before they are made distinct.
			select q.reply_to
			from (select distinct a.reply_to from answering a offset 0) q
			where not cb.queue_exists(q.reply_to)
		)
		select jsonb_agg(jsonb_build_object('position', a.position, 'queue', a.reply_to)), array_agg(a.position)
		into undeliverable, excluded
		from answering a
		where a.reply_to in (select m.reply_to from missing m);
	end if;
	done := cb_domain.settle(settle_commands.domain, settlements, coalesce(excluded, '{}'));
	settled := coalesce(done.positions, '{}');
	undeliverable := coalesce(undeliverable, '[]');
	answered_queues := coalesce(done.queues, '{}');
end
$function$

-- object: function cb.start_bulk(uuid,text)
CREATE OR REPLACE FUNCTION cb.start_bulk(bulk_id uuid, digest text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
	update cb.bulk b
	set status = 'RUNNING', started_at = clock_timestamp()
	where b.bulk_id = start_bulk.bulk_id and b.digest = start_bulk.digest and b.status = 'PREVIEWED';
	return found;
end
$function$

-- object: function cb.start_processes(jsonb,jsonb)
CREATE OR REPLACE FUNCTION cb.start_processes(processes jsonb, commands jsonb)
 RETURNS TABLE(start_position integer, outcome text, process_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
	excluded integer[] := '{}';
	excluded_outcomes text[] := '{}';
	stored integer[];
	stored_ids uuid[];
	sent jsonb;
	refused cb.refusal[];
begin
	loop
		begin
			with input as materialized (
				select (i.ordinality - 1)::integer as position, i.*
				from rows from (jsonb_to_recordset(processes) as ("processId" uuid, "processType" text, domain text, "businessKey" text,
					"batchId" uuid, state jsonb, step text)) with ordinality as i
				where (i.ordinality - 1)::integer <> all (excluded)
			),
			inserted as (
				insert into cb.process (process_id, batch_id, domain, process_type, status, business_key, current_step, state)
				select i."processId", i."batchId", i.domain, i."processType", 'WAITING_FOR_REPLY', i."businessKey", i.step, coalesce(i.state, 'null')
				from input i
				order by i."businessKey", i.position
				on conflict do nothing
				returning process_id
			)
			select coalesce(array_agg(i.position order by i.position), '{}'), array_agg(i."processId" order by i.position) into stored, stored_ids
			from input i
			join inserted n on n.process_id = i."processId";

			if cardinality(stored) = jsonb_array_length(processes) then
				sent := commands;
			else
				select coalesce(jsonb_agg(commands -> s.position order by s.ordinality), '[]') into sent
				from unnest(stored) with ordinality s (position, ordinality);
			end if;
			refused := cb.accept_commands(sent);
			if cardinality(refused) > 0 then
				raise exception using errcode = 'CB001', message = 'the first command of a process was refused';
			end if;

			insert into cb.process_step (process_id, command_id, position, step, kind, undoes, domain, command_type)
			select stored_ids[c.ordinality::integer], (c.message ->> 'command_id')::uuid, 1, c.step, c.kind, c.undoes, c.message ->> 'domain',
				c.message ->> 'command_type'
			from rows from (jsonb_to_recordset(sent) as (step text, kind text, undoes text, message jsonb)) with ordinality c;
			insert into cb.process_event (process_id, command_id, type, step)
			select stored_ids[c.ordinality::integer], line.command_id, line.type, line.step
			from rows from (jsonb_to_recordset(sent) as (step text, message jsonb)) with ordinality c,
				lateral (values (1, 'STARTED', null::text, null::uuid), (2, 'STEP_SENT', c.step, (c.message ->> 'command_id')::uuid))
					as line (rank, type, step, command_id)
			order by c.ordinality, line.rank;
			exit;
		exception when sqlstate 'CB001' then
			excluded := excluded || array(select stored[r.refused_position + 1] from unnest(refused) r);
			excluded_outcomes := excluded_outcomes || array(select r.outcome from unnest(refused) r);
		end;
	end loop;
	return query
		select s.position, 'started', s.process_id from unnest(stored, stored_ids) s (position, process_id);
	return query
		select r.position, r.outcome, null::uuid from unnest(excluded, excluded_outcomes) r (position, outcome);
	if cardinality(stored) + cardinality(excluded) < jsonb_array_length(processes) then
		return query
			select (i.ordinality - 1)::integer, 'existing', p.process_id
			from jsonb_array_elements(processes) with ordinality i (process, ordinality)
			cross join lateral (
				select p.process_id from cb.process p where p.process_type = i.process ->> 'processType' and p.business_key = i.process ->> 'businessKey'
				union
				select p.process_id from cb.process p where p.process_id = (i.process ->> 'processId')::uuid
			) p
			where (i.ordinality - 1)::integer <> all (excluded) and (i.ordinality - 1)::integer <> all (stored);
	end if;
end
$function$

-- object: function cb.store_advances(jsonb,jsonb,jsonb,jsonb,uuid[])
CREATE OR REPLACE FUNCTION cb.store_advances(advances jsonb, commands jsonb, step_updates jsonb, events jsonb, applied uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
begin
	-- A terminal process keeps its status and state; it only gets its new version.
	update cb.process p
	set version = p.version + 1,
		status = case when p.completed_at is null then a.status else p.status end,
		state = case when p.completed_at is null then coalesce(a.state, 'null') else p.state end,
		current_step = case when p.completed_at is null then a."currentStep" else p.current_step end,
		compensation_plan = case when p.completed_at is null then nullif(a."compensationPlan", 'null') else p.compensation_plan end,
		-- Corrected also after the end: a parked undo may be resolved later (S062 AC7).
		compensation_errors = a."compensationErrors",
		error = case when p.completed_at is null then nullif(a.error, 'null') else p.error end,
		updated_at = clock_timestamp(),
		completed_at = coalesce(p.completed_at, case when a.status in ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED') then clock_timestamp() end)
	from rows from (jsonb_to_recordset(advances) as (status text, state jsonb, "currentStep" text, "compensationPlan" jsonb,
		"compensationErrors" integer, error jsonb)) with ordinality a
	where p.process_id between applied[a.ordinality::integer] and applied[a.ordinality::integer];

	update cb.process_step s
	set status = u.status,
		generation = u.generation,
		reply = nullif(u.reply, 'null'),
		error = nullif(u.error, 'null'),
		answered_at = case when u.status in ('SUCCEEDED', 'FAILED', 'CANCELED') then clock_timestamp() end
	from jsonb_to_recordset(step_updates) as u (advance integer, position integer, status text, generation integer, reply jsonb, error jsonb)
	where s.process_id between applied[u.advance + 1] and applied[u.advance + 1] and s.position between u.position and u.position;

	insert into cb.process_step (process_id, command_id, position, step, kind, undoes, domain, command_type)
	select c.process_id, (c.message ->> 'command_id')::uuid,
		(select coalesce(max(s.position), 0) from cb.process_step s where s.process_id = c.process_id) + c.nth,
		c.step, c.kind, c.undoes, c.message ->> 'domain', c.message ->> 'command_type'
	from (
		select applied[c.advance + 1] as process_id, row_number() over (partition by c.advance order by c.ordinality) as nth, c.*
		from rows from (jsonb_to_recordset(commands) as (advance integer, step text, kind text, undoes text, message jsonb)) with ordinality c
	) c;

	insert into cb.process_event (process_id, command_id, type, step, details)
	select applied[e.advance + 1], e."commandId", e.type, e.step, coalesce(e.details, '{}')
	from rows from (jsonb_to_recordset(events) as (advance integer, type text, step text, "commandId" uuid, details jsonb)) with ordinality e
	where applied[e.advance + 1] is not null
	order by e.ordinality;
end
$function$

-- object: function cb.take_replies(jsonb,uuid[])
CREATE OR REPLACE FUNCTION cb.take_replies(advances jsonb, applied uuid[])
 RETURNS uuid[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
	target record;
	taken bigint[];
begin
	for target in
		select i.queue, array_agg(i.msg_id order by i.msg_id) as msg_ids, array_agg(i.attempt order by i.msg_id) as attempts,
			array_agg(i.ordinality order by i.msg_id) as positions
		from (
			select a.ordinality::integer, a.acknowledge ->> 'queue' as queue, (a.acknowledge ->> 'messageId')::bigint as msg_id,
				(a.acknowledge ->> 'attempt')::integer as attempt
			from rows from (jsonb_to_recordset(advances) as (acknowledge jsonb)) with ordinality a
			where applied[a.ordinality::integer] is not null
		) i
		where i.queue is not null
		group by i.queue
		order by i.queue
	loop
		taken := array(select cb.acknowledge_replies(target.queue, target.msg_ids, target.attempts));
		if cardinality(taken) < cardinality(target.msg_ids) then
			for position in 1 .. cardinality(target.msg_ids) loop
				if target.msg_ids[position] <> all (taken) then
					applied[target.positions[position]] := null;
				end if;
			end loop;
		end if;
	end loop;
	return applied;
end
$function$

-- object: function cb.wake(text[])
CREATE OR REPLACE FUNCTION cb.wake(topics text[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
	select pg_notify('cb:' || topic, '') from unnest(topics) topic;
$function$

-- object: function cb.work_bulk(integer,uuid)
CREATE OR REPLACE FUNCTION cb.work_bulk(max_count integer, only_bulk_id uuid DEFAULT NULL::uuid)
 RETURNS TABLE(worked_bulk_id uuid, worked_count integer, topics text[])
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
	current cb.bulk;
	item cb.bulk_item;
	outcome jsonb;
	results text[] := '{}';
	settled integer := 0;
	woken text[] := '{}';
begin
	-- The row of the bulk is the lock of its runner: nobody else works on it meanwhile, and a pause waits for this chunk.
	select b.* into current from cb.bulk b
	where b.status = 'RUNNING' and (only_bulk_id is null or b.bulk_id = only_bulk_id)
	order by b.started_at
	limit 1
	for update skip locked;
	if not found then
		return;
	end if;
	for item in
		select i.* from cb.bulk_item i
		where i.bulk_id = current.bulk_id and i.status = 'WAITING'
		order by i.position
		limit max_count
	loop
		begin
			outcome := cb.act_on_parked_command(current.action || jsonb_build_object('domain', item.domain, 'commandId', item.command_id,
				'expectedVersion', item.expected_version, 'operator', jsonb_build_object('id', current.operator_id, 'kind', current.operator_kind)));
		exception when others then
			-- A lock that would not come or a connection that ends is no result: the chunk is repeated.
			if sqlstate like '40%' or sqlstate like '57%' or sqlstate like '53%' or sqlstate = '55P03' then
				raise;
			end if;
			outcome := jsonb_build_object('kind', 'error', 'message', sqlerrm);
		end;
		update cb.bulk_item i
		set settled_at = clock_timestamp(),
			status = case when outcome ->> 'kind' = 'done' then 'DONE'
				when outcome ->> 'kind' in ('not-parked', 'version-conflict', 'not-found') then 'SKIPPED' else 'FAILED' end,
			explanation = case outcome ->> 'kind'
				when 'done' then null
				when 'not-found' then 'the command does not exist any more'
				when 'payload-missing' then 'the archived payload is missing'
				when 'reply-queue-not-found' then format('reply queue "%s" does not exist', outcome ->> 'replyTo')
				when 'error' then outcome ->> 'message'
				else format('now %s%s', outcome ->> 'status', coalesce(format(', %s by %s at %s', outcome #>> '{lastAct,action}',
					outcome #>> '{lastAct,operator,id}', outcome #>> '{lastAct,at}'), ''))
			end
		where i.bulk_id = item.bulk_id and i.position = item.position;
		results := results || (outcome ->> 'kind');
		settled := settled + 1;
		if outcome ->> 'kind' = 'done' then
			if outcome ->> 'messageId' is not null and not ('commands:' || item.domain) = any (woken) then
				woken := woken || ('commands:' || item.domain);
			end if;
			if outcome ->> 'answerQueue' is not null and not ('replies:' || (outcome ->> 'answerQueue')) = any (woken) then
				woken := woken || ('replies:' || (outcome ->> 'answerQueue'));
			end if;
		end if;
	end loop;
	update cb.bulk b
	set done_count = b.done_count + (select count(*) from unnest(results) k where k = 'done'),
		skipped_count = b.skipped_count + (select count(*) from unnest(results) k where k in ('not-parked', 'version-conflict', 'not-found')),
		failed_count = b.failed_count + (select count(*) from unnest(results) k where k in ('payload-missing', 'reply-queue-not-found', 'error')),
		status = case when settled < max_count then 'COMPLETED' else b.status end,
		completed_at = case when settled < max_count then clock_timestamp() end
	where b.bulk_id = current.bulk_id;
	return query select current.bulk_id, settled, woken;
end
$function$

-- object: index cb.batch_created_at_idx
CREATE INDEX batch_created_at_idx ON cb.batch USING btree (created_at, domain, batch_id)

-- object: index cb.batch_event_batch_idx
CREATE INDEX batch_event_batch_idx ON cb.batch_event USING btree (domain, batch_id, sequence)

-- object: index cb.batch_event_pkey
CREATE UNIQUE INDEX batch_event_pkey ON cb.batch_event USING btree (sequence)

-- object: index cb.batch_open_idx
CREATE INDEX batch_open_idx ON cb.batch USING btree (domain, batch_id) WHERE (completed_at IS NULL)

-- object: index cb.batch_pkey
CREATE UNIQUE INDEX batch_pkey ON cb.batch USING btree (domain, batch_id)

-- object: index cb.batch_progress_batch_idx
CREATE INDEX batch_progress_batch_idx ON cb.batch_progress USING btree (domain, batch_id) INCLUDE (completed_count, failed_count, canceled_count)

-- object: index cb.bulk_created_at_idx
CREATE INDEX bulk_created_at_idx ON cb.bulk USING btree (created_at, bulk_id)

-- object: index cb.bulk_item_pkey
CREATE UNIQUE INDEX bulk_item_pkey ON cb.bulk_item USING btree (bulk_id, "position")

-- object: index cb.bulk_item_waiting_idx
CREATE INDEX bulk_item_waiting_idx ON cb.bulk_item USING btree (bulk_id, "position") WHERE (status = 'WAITING'::text)

-- object: index cb.bulk_pkey
CREATE UNIQUE INDEX bulk_pkey ON cb.bulk USING btree (bulk_id)

-- object: index cb.bulk_running_idx
CREATE INDEX bulk_running_idx ON cb.bulk USING btree (started_at) WHERE (status = 'RUNNING'::text)

-- object: index cb.command_audit_entry_command_idx
CREATE INDEX command_audit_entry_command_idx ON cb.command_audit_entry USING btree (command_id)

-- object: index cb.command_batch_idx
CREATE INDEX command_batch_idx ON cb.command USING btree (domain, batch_id, msg_id) WHERE (batch_id IS NOT NULL)

-- object: index cb.command_created_at_idx
CREATE INDEX command_created_at_idx ON cb.command USING btree (created_at, domain, command_id)

-- object: index cb.command_pkey
CREATE UNIQUE INDEX command_pkey ON cb.command USING btree (command_id, domain)

-- object: index cb.domain_pkey
CREATE UNIQUE INDEX domain_pkey ON cb.domain USING btree (domain)

-- object: index cb.maintenance_claim_pkey
CREATE UNIQUE INDEX maintenance_claim_pkey ON cb.maintenance_claim USING btree (claim)

-- object: index cb.migration_pkey
CREATE UNIQUE INDEX migration_pkey ON cb.migration USING btree (number)

-- object: index cb.operator_request_at_idx
CREATE INDEX operator_request_at_idx ON cb.operator_request USING btree (at, domain, command_id, request_id)

-- object: index cb.operator_request_pkey
CREATE UNIQUE INDEX operator_request_pkey ON cb.operator_request USING btree (domain, command_id, request_id)

-- object: index cb.parked_command_batch_idx
CREATE INDEX parked_command_batch_idx ON cb.parked_command USING btree (batch_id) WHERE (batch_id IS NOT NULL)

-- object: index cb.parked_command_domain_idx
CREATE INDEX parked_command_domain_idx ON cb.parked_command USING btree (domain, parked_at, command_id)

-- object: index cb.parked_command_fingerprint_idx
CREATE INDEX parked_command_fingerprint_idx ON cb.parked_command USING btree (fingerprint, parked_at)

-- object: index cb.parked_command_group_idx
CREATE INDEX parked_command_group_idx ON cb.parked_command USING btree (domain, command_type, fingerprint, parked_at)

-- object: index cb.parked_command_parked_at_idx
CREATE INDEX parked_command_parked_at_idx ON cb.parked_command USING btree (parked_at, domain, command_id)

-- object: index cb.parked_command_pkey
CREATE UNIQUE INDEX parked_command_pkey ON cb.parked_command USING btree (domain, command_id)

-- object: index cb.process_batch_created_at_idx
CREATE INDEX process_batch_created_at_idx ON cb.process_batch USING btree (created_at, batch_id)

-- object: index cb.process_batch_idx
CREATE INDEX process_batch_idx ON cb.process USING btree (batch_id) WHERE (batch_id IS NOT NULL)

-- object: index cb.process_batch_pkey
CREATE UNIQUE INDEX process_batch_pkey ON cb.process_batch USING btree (batch_id)

-- object: index cb.process_business_key_idx
CREATE UNIQUE INDEX process_business_key_idx ON cb.process USING btree (process_type, business_key) WHERE (business_key IS NOT NULL)

-- object: index cb.process_created_at_idx
CREATE INDEX process_created_at_idx ON cb.process USING btree (created_at, process_id)

-- object: index cb.process_event_process_idx
CREATE INDEX process_event_process_idx ON cb.process_event USING btree (process_id)

-- object: index cb.process_pkey
CREATE UNIQUE INDEX process_pkey ON cb.process USING btree (process_id)

-- object: index cb.process_step_command_idx
CREATE UNIQUE INDEX process_step_command_idx ON cb.process_step USING btree (command_id, domain)

-- object: index cb.process_step_pkey
CREATE UNIQUE INDEX process_step_pkey ON cb.process_step USING btree (process_id, "position")

-- object: index cb.remembered_command_audit_idx
CREATE INDEX remembered_command_audit_idx ON cb.remembered_command USING btree (ended_at, domain, command_id) WHERE has_audit

-- object: index cb.remembered_command_ended_at_idx
CREATE INDEX remembered_command_ended_at_idx ON cb.remembered_command USING btree (ended_at, domain, command_id)

-- object: index cb.remembered_command_pkey
CREATE UNIQUE INDEX remembered_command_pkey ON cb.remembered_command USING btree (command_id, domain)

-- object: index cb.unhandled_reply_at_idx
CREATE INDEX unhandled_reply_at_idx ON cb.unhandled_reply USING btree (at)

-- object: index cb.unhandled_reply_pkey
CREATE UNIQUE INDEX unhandled_reply_pkey ON cb.unhandled_reply USING btree (queue, msg_id)

-- object: table cb.batch
batch_id uuid not null
created_at timestamp with time zone not null default clock_timestamp()
started_at timestamp with time zone
completed_at timestamp with time zone
total_count integer not null
completed_count integer
failed_count integer
canceled_count integer
domain text not null
status text not null default 'PENDING'::text
name text
custom_data jsonb
completion_queue text
with fillfactor=70

-- object: table cb.batch_event
sequence bigint not null generated always as identity
batch_id uuid not null
at timestamp with time zone not null default clock_timestamp()
domain text not null
type text not null

-- object: table cb.batch_progress
batch_id uuid not null
completed_count integer not null
failed_count integer not null
canceled_count integer not null
domain text not null
with autovacuum_vacuum_insert_scale_factor=0.1, autovacuum_vacuum_scale_factor=0.05

-- object: table cb.bulk
bulk_id uuid not null
created_at timestamp with time zone not null default clock_timestamp()
started_at timestamp with time zone
completed_at timestamp with time zone
total_count integer not null default 0
done_count integer not null default 0
skipped_count integer not null default 0
failed_count integer not null default 0
canceled_count integer not null default 0
status text not null default 'PREVIEWED'::text
digest text not null default ''::text
operator_id text not null
operator_kind text not null
action jsonb not null
filter jsonb not null
breakdown jsonb not null default '[]'::jsonb

-- object: table cb.bulk_item
bulk_id uuid not null
command_id uuid not null
settled_at timestamp with time zone
position integer not null
expected_version integer not null
domain text not null
status text not null default 'WAITING'::text
explanation text
with fillfactor=70

-- object: table cb.command
command_id uuid not null
correlation_id uuid not null
causation_id uuid
batch_id uuid
msg_id bigint not null
created_at timestamp with time zone not null default clock_timestamp()
updated_at timestamp with time zone not null default clock_timestamp()
completed_at timestamp with time zone
generation integer not null default 1
version integer not null default 1
attempts integer not null default 0
max_attempts integer
parked_max_attempts integer
wants_notices boolean not null default false
domain text not null
command_type text not null
status cb.stored_status not null default 'PENDING'::text
reply_to text
backoff jsonb
result jsonb
last_error_type text
last_error_code text
last_error_message text
last_error_details jsonb
with autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.02, fillfactor=45

-- object: table cb.command_audit_entry
sequence bigint not null generated always as identity
command_id uuid not null
at timestamp with time zone not null default clock_timestamp()
generation integer not null
attempt integer not null
domain text not null
type text not null
details jsonb not null default '{}'::jsonb
receipt jsonb
with autovacuum_analyze_scale_factor=0.1, autovacuum_vacuum_insert_scale_factor=0.1

-- object: table cb.domain
domain text not null
created_at timestamp with time zone not null default clock_timestamp()

-- object: table cb.maintenance_claim
claim text not null default 'maintenance'::text
holder text not null
expires_at timestamp with time zone not null
with fillfactor=50

-- object: table cb.migration
number integer not null
name text not null
checksum text not null
applied_at timestamp with time zone not null default clock_timestamp()

-- object: table cb.operator_request
command_id uuid not null
at timestamp with time zone not null default clock_timestamp()
domain text not null
request_id text not null
outcome jsonb not null

-- object: table cb.parked_command
command_id uuid not null
correlation_id uuid not null
batch_id uuid
process_id uuid
parked_at timestamp with time zone not null default clock_timestamp()
created_at timestamp with time zone not null
domain text not null
command_type text not null
error_code text not null
error_message text not null
fingerprint text not null
with autovacuum_analyze_scale_factor=0.05, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.05

-- object: table cb.pgmq_installation
version text not null
installed_at timestamp with time zone not null default clock_timestamp()

-- object: table cb.process
process_id uuid not null
batch_id uuid
created_at timestamp with time zone not null default clock_timestamp()
updated_at timestamp with time zone not null default clock_timestamp()
completed_at timestamp with time zone
version integer not null default 1
compensation_errors integer not null default 0
domain text not null
process_type text not null
status text not null
business_key text
current_step text
state jsonb not null
compensation_plan jsonb
error jsonb
with autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_scale_factor=0.02, fillfactor=50

-- object: table cb.process_batch
batch_id uuid not null
created_at timestamp with time zone not null default clock_timestamp()
total_count integer not null
name text

-- object: table cb.process_event
sequence bigint not null generated always as identity
process_id uuid not null
command_id uuid
at timestamp with time zone not null default clock_timestamp()
type text not null
step text
details jsonb not null default '{}'::jsonb
with autovacuum_analyze_scale_factor=0.1, autovacuum_vacuum_insert_scale_factor=0.1

-- object: table cb.process_step
process_id uuid not null
command_id uuid not null
sent_at timestamp with time zone not null default clock_timestamp()
answered_at timestamp with time zone
position integer not null
generation integer not null default 1
step text not null
kind text not null
undoes text
domain text not null
command_type text not null
status text not null default 'OPEN'::text
reply jsonb
error jsonb
with autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_scale_factor=0.02, fillfactor=50

-- object: table cb.remembered_command
command_id uuid not null
correlation_id uuid not null
ended_at timestamp with time zone not null
has_audit boolean not null
domain text not null
with autovacuum_analyze_scale_factor=0.05, autovacuum_vacuum_insert_scale_factor=0.1, autovacuum_vacuum_scale_factor=0.05

-- object: table cb.unhandled_reply
msg_id bigint not null
at timestamp with time zone not null default clock_timestamp()
queue text not null
reason text not null
body jsonb

-- object: view cb.batch_state
 SELECT b.domain,
    b.batch_id,
    b.name,
    b.custom_data,
    b.status,
    b.completion_queue,
    b.created_at,
    b.started_at,
    b.completed_at,
    b.total_count,
    COALESCE((b.completed_count)::bigint, progress.completed_count, (0)::bigint) AS completed_count,
    COALESCE((b.failed_count)::bigint, progress.failed_count, (0)::bigint) AS failed_count,
    COALESCE((b.canceled_count)::bigint, progress.canceled_count, (0)::bigint) AS canceled_count,
        CASE
            WHEN (b.completed_at IS NULL) THEN ( SELECT count(*) AS count
               FROM cb.parked_command p
              WHERE ((p.batch_id = b.batch_id) AND (p.domain = b.domain)))
            ELSE (0)::bigint
        END AS parked_count
   FROM (cb.batch b
     LEFT JOIN LATERAL ( SELECT sum(p.completed_count) AS completed_count,
            sum(p.failed_count) AS failed_count,
            sum(p.canceled_count) AS canceled_count
           FROM cb.batch_progress p
          WHERE ((b.completed_at IS NULL) AND (p.domain = b.domain) AND (p.batch_id = b.batch_id))) progress ON (true));

-- object: view cb.command_audit
 SELECT (0)::bigint AS sequence,
    c.command_id,
    c.created_at AS at,
    1 AS generation,
    0 AS attempt,
    c.domain,
    'SENT'::text AS type,
    cb.sent_details(c.*) AS details
   FROM cb.command c
UNION ALL
 SELECT ((2 * e.sequence) - 1) AS sequence,
    e.command_id,
    ((e.receipt ->> 'at'::text))::timestamp with time zone AS at,
    e.generation,
    e.attempt,
    e.domain,
    'RECEIVED'::text AS type,
    cb.received_details(e.receipt) AS details
   FROM cb.command_audit_entry e
  WHERE (e.receipt IS NOT NULL)
UNION ALL
 SELECT (2 * e.sequence) AS sequence,
    e.command_id,
    e.at,
    e.generation,
    e.attempt,
    e.domain,
    e.type,
    e.details
   FROM cb.command_audit_entry e;

-- object: view cb.process_batch_state
 SELECT b.batch_id,
    b.name,
    b.total_count,
    b.created_at,
    count(*) FILTER (WHERE (p.status = 'COMPLETED'::text)) AS completed_count,
    count(*) FILTER (WHERE (p.status = 'FAILED'::text)) AS failed_count,
    count(*) FILTER (WHERE (p.status = 'COMPENSATED'::text)) AS compensated_count,
    count(*) FILTER (WHERE (p.status = 'CANCELED'::text)) AS canceled_count,
    count(*) FILTER (WHERE (p.status = 'WAITING_FOR_TSQ'::text)) AS blocked_count,
        CASE
            WHEN (count(*) FILTER (WHERE (p.completed_at IS NOT NULL)) = b.total_count) THEN max(p.completed_at)
            ELSE NULL::timestamp with time zone
        END AS completed_at
   FROM (cb.process_batch b
     LEFT JOIN cb.process p ON ((p.batch_id = b.batch_id)))
  GROUP BY b.batch_id;
