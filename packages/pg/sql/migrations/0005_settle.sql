-- Why: ending or delaying leased commands. Status, message, audit, reply, notice and batch effect of a whole set in one transaction; each
-- command on its own, fenced by (msg_id, attempt) while the lease runs. Lock order: messages by msg_id, then command rows.

-- The reply of one resolution (2.4). Consumers dedupe on reply_id.
create function cb.reply_message(c cb.command, outcome text, data jsonb, error jsonb) returns jsonb
	language sql volatile parallel safe
	return jsonb_build_object('kind', 'reply', 'reply_id', cb.new_id(), 'command_id', c.command_id, 'command_type', c.command_type,
		'domain', c.domain, 'correlation_id', c.correlation_id, 'generation', c.generation, 'outcome', outcome,
		'data', coalesce(data, 'null'), 'error', coalesce(error, 'null'), 'completed_at', c.completed_at);

-- Tells a process that its command waits for an operator, or goes on.
create function cb.notice_message(c cb.command, kind text, error jsonb) returns jsonb
	language sql volatile parallel safe
	return jsonb_build_object('kind', kind, 'notice_id', cb.new_id(), 'command_id', c.command_id, 'command_type', c.command_type,
		'domain', c.domain, 'correlation_id', c.correlation_id, 'generation', c.generation, 'error', coalesce(error, 'null'),
		'occurred_at', c.updated_at);

-- Trace headers travel on with what a command causes; the lease marker does not.
create function cb.carried_headers(headers jsonb) returns jsonb
	language sql immutable parallel safe
	return headers - array['cb_lease', 'cb_deferrals'];

-- Puts answers on their queues: an array of { queue, message, headers }.
create function cb.send_answers(answers jsonb) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
declare
	target record;
begin
	for target in
		select a.queue, array_agg(a.message order by a.ordinality) as messages,
			array_agg(coalesce(nullif(a.headers, 'null'), '{}') order by a.ordinality) as headers
		from rows from (jsonb_to_recordset(answers) as (queue text, message jsonb, headers jsonb)) with ordinality as a
		group by a.queue
		order by a.queue
	loop
		perform pgmq.send_batch(queue_name => target.queue, msgs => target.messages, headers => target.headers);
	end loop;
end
$body$;

-- Input: an array of { kind, command_id, msg_id, attempt, result?, error?, delay_seconds?, fingerprint?, reason?, max_attempts? } with kind
-- complete, retry-later, park or fail. Positions in `excluded` are passed over.
-- Returns a row per settled position, and the queue that got its answer. A position that is missing had lost its lease: nothing of it changed.
create function cb.settle_commands_except(domain text, settlements jsonb, excluded integer[])
returns table (settled_position integer, answer_queue text)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	settled jsonb;
begin
	execute format($sql$
		with input as materialized (
			select (i.ordinality - 1)::integer as position, i.*
			from rows from (jsonb_to_recordset($2) as (kind text, command_id uuid, msg_id bigint, attempt integer, result jsonb, error jsonb,
				delay_seconds double precision, fingerprint text, reason text, max_attempts integer)) with ordinality as i
			where (i.ordinality - 1)::integer <> all ($3)
		),
		held as materialized (
			select $1 as domain, i.*, q.headers -> 'cb_lease' as lease, q.headers
			from input i
			join pgmq.%1$I q on q.msg_id = i.msg_id
			where q.read_ct = i.attempt and q.vt > clock_timestamp() and q.headers ? 'cb_lease'
			order by q.msg_id
			for update of q
		),
		-- The row decides: a message that is not its command's is not settled.
		ended as materialized (
			update cb.command c
			set status = case h.kind when 'complete' then 'COMPLETED' when 'fail' then 'FAILED' when 'park' then 'IN_TROUBLESHOOTING_QUEUE' else 'PENDING' end,
				version = c.version + 1,
				-- A receive that only found the attempts used up was none.
				attempts = h.attempt - case when h.reason = 'EXHAUSTED_BY_REDELIVERY' then 1 else 0 end,
				max_attempts = case when h.kind = 'park' then coalesce(h.max_attempts, c.max_attempts) else c.max_attempts end,
				result = case when h.kind = 'complete' then nullif(h.result, 'null') end,
				last_error_type = h.error ->> 'type',
				last_error_code = h.error ->> 'code',
				last_error_message = h.error ->> 'message',
				last_error_details = nullif(h.error -> 'details', 'null'),
				updated_at = clock_timestamp(),
				completed_at = case when h.kind in ('complete', 'fail') then clock_timestamp() end
			from held h
			where c.domain = h.domain and c.command_id = h.command_id and c.msg_id = h.msg_id and c.status = 'PENDING'
			returning h.position, h.kind, h.msg_id, h.attempt, h.error, h.delay_seconds, h.fingerprint, h.reason, h.lease,
				cb.carried_headers(h.headers) as headers, c as command
		),
		deleted as (
			delete from pgmq.%1$I q
			using ended e
			where q.msg_id = e.msg_id and e.kind = 'complete'
		),
		removed as (
			delete from pgmq.%1$I q
			using ended e
			where q.msg_id = e.msg_id and e.kind in ('park', 'fail')
			returning q.msg_id, q.read_ct, q.enqueued_at, q.last_read_at, q.vt, q.message, q.headers - 'cb_lease' as headers
		),
		archived as (
			insert into pgmq.%2$I (msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers)
			select r.msg_id, r.read_ct, r.enqueued_at, r.last_read_at, r.vt, r.message, r.headers from removed r
		),
		delayed as (
			update pgmq.%1$I q
			set vt = clock_timestamp() + make_interval(secs => e.delay_seconds), headers = q.headers - 'cb_lease'
			from ended e
			where q.msg_id = e.msg_id and e.kind = 'retry-later'
		),
		audited as (
			insert into cb.command_audit (command_id, generation, attempt, domain, type, at, details)
			select (e.command).command_id, (e.command).generation, (e.command).attempts, $1, line.type, line.at, line.details
			from ended e
			cross join lateral (values
				(1, 'RECEIVED', (e.lease ->> 'at')::timestamptz, cb.receipt_details(e.lease)),
				(2, case e.kind when 'complete' then 'COMPLETED' when 'fail' then 'BUSINESS_RULE_FAILED'
						when 'park' then case when e.reason <> 'EXHAUSTED_BY_REDELIVERY' then 'FAILED' end else 'FAILED' end,
					(e.command).updated_at,
					case e.kind when 'complete' then '{}'::jsonb when 'retry-later' then jsonb_build_object('error', e.error, 'delaySeconds', e.delay_seconds)
						else jsonb_build_object('error', e.error) end),
				(3, case when e.kind = 'park' then 'MOVED_TO_TROUBLESHOOTING_QUEUE' end, (e.command).updated_at,
					jsonb_build_object('reason', e.reason, 'error', e.error))
			) as line (rank, type, at, details)
			where line.type is not null and not (line.rank = 1 and e.reason is not distinct from 'EXHAUSTED_BY_REDELIVERY')
			order by e.msg_id, line.rank
		),
		parked as (
			insert into cb.parked_command (command_id, correlation_id, batch_id, process_id, parked_at, created_at, domain, command_type, error_code,
				error_message, fingerprint)
			select (e.command).command_id, (e.command).correlation_id, (e.command).batch_id, case when (e.command).wants_notices then (e.command).correlation_id end,
				(e.command).updated_at, (e.command).created_at, $1, (e.command).command_type, e.error ->> 'code', e.error ->> 'message',
				coalesce(e.fingerprint, md5((e.error ->> 'type') || (e.error ->> 'code')))
			from ended e
			where e.kind = 'park'
		),
		counted as (
			insert into cb.batch_progress (batch_id, completed_count, failed_count, canceled_count, domain)
			select (e.command).batch_id, count(*) filter (where e.kind = 'complete'), count(*) filter (where e.kind = 'fail'), 0, $1
			from ended e
			where (e.command).batch_id is not null and e.kind in ('complete', 'fail')
			group by (e.command).batch_id
		)
		select coalesce(jsonb_agg(jsonb_build_object('position', e.position) || case
			when (e.command).reply_to is null then '{}'
			when e.kind = 'complete' then jsonb_build_object('queue', (e.command).reply_to, 'headers', e.headers,
				'message', cb.reply_message(e.command, 'SUCCESS', (e.command).result, null))
			when e.kind = 'fail' then jsonb_build_object('queue', (e.command).reply_to, 'headers', e.headers,
				'message', cb.reply_message(e.command, 'FAILED', null, e.error))
			-- Parked at receive nobody could be told of a missing queue: then it is parked without a notice.
			when e.kind = 'park' and (e.command).wants_notices
				and (e.reason <> 'EXHAUSTED_BY_REDELIVERY' or cb.queue_exists((e.command).reply_to)) then jsonb_build_object('queue', (e.command).reply_to, 'headers', e.headers,
				'message', cb.notice_message(e.command, 'parked', e.error))
			else '{}'
		end order by e.msg_id), '[]')
		from ended e
		$sql$, 'q_' || cb.command_queue(domain), 'a_' || cb.command_queue(domain))
	using domain, settlements, excluded
	into settled;
	perform cb.send_answers((select jsonb_agg(s) from jsonb_array_elements(settled) s where s ? 'queue'));
	return query
		select (s ->> 'position')::integer, s ->> 'queue' from jsonb_array_elements(settled) s;
end
$body$;

-- As above for all positions; those whose reply queue is missing are left as they are and reported, the others are settled.
create function cb.settle_commands(domain text, settlements jsonb)
returns table (settled_position integer, outcome text, answer_queue text)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	missing jsonb;
	excluded integer[];
begin
	select jsonb_agg(jsonb_build_object('position', m.position, 'queue', m.reply_to)), array_agg(m.position)
	into missing, excluded
	from (
		select (i.ordinality - 1)::integer as position, c.reply_to
		from rows from (jsonb_to_recordset(settlements) as (kind text, command_id uuid, reason text)) with ordinality as i
		-- A lookup per command, whatever the statistics say (see receive_commands).
		cross join lateral (select settle_commands.domain as domain offset 0) d
		join cb.command c on c.domain = d.domain and c.command_id = i.command_id
		where c.reply_to is not null
			and (i.kind in ('complete', 'fail') or (i.kind = 'park' and c.wants_notices and i.reason <> 'EXHAUSTED_BY_REDELIVERY'))
			and not cb.queue_exists(c.reply_to)
	) m;
	return query
		select s.settled_position, 'settled', s.answer_queue
		from cb.settle_commands_except(settle_commands.domain, settlements, coalesce(excluded, '{}')) s;
	if missing is not null then
		return query
			select m.position, 'reply-queue-not-found', m.queue
			from jsonb_to_recordset(missing) as m (position integer, queue text);
	end if;
end
$body$;

-- The sender takes a command back, as long as nobody has it. Returns canceled, not-found, reply-queue-not-found, or the status that forbids it.
create function cb.cancel_command(domain text, command_id uuid, reason text default null)
returns table (outcome text, answer_queue text)
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
declare
	current cb.command;
	held boolean;
	trace jsonb;
begin
	select c.* into current from cb.command c where c.domain = cancel_command.domain and c.command_id = cancel_command.command_id;
	if not found then
		return query select 'not-found', null::text;
		return;
	end if;
	if current.status = 'PENDING' then
		-- The message first (lock order), then the row: a receive in between has either taken the lease or waits for nothing.
		execute format('select q.headers ? ''cb_lease'', cb.carried_headers(q.headers) from pgmq.%I q where q.msg_id = $1 for update',
			'q_' || cb.command_queue(domain))
		using current.msg_id into held, trace;
	end if;
	if held then
		return query select 'IN_PROGRESS', null::text;
		return;
	end if;
	select c.* into current from cb.command c
	where c.domain = cancel_command.domain and c.command_id = cancel_command.command_id
	for update;
	if current.status <> 'PENDING' then
		return query select current.status, null::text;
		return;
	end if;
	if current.reply_to is not null and not cb.queue_exists(current.reply_to) then
		return query select 'reply-queue-not-found', current.reply_to;
		return;
	end if;
	perform pgmq.archive(queue_name => cb.command_queue(domain), msg_id => current.msg_id);
	update cb.command c
	set status = 'CANCELED', version = c.version + 1, updated_at = clock_timestamp(), completed_at = clock_timestamp()
	where c.domain = current.domain and c.command_id = current.command_id
	returning c.* into current;
	insert into cb.command_audit (command_id, generation, attempt, domain, type, details)
	values (current.command_id, current.generation, current.attempts, current.domain, 'CANCELED', jsonb_build_object('reason', reason));
	if current.batch_id is not null then
		insert into cb.batch_progress (batch_id, completed_count, failed_count, canceled_count, domain)
		values (current.batch_id, 0, 0, 1, current.domain);
	end if;
	if current.reply_to is not null then
		perform cb.send_answers(jsonb_build_array(jsonb_build_object('queue', current.reply_to, 'headers', trace, 'message',
			cb.reply_message(current, 'CANCELED', null, jsonb_build_object('type', 'CANCELED', 'code', 'CANCELED',
				'message', coalesce(reason, 'canceled by the sender'), 'details', null)))));
	end if;
	return query select 'canceled', current.reply_to;
end
$body$;
