-- Why: what an operator does to a parked command. Each act is one transaction that begins by locking the command's row and goes on only
-- while the command is parked: of several operators exactly one wins.

-- The newest act of an operator on a command: what a conflict names.
create function cb.last_act(domain text, command_id uuid) returns jsonb
	language sql stable
	set search_path = pg_catalog, pg_temp
as $body$
	select jsonb_build_object('action', lower(replace(a.type, 'OPERATOR_', '')), 'operator', a.details -> 'operator',
		'reason', a.details -> 'reason', 'at', a.at)
	from cb.command_audit_entry a
	where a.command_id = last_act.command_id and a.domain = last_act.domain and a.type like 'OPERATOR\_%'
	order by a.sequence desc
	limit 1;
$body$;

-- Input: { action: retry | cancel | complete, domain, commandId, operator: {id, kind}, reason?, expectedVersion?, requestId?, keepAttempts?,
-- amendment?: {data, diff}, result?, suppressReply? }.
-- Returns { kind: done | not-found | not-parked | version-conflict | payload-missing | reply-queue-not-found, … }; only `done` changed anything.
create function cb.act_on_parked_command(request jsonb) returns jsonb
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;

-- The status as everybody outside sees it: a live command is IN_PROGRESS while its message carries a lease.
create function cb.command_status(c cb.command) returns text
	language sql stable
	set search_path = pg_catalog, pg_temp
as $body$
	select case
		when c.status = 'PENDING' and exists (
			select from cb.live_message m where m.domain = c.domain and m.msg_id = c.msg_id and m.headers ? 'cb_lease'
		) then 'IN_PROGRESS'
		else c.status
	end;
$body$;

-- Every message of a command that is still there, found by primary key: the current one, and those that retries left in the archive.
create function cb.command_generations(domain text, command_id uuid)
returns table (generation integer, msg_id bigint, data jsonb, headers jsonb, archived_at timestamptz)
	language sql stable
	set search_path = pg_catalog, pg_temp
	set plan_cache_mode = force_custom_plan
as $body$
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
$body$;

-- Parked commands that match a filter. One place for the meaning of a filter; inlined into its caller, so no search_path is set.
-- Callers see times in milliseconds, so an upper bound includes the whole of its last one.
create function cb.parked_matching(filter jsonb) returns setof cb.parked_command
	language sql stable
as $body$
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
$body$;

-- What is parked, by domain, type and fingerprint; of one domain where it is given. From group to group along the index, which also has the number
-- and the first and last of each: to hash every command by three texts takes two and a half times as long. A plan for each statistic would at
-- times read all parked commands once per group, so nothing but the index is left to choose.
create function cb.parked_groups(domain text default null)
returns table (domain text, command_type text, fingerprint text, error_code text, sample_message text, count bigint, first_parked_at timestamptz,
	last_parked_at timestamptz)
	language sql stable
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
	set enable_bitmapscan = off
	set enable_sort = off
as $body$
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
$body$;

-- Freezes what matches now, with versions, and proves it with a digest. Nothing is done to the commands.
create function cb.freeze_bulk(bulk_id uuid, operator jsonb, action jsonb, filter jsonb, source_bulk_id uuid default null) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set plan_cache_mode = force_custom_plan
as $body$
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
$body$;

-- Settles up to max_count waiting items of one running bulk (the one given, or the oldest): each act and its result in this transaction.
-- Returns the bulk, or null when none has anything left to do; and the topics to wake.
create function cb.work_bulk(max_count integer, only_bulk_id uuid default null)
returns table (worked_bulk_id uuid, worked_count integer, topics text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;

-- pause, resume or cancel. Returns whether it was allowed. A cancel ends the items that wait as CANCELED.
create function cb.move_bulk(bulk_id uuid, move text) returns boolean
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;
