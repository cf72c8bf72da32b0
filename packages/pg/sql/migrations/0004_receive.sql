-- Why: leasing. One statement marks a set of messages as read and looks up what their commands need; nothing else is written, because the
-- lease stands on the message until the command is settled: headers->'cb_lease' = { workerId, isRedelivered, at, previous? }. A redelivered one that
-- is given back unstarted leaves headers->'cb_unanswered', so that the next receive still knows that an attempt before it may have run.
-- Plans of the hot path must not depend on statistics: their tables go from empty to a million rows within seconds, and vacuum leaves a queue
-- that was worked off without a single page. So its functions forbid sequential scans, and find a row of such a table by "between x and x", where x
-- is a column of the set at hand: "= x" could also be met by walking the whole index in its order, which on an empty table costs the same. What
-- is left is one index lookup per command.

-- A leased message with what its command's row says, from where the next read may go on, if it should (ADR 0012), and what to do with it:
--   deliver    run its handler
--   exhausted  its attempts were used up without an answer: park it, do not run it
--   reject     malformed, foreign, stray or already ended: archive it (cb.reject_messages)
create type cb.received_command as (disposition text, reason text, msg_id bigint, attempt integer, received_at timestamptz, message jsonb,
	headers jsonb, is_redelivered boolean, deferrals integer, command_id uuid, command_type text, correlation_id uuid, causation_id uuid,
	reply_to text, batch_id uuid, generation integer, max_attempts integer, backoff jsonb, created_at timestamptz, read_on_from timestamptz);

create function cb.define_receive(domain text) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $define$
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
$define$;

-- Whether it is a UUID in 36 characters: four hyphens in their places, hexadecimal digits in all others. Written with what costs 2 µs; a regular
-- expression took 5, and so did translate().
create function cb.is_uuid(candidate text) returns boolean
	language sql immutable parallel safe
	return candidate like '________-____-____-____-____________' and candidate not like '%-%-%-%-%-%'
		and ltrim(candidate, '0123456789abcdef-ABCDEF') = '';

-- The lease that stands on a message, as the next one remembers it.
create function cb.previous_lease(headers jsonb) returns jsonb
	language sql immutable parallel safe
	return case when jsonb_typeof(headers -> 'cb_lease') = 'object' then (headers -> 'cb_lease') - 'previous' else '{}' end;

-- How often a message was put back. Anybody may write headers, so what is no number counts as none.
create function cb.deferrals_of(headers jsonb) returns integer
	language sql immutable parallel safe
	return case when headers ->> 'cb_deferrals' ~ '^[0-9]{1,9}$' then (headers ->> 'cb_deferrals')::integer else 0 end;

-- Leases up to max_count messages for lease_seconds: those that have been due longest, from due_from on (ADR 0012). The leases of a crashed server may be
-- forgotten (asynchronous commit): the commands are then delivered again.
create function cb.receive_commands(domain text, worker_id text, max_count integer, lease_seconds double precision,
	max_attempts_by_type jsonb default '{}', default_max_attempts integer default 3, due_from timestamptz default '-infinity')
returns setof cb.received_command
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
begin
	perform set_config('synchronous_commit', 'off', true);
	return query
		select r.* from cb_domain.receive(domain, worker_id, max_count, lease_seconds, max_attempts_by_type, default_max_attempts, due_from) r;
end
$body$;

-- Archives messages that no command answers for. Only those whose lease the caller has.
create function cb.reject_messages(domain text, msg_ids bigint[], attempts integer[]) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;
-- Extends leases that still run, in order of message; returns the ids of those it extended. The others are lost.
create function cb.extend_leases(domain text, msg_ids bigint[], attempts integer[], lease_seconds double precision)
returns setof bigint
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;

-- Whether a lease still runs. A look, not a promise: nothing is locked.
create function cb.is_lease_held(domain text, msg_id bigint, attempt integer) returns boolean
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;

-- Gives back messages whose handler was not started: no attempt counts. With a delay it is a deferral, which is counted.
create function cb.release_leases(domain text, msg_ids bigint[], attempts integer[], delay_seconds double precision default null)
returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;
