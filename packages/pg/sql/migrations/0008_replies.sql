-- Why: reading reply queues with the same lease as commands: (msg_id, read_ct) while vt lies ahead.

create function cb.receive_replies(queue text, max_count integer, lease_seconds double precision)
returns table (msg_id bigint, attempt integer, message jsonb, headers jsonb, enqueued_at timestamptz)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;

-- Removes messages whose lease still runs; returns the ids of those it removed.
create function cb.acknowledge_replies(queue text, msg_ids bigint[], attempts integer[]) returns setof bigint
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
begin
	return query execute format($sql$
		delete from pgmq.%1$I q
		using unnest($1, $2) as i (msg_id, attempt)
		where q.msg_id = i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
		returning q.msg_id
		$sql$, 'q_' || queue)
	using msg_ids, attempts;
end
$body$;

create function cb.delay_replies(queue text, msg_ids bigint[], attempts integer[], delay_seconds double precision) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
begin
	execute format($sql$
		update pgmq.%1$I q
		set vt = clock_timestamp() + make_interval(secs => $3)
		from unnest($1, $2) as i (msg_id, attempt)
		where q.msg_id = i.msg_id and q.read_ct = i.attempt and q.vt > clock_timestamp()
		$sql$, 'q_' || queue)
	using msg_ids, attempts, delay_seconds;
end
$body$;

-- Archives messages nobody can handle and shows them to operators.
create function cb.set_replies_aside(queue text, msg_ids bigint[], attempts integer[], reasons text[]) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
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
$body$;
