-- Why: processes. An advance is state, step records, the next commands, events and the acknowledgement of the answer in one transaction.
-- Lock order: process rows by id, then reply messages, then what sending commands takes.

-- Sets travel flat, one array for each table: each is taken apart once, by the statement that stores it. Plans are generic, because the alternative
-- plans each statement anew with copies of the whole input in it, which costs more than the writes.

-- Input: processes as { processId, processType, domain, businessKey?, batchId?, state, step }, and at the same position of the other array the first
-- command of each, as cb.accept_commands takes it, with kind and undoes? beside it.
-- Returns per position (from 0): started | existing | the refusal of its first command; and the id of the process.
create function cb.start_processes(processes jsonb, commands jsonb)
returns table (start_position integer, outcome text, process_id uuid)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
	set plan_cache_mode = force_generic_plan
as $body$
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
$body$;

-- Input: advances as the port ProcessStore describes them, but for what they send, the steps they update and their events. Those are arrays of
-- their own; each element names its advance by position (from 0), and all are in order of it. Commands are as cb.accept_commands takes them, with
-- step, kind and undoes? beside them.
-- Returns per position (from 0): advanced | stale | lease-lost | not-found | the refusal of a command; and the new version.
create function cb.advance_processes(advances jsonb, commands jsonb, step_updates jsonb, events jsonb)
returns table (advance_position integer, outcome text, version integer)
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
	set plan_cache_mode = force_generic_plan
as $body$
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
$body$;

-- Removes the messages that the advances acknowledge, while their leases run. Input and result: at each position the id of the process, or null
-- where nothing is to be done; in the result also where the lease ran out.
create function cb.take_replies(advances jsonb, applied uuid[]) returns uuid[]
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
	set plan_cache_mode = force_generic_plan
as $body$
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
$body$;

-- The writes of the advances whose process is named at their position; the caller has locked the processes. Nothing but lookups is left to plan.
create function cb.store_advances(advances jsonb, commands jsonb, step_updates jsonb, events jsonb, applied uuid[]) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off
	set enable_hashjoin = off
	set enable_mergejoin = off
	set plan_cache_mode = force_generic_plan
as $body$
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
