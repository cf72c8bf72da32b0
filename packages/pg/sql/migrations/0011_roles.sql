-- Why: least privilege. Senders, workers, operators and readers get database roles that can do their work and nothing else. Every move is a
-- function that runs with the rights of the schema's owner and a fixed search path, so no role needs a right on a queue table, and nobody but
-- retention can remove audit: no kind of role has update, delete or truncate on anything.

create function cb.open_batch(domain text, batch_id uuid, total_count integer, name text, custom_data jsonb, completion_queue text)
returns table (is_opened boolean, has_queue boolean)
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
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
$body$;

-- Sets the total of an open batch to what it has, for a batch that was opened with duplicates. Whoever calls it cannot say another number.
create function cb.count_batch(domain text, batch_id uuid) returns void
	language sql
	set search_path = pg_catalog, pg_temp
as $body$
	update cb.batch b
	set total_count = (select count(*) from cb.command c where c.domain = b.domain and c.batch_id = b.batch_id)
	where b.domain = count_batch.domain and b.batch_id = count_batch.batch_id and b.completed_at is null;
$body$;

create function cb.start_bulk(bulk_id uuid, digest text) returns boolean
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
begin
	update cb.bulk b
	set status = 'RUNNING', started_at = clock_timestamp()
	where b.bulk_id = start_bulk.bulk_id and b.digest = start_bulk.digest and b.status = 'PREVIEWED';
	return found;
end
$body$;

create function cb.open_process_batch(batch_id uuid, name text, total_count integer) returns void
	language sql
	set search_path = pg_catalog, pg_temp
as $body$
	insert into cb.process_batch (batch_id, name, total_count)
	values (open_process_batch.batch_id, open_process_batch.name, open_process_batch.total_count);
$body$;

-- What each kind of role needs, in one place: what is granted, what is checked and what is documented. An object of kind `select` is a table or view,
-- with columns where it is not all of them; an object of kind `execute` is every function of that name.
create function cb.role_privileges(kind text)
returns table (privilege text, object text, columns text[])
	language sql stable
	set search_path = pg_catalog, pg_temp
as $body$
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
$body$;

-- Gives a database role what its kind needs; a role may be of several kinds. For whoever owns the schema.
create function cb.grant_role(role name, kind text) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
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
$body$;

-- Takes everything back, of whatever kind.
create function cb.revoke_role(role name) returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
begin
	execute format('revoke all on all tables in schema cb from %I', role);
	execute format('revoke select (domain, msg_id, read_ct, vt, enqueued_at, headers) on cb.live_message from %I', role);
	execute format('revoke all on all functions in schema cb from %I', role);
	execute format('revoke all on schema cb, pgmq from %I', role);
end
$body$;

-- What a role lacks to be of a kind, as 'select on cb.command' and 'execute on cb.send'; none when it has all.
create function cb.missing_privileges(role name, kind text) returns setof text
	language sql stable
	set search_path = pg_catalog, pg_temp
as $body$
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
$body$;

-- Functions are for everybody unless that is taken back. A later migration that adds one calls this again.
create function cb.secure_functions() returns void
	language plpgsql
	set search_path = pg_catalog, pg_temp
as $body$
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
$body$;

select cb.secure_functions();
