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
	return headers - array['cb_lease', 'cb_deferrals', 'cb_unanswered'];

-- Puts answers on their queues: three arrays, side by side. Returns the queues, each once. A set has one queue or a few: to look for each one's
-- answers again costs nothing beside gathering them first.
create function cb.send_answers(queues text[], messages jsonb[], headers jsonb[]) returns text[]
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
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
$body$;

-- What a settling did: the positions that are settled, and the queues that got an answer.
create type cb.settled as (positions integer[], queues text[]);

-- A statement costs what it takes to set up, whatever it finds, and nearly every set is of successes. So a domain has two functions from one template:
-- __settle for sets of successes, which hands every other set to __settle_any, whose statement has the parts that failures need as well.
create function cb.define_settle(domain text) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $define$
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
$define$;

-- The functions of a domain, made anew when their templates change: a migration that changes one ends with
--   select cb.define_moves(d.domain) from cb.domain d;
create function cb.define_moves(domain text) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
begin
	perform cb.define_accept(domain), cb.define_receive(domain), cb.define_settle(domain);
end
$body$;

-- From a domain to its functions, made anew when a domain is added, as static SQL: a call by name would be parsed and planned each time, which costs more than a small set itself.
create function cb.define_dispatch() returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $define$
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
$define$;

select cb.define_dispatch();

-- Input: an array of { kind, command_id, msg_id, attempt, result?, error?, delay_seconds?, fingerprint?, reason?, max_attempts? } with kind
-- complete, retry-later, park or fail.
-- Returns the positions (from 0) that are settled, those whose reply queue is missing and which were left as they are, and the queues that got
-- an answer. A position in neither list had lost its lease: nothing of it changed.
-- To look for missing reply queues costs a sixth of a settle, and hardly ever is one missing: without check_reply_queues nobody looks, a missing one
-- is an undefined_table, and nothing is settled.
create function cb.settle_commands(domain text, settlements jsonb, check_reply_queues boolean default true, out settled integer[],
	out undeliverable jsonb, out answered_queues text[])
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;

-- The sender takes a command back, as long as nobody has it. Returns canceled, not-found, reply-queue-not-found, or the status that forbids it.
create function cb.cancel_command(domain text, command_id uuid, reason text default null)
returns table (outcome text, answer_queue text)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;
