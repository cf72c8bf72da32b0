-- Why: processes. An advance is state, step records, the next commands, events and the acknowledgement of the answer in one transaction.
-- Lock order: process rows by id, then reply messages, then what sending commands takes.

-- Input: an array of { processId, processType, domain, businessKey?, batchId?, state, first: {step, kind, undoes?, command} }; command as
-- cb.accept_commands takes it. Returns per position (from 0): started | existing | the refusal of its first command; and the id of the process.
create function cb.start_processes(processes jsonb)
returns table (start_position integer, outcome text, process_id uuid)
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
declare
	excluded integer[] := '{}';
	stored integer[];
	refusals jsonb;
	all_refusals jsonb := '[]';
begin
	loop
		begin
			with input as materialized (
				select (i.ordinality - 1)::integer as position, i.*
				from rows from (jsonb_to_recordset(processes) as ("processId" uuid, "processType" text, domain text, "businessKey" text,
					"batchId" uuid, state jsonb, first jsonb)) with ordinality as i
				where (i.ordinality - 1)::integer <> all (excluded)
			),
			inserted as (
				insert into cb.process (process_id, batch_id, domain, process_type, status, business_key, current_step, state)
				select i."processId", i."batchId", i.domain, i."processType", 'WAITING_FOR_REPLY', i."businessKey", i.first ->> 'step', coalesce(i.state, 'null')
				from input i
				order by i."businessKey", i.position
				on conflict do nothing
				returning process_id
			)
			select coalesce(array_agg(i.position order by i.position), '{}') into stored
			from input i
			join inserted n on n.process_id = i."processId";

			select jsonb_agg(jsonb_build_object('position', stored[r.refused_position + 1], 'outcome', r.outcome)) into refusals
			from unnest(cb.accept_commands((select coalesce(jsonb_agg(processes #> array[s.position::text, 'first', 'command'] order by s.ordinality), '[]')
				from unnest(stored) with ordinality s (position, ordinality)))) r;
			if refusals is not null then
				raise exception using errcode = 'CB001', message = 'the first command of a process was refused';
			end if;

			insert into cb.process_step (process_id, command_id, position, step, kind, undoes, domain, command_type)
			select (p.process ->> 'processId')::uuid, (p.process #>> '{first,command,message,command_id}')::uuid, 1, p.process #>> '{first,step}',
				p.process #>> '{first,kind}', p.process #>> '{first,undoes}', p.process #>> '{first,command,message,domain}',
				p.process #>> '{first,command,message,command_type}'
			from unnest(stored) s (position), lateral (select processes -> s.position as process) p;
			insert into cb.process_event (process_id, command_id, type, step)
			select (p.process ->> 'processId')::uuid, line.command_id, line.type, line.step
			from unnest(stored) s (position), lateral (select processes -> s.position as process) p,
				lateral (values (1, 'STARTED', null::text, null::uuid),
					(2, 'STEP_SENT', p.process #>> '{first,step}', (p.process #>> '{first,command,message,command_id}')::uuid)) as line (rank, type, step, command_id)
			order by s.position, line.rank;
			exit;
		exception when sqlstate 'CB001' then
			all_refusals := all_refusals || refusals;
			excluded := excluded || (select array_agg((r ->> 'position')::integer) from jsonb_array_elements(refusals) r);
		end;
	end loop;
	return query
		select s.position, 'started', (processes #>> array[s.position::text, 'processId'])::uuid from unnest(stored) s (position);
	return query
		select (r ->> 'position')::integer, r ->> 'outcome', null::uuid from jsonb_array_elements(all_refusals) r;
	return query
		select (i.ordinality - 1)::integer, 'existing', p.process_id
		from jsonb_array_elements(processes) with ordinality i (process, ordinality)
		join cb.process p
			on (p.process_type = i.process ->> 'processType' and p.business_key = i.process ->> 'businessKey')
			or p.process_id = (i.process ->> 'processId')::uuid
		where (i.ordinality - 1)::integer <> all (excluded) and (i.ordinality - 1)::integer <> all (stored);
end
$body$;

-- Input: an array of advances as the port ProcessStore describes them, commands as cb.accept_commands takes them.
-- Returns per position (from 0): advanced | stale | lease-lost | not-found | the refusal of a command; and the new version.
create function cb.advance_processes(advances jsonb)
returns table (advance_position integer, outcome text, version integer)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
#variable_conflict use_column
declare
	verdicts jsonb;
	ended integer[];
	applied integer[];
	command_owner integer[];
	commands jsonb;
	refused integer[];
	refusals jsonb := '{}';
begin
	-- Locks in order of id; only the first advance of each process in this call can be at the right version.
	select coalesce(jsonb_object_agg(v.position, v.verdict), '{}'), array_agg(v.position) filter (where v.is_ended) into verdicts, ended
	from (
		select i.position, p.completed_at is not null as is_ended,
			case
				when p.process_id is null then 'not-found'
				when p.version <> i.expected_version or i.nth > 1 then 'stale'
				else 'ok'
			end as verdict
		from (
			select (a.ordinality - 1)::integer as position, (a.advance ->> 'processId')::uuid as process_id,
				(a.advance ->> 'expectedVersion')::integer as expected_version,
				row_number() over (partition by a.advance ->> 'processId' order by a.ordinality) as nth
			from jsonb_array_elements(advances) with ordinality a (advance, ordinality)
		) i
		left join (
			select p.process_id, p.version, p.completed_at
			from cb.process p
			where p.process_id in (select (a ->> 'processId')::uuid from jsonb_array_elements(advances) a)
			order by p.process_id
			for update
		) p on p.process_id = i.process_id
	) v;

	verdicts := verdicts || cb.lost_reply_leases(advances, verdicts);

	-- A terminal process sends nothing any more. Most have not ended, and to put all advances together again costs a seventh of the whole.
	if ended is not null then
		select jsonb_agg(case when (a.ordinality - 1)::integer = any (ended) then a.advance || '{"send": []}' else a.advance end order by a.ordinality)
		into advances
		from jsonb_array_elements(advances) with ordinality a (advance, ordinality);
	end if;

	loop
		select coalesce(array_agg(v.key::integer order by v.key::integer), '{}') into applied
		from jsonb_each_text(verdicts) v
		where v.value = 'ok';
		begin
			select coalesce(jsonb_agg(s.send -> 'command' order by a.position, s.ordinality), '[]'), array_agg(a.position order by a.position, s.ordinality)
			into commands, command_owner
			from unnest(applied) a (position),
				lateral jsonb_array_elements(advances #> array[a.position::text, 'send']) with ordinality s (send, ordinality);
			select array_agg(command_owner[r.refused_position + 1]), jsonb_object_agg(command_owner[r.refused_position + 1], r.outcome)
			into refused, refusals
			from unnest(cb.accept_commands(commands)) r;
			if refused is not null then
				raise exception using errcode = 'CB001', message = 'a command of an advance was refused';
			end if;
			perform cb.store_advances(advances, applied);
			exit;
		exception when sqlstate 'CB001' then
			verdicts := verdicts || refusals;
		end;
	end loop;

	return query
		select v.key::integer, case v.value when 'ok' then 'advanced' else v.value end,
			case v.value when 'ok' then (advances #>> array[v.key, 'expectedVersion'])::integer + 1 end
		from jsonb_each_text(verdicts) v;
end
$body$;

-- Locks the messages that the advances acknowledge; returns the positions whose lease ran out, as { position: 'lease-lost' }.
create function cb.lost_reply_leases(advances jsonb, verdicts jsonb) returns jsonb
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	target record;
	held bigint[];
	lost jsonb := '{}';
begin
	for target in
		select i.acknowledge ->> 'queue' as queue, array_agg((i.acknowledge ->> 'messageId')::bigint order by i.ordinality) as msg_ids,
			array_agg((i.acknowledge ->> 'attempt')::integer order by i.ordinality) as attempts,
			array_agg((i.ordinality - 1)::integer order by i.ordinality) as positions
		from (
			select a.ordinality, a.advance -> 'acknowledge' as acknowledge
			from jsonb_array_elements(advances) with ordinality a (advance, ordinality)
			where a.advance #>> '{acknowledge,queue}' is not null
		) i
		where verdicts ->> (i.ordinality - 1)::text = 'ok'
		group by 1
		order by 1
	loop
		execute format($sql$
			select coalesce(array_agg(h.msg_id), '{}') from (
				select q.msg_id from pgmq.%I q
				join unnest($1, $2) as i (msg_id, attempt) on q.msg_id = i.msg_id
				where q.read_ct = i.attempt and q.vt > clock_timestamp()
				order by q.msg_id
				for update of q
			) h
			$sql$, 'q_' || target.queue)
		using target.msg_ids, target.attempts
		into held;
		lost := lost || coalesce((
			select jsonb_object_agg(l.position, 'lease-lost')
			from unnest(target.msg_ids, target.positions) as l (msg_id, position)
			where l.msg_id <> all (held)
		), '{}');
	end loop;
	return lost;
end
$body$;

-- The writes of the advances at the given positions; their processes and messages are locked by the caller.
create function cb.store_advances(advances jsonb, applied integer[]) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
as $body$
declare
	target record;
begin
	-- A terminal process keeps its status and state; it only gets its new version.
	update cb.process p
	set version = p.version + 1,
		status = case when p.completed_at is null then a.advance ->> 'status' else p.status end,
		state = case when p.completed_at is null then coalesce(a.advance -> 'state', 'null') else p.state end,
		current_step = case when p.completed_at is null then a.advance ->> 'currentStep' else p.current_step end,
		compensation_plan = case when p.completed_at is null then nullif(a.advance -> 'compensationPlan', 'null') else p.compensation_plan end,
		-- Corrected also after the end: a parked undo may be resolved later (S062 AC7).
		compensation_errors = (a.advance ->> 'compensationErrors')::integer,
		error = case when p.completed_at is null then nullif(a.advance -> 'error', 'null') else p.error end,
		updated_at = clock_timestamp(),
		completed_at = coalesce(p.completed_at,
			case when a.advance ->> 'status' in ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED') then clock_timestamp() end)
	from (
		select i.position, advances -> i.position as advance from unnest(applied) i (position)
	) a
	where p.process_id = (a.advance ->> 'processId')::uuid;

	update cb.process_step s
	set status = u.change ->> 'status',
		generation = (u.change ->> 'generation')::integer,
		reply = nullif(u.change -> 'reply', 'null'),
		error = nullif(u.change -> 'error', 'null'),
		answered_at = case when u.change ->> 'status' in ('SUCCEEDED', 'FAILED', 'CANCELED') then clock_timestamp() end
	from (
		select (advances #>> array[i.position::text, 'processId'])::uuid as process_id, c.change
		from unnest(applied) i (position),
			lateral jsonb_array_elements(advances #> array[i.position::text, 'stepUpdates']) c (change)
	) u
	where s.process_id = u.process_id and s.position = (u.change ->> 'position')::integer;

	insert into cb.process_step (process_id, command_id, position, step, kind, undoes, domain, command_type)
	select n.process_id, (n.send #>> '{command,message,command_id}')::uuid,
		(select coalesce(max(s.position), 0) from cb.process_step s where s.process_id = n.process_id) + n.ordinality,
		n.send ->> 'step', n.send ->> 'kind', n.send ->> 'undoes', n.send #>> '{command,message,domain}', n.send #>> '{command,message,command_type}'
	from (
		select (advances #>> array[i.position::text, 'processId'])::uuid as process_id, c.send, c.ordinality
		from unnest(applied) i (position),
			lateral jsonb_array_elements(advances #> array[i.position::text, 'send']) with ordinality c (send, ordinality)
	) n;

	insert into cb.process_event (process_id, command_id, type, step, details)
	select (advances #>> array[i.position::text, 'processId'])::uuid, (e.event ->> 'commandId')::uuid, e.event ->> 'type', e.event ->> 'step',
		coalesce(e.event -> 'details', '{}')
	from unnest(applied) i (position),
		lateral jsonb_array_elements(advances #> array[i.position::text, 'events']) with ordinality e (event, ordinality)
	order by i.position, e.ordinality;

	for target in
		select advances #>> array[i.position::text, 'acknowledge', 'queue'] as queue,
			array_agg((advances #>> array[i.position::text, 'acknowledge', 'messageId'])::bigint) as msg_ids
		from unnest(applied) i (position)
		where advances #>> array[i.position::text, 'acknowledge', 'queue'] is not null
		group by 1
		order by 1
	loop
		execute format('delete from pgmq.%I q where q.msg_id = any ($1)', 'q_' || target.queue) using target.msg_ids;
	end loop;
end
$body$;

-- Counts of a process batch, read from its processes: nobody locks a counter.
create view cb.process_batch_state as
select b.batch_id, b.name, b.total_count, b.created_at,
	count(*) filter (where p.status = 'COMPLETED') as completed_count,
	count(*) filter (where p.status = 'FAILED') as failed_count,
	count(*) filter (where p.status = 'COMPENSATED') as compensated_count,
	count(*) filter (where p.status = 'CANCELED') as canceled_count,
	count(*) filter (where p.status = 'WAITING_FOR_TSQ') as blocked_count,
	case when count(*) filter (where p.completed_at is not null) = b.total_count then max(p.completed_at) end as completed_at
from cb.process_batch b
left join cb.process p on p.batch_id = b.batch_id
group by b.batch_id;
