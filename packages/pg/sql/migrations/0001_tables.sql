-- Why: everything this project stores outside PGMQ's own tables. Rows that many moves touch stay small and are updated HOT: no index
-- names a column that changes, and the fillfactor leaves room for the one update a command gets when it is settled.
--
-- Where the state of a command lives: while a command is live (PENDING or IN_PROGRESS), its row says PENDING and its message carries
-- the rest: read_ct is the number of attempts, headers->'cb_lease' is the lease of the worker that has it. A receive therefore
-- writes one row version and no more (ADR 0003). cb.command_state puts both together.

create schema if not exists cb;

create table cb.domain (
	domain text primary key,
	created_at timestamptz not null default clock_timestamp(),
	constraint domain_name_check check (domain ~ '^[a-z][a-z0-9_]{0,30}$')
);

-- IN_PROGRESS is a fact about the lease, and the lease is on the message. A domain, not a constraint of the table, whose text PostgreSQL parses again
-- in every statement that writes a row: that was 2 to 9 % of a single send.
create domain cb.stored_status as text
	constraint stored_status_check check (value in ('PENDING', 'COMPLETED', 'FAILED', 'CANCELED', 'IN_TROUBLESHOOTING_QUEUE'));

create table cb.command (
	command_id uuid not null,
	correlation_id uuid not null,
	causation_id uuid,
	batch_id uuid,
	msg_id bigint not null,
	created_at timestamptz not null default clock_timestamp(),
	updated_at timestamptz not null default clock_timestamp(),
	completed_at timestamptz,
	generation integer not null default 1,
	version integer not null default 1,
	attempts integer not null default 0,
	max_attempts integer,
	-- The maximum of the worker that parked it; the sender's own, if any, stays above.
	parked_max_attempts integer,
	wants_notices boolean not null default false,
	domain text not null,
	command_type text not null,
	status cb.stored_status not null default 'PENDING',
	reply_to text,
	backoff jsonb,
	result jsonb,
	last_error_type text,
	last_error_code text,
	last_error_message text,
	last_error_details jsonb,
	-- The id comes first: it decides by itself, and comparing it costs less than asking the collation about a domain (a seventh of a settle).
	constraint command_pkey primary key (command_id, domain)
) with (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

create index command_created_at_idx on cb.command (created_at, domain, command_id);
create index command_batch_idx on cb.command (domain, batch_id, msg_id) where batch_id is not null;

-- The audit as it is written: once per move. What a worker answered stands with the receipt it answers, { workerId, at, isRedelivered }, because both
-- are written by the same settling; and SENT is not written at all, because the row of the command says it in columns that nothing changes
-- (ADR 0013). cb.command_audit shows the events.
create table cb.command_audit_entry (
	sequence bigint generated always as identity,
	command_id uuid not null,
	at timestamptz not null default clock_timestamp(),
	generation integer not null,
	attempt integer not null,
	domain text not null,
	type text not null,
	details jsonb not null default '{}',
	receipt jsonb
) with (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.1);

create index command_audit_entry_command_idx on cb.command_audit_entry (command_id);

-- What the audit says of a RECEIVED, from the lease of its attempt.
create function cb.received_details(lease jsonb) returns jsonb
	language sql immutable parallel safe
	return lease - '{at,previous}'::text[];

-- What the audit says of a SENT.
create function cb.sent_details(c cb.command) returns jsonb
	language sql stable parallel safe
	return jsonb_strip_nulls(jsonb_build_object('correlationId', c.correlation_id, 'replyTo', c.reply_to, 'batchId', c.batch_id));

-- The audit as it is read: a row per event, in order of writing by sequence.
create view cb.command_audit as
select 0::bigint as sequence, c.command_id, c.created_at as at, 1 as generation, 0 as attempt, c.domain, 'SENT'::text as type, cb.sent_details(c) as details
from cb.command c
union all
select 2 * e.sequence - 1, e.command_id, (e.receipt ->> 'at')::timestamptz, e.generation, e.attempt, e.domain, 'RECEIVED', cb.received_details(e.receipt)
from cb.command_audit_entry e
where e.receipt is not null
union all
select 2 * e.sequence, e.command_id, e.at, e.generation, e.attempt, e.domain, e.type, e.details
from cb.command_audit_entry e;

-- The Troubleshooting Queue as an index of its own: a row while a command is parked, gone when an operator has acted. Lists, counts and groups read
-- this, so they cost what is parked, not what was ever sent.
create table cb.parked_command (
	command_id uuid not null,
	correlation_id uuid not null,
	batch_id uuid,
	process_id uuid,
	parked_at timestamptz not null default clock_timestamp(),
	created_at timestamptz not null,
	domain text not null,
	command_type text not null,
	error_code text not null,
	error_message text not null,
	fingerprint text not null,
	constraint parked_command_pkey primary key (domain, command_id)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

create index parked_command_parked_at_idx on cb.parked_command (parked_at, domain, command_id);
create index parked_command_domain_idx on cb.parked_command (domain, parked_at, command_id);
create index parked_command_group_idx on cb.parked_command (domain, command_type, fingerprint, parked_at);
create index parked_command_fingerprint_idx on cb.parked_command (fingerprint, parked_at);
create index parked_command_batch_idx on cb.parked_command (batch_id) where batch_id is not null;

create table cb.batch (
	batch_id uuid not null,
	created_at timestamptz not null default clock_timestamp(),
	started_at timestamptz,
	completed_at timestamptz,
	total_count integer not null,
	completed_count integer,
	failed_count integer,
	canceled_count integer,
	domain text not null,
	status text not null default 'PENDING',
	name text,
	custom_data jsonb,
	completion_queue text,
	constraint batch_pkey primary key (domain, batch_id),
	constraint batch_status_check check (status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED_WITH_FAILURES'))
) with (fillfactor = 70);

create index batch_created_at_idx on cb.batch (created_at, domain, batch_id);
create index batch_open_idx on cb.batch (domain, batch_id) where completed_at is null;

-- Members that ended, added up per settling transaction: inserts only, so no two settlers ever wait for each other (2.6).
create table cb.batch_progress (
	batch_id uuid not null,
	completed_count integer not null,
	failed_count integer not null,
	canceled_count integer not null,
	domain text not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

create index batch_progress_batch_idx on cb.batch_progress (domain, batch_id) include (completed_count, failed_count, canceled_count);

create table cb.batch_event (
	sequence bigint generated always as identity primary key,
	batch_id uuid not null,
	at timestamptz not null default clock_timestamp(),
	domain text not null,
	type text not null
);

create index batch_event_batch_idx on cb.batch_event (domain, batch_id, sequence);

-- What an operator asked for under a request id, with the first result: a repeated click gets that result again.
create table cb.operator_request (
	command_id uuid not null,
	at timestamptz not null default clock_timestamp(),
	domain text not null,
	request_id text not null,
	outcome jsonb not null,
	constraint operator_request_pkey primary key (domain, command_id, request_id)
);

create table cb.bulk (
	bulk_id uuid primary key,
	created_at timestamptz not null default clock_timestamp(),
	started_at timestamptz,
	completed_at timestamptz,
	total_count integer not null default 0,
	done_count integer not null default 0,
	skipped_count integer not null default 0,
	failed_count integer not null default 0,
	canceled_count integer not null default 0,
	status text not null default 'PREVIEWED',
	digest text not null default '',
	operator_id text not null,
	operator_kind text not null,
	action jsonb not null,
	filter jsonb not null,
	breakdown jsonb not null default '[]',
	constraint bulk_status_check check (status in ('PREVIEWED', 'RUNNING', 'PAUSED', 'CANCELED', 'COMPLETED'))
);

create index bulk_created_at_idx on cb.bulk (created_at, bulk_id);
create index bulk_running_idx on cb.bulk (started_at) where status = 'RUNNING';

create table cb.bulk_item (
	bulk_id uuid not null references cb.bulk (bulk_id) on delete cascade,
	command_id uuid not null,
	settled_at timestamptz,
	position integer not null,
	expected_version integer not null,
	domain text not null,
	status text not null default 'WAITING',
	explanation text,
	constraint bulk_item_pkey primary key (bulk_id, position),
	constraint bulk_item_status_check check (status in ('WAITING', 'DONE', 'SKIPPED', 'FAILED', 'CANCELED'))
) with (fillfactor = 70);

create index bulk_item_waiting_idx on cb.bulk_item (bulk_id, position) where status = 'WAITING';

create table cb.process_batch (
	batch_id uuid primary key,
	created_at timestamptz not null default clock_timestamp(),
	total_count integer not null,
	name text
);

create index process_batch_created_at_idx on cb.process_batch (created_at, batch_id);

create table cb.process (
	process_id uuid primary key,
	batch_id uuid references cb.process_batch (batch_id),
	created_at timestamptz not null default clock_timestamp(),
	updated_at timestamptz not null default clock_timestamp(),
	completed_at timestamptz,
	version integer not null default 1,
	compensation_errors integer not null default 0,
	domain text not null,
	process_type text not null,
	status text not null,
	business_key text,
	current_step text,
	state jsonb not null,
	compensation_plan jsonb,
	error jsonb,
	constraint process_status_check check (status in ('PENDING', 'IN_PROGRESS', 'WAITING_FOR_REPLY', 'WAITING_FOR_TSQ',
		'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELED'))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create unique index process_business_key_idx on cb.process (process_type, business_key) where business_key is not null;
create index process_created_at_idx on cb.process (created_at, process_id);
create index process_batch_idx on cb.process (batch_id) where batch_id is not null;

create table cb.process_step (
	process_id uuid not null references cb.process (process_id) on delete cascade,
	command_id uuid not null,
	sent_at timestamptz not null default clock_timestamp(),
	answered_at timestamptz,
	position integer not null,
	generation integer not null default 1,
	step text not null,
	kind text not null,
	undoes text,
	domain text not null,
	command_type text not null,
	status text not null default 'OPEN',
	reply jsonb,
	error jsonb,
	constraint process_step_pkey primary key (process_id, position),
	constraint process_step_kind_check check (kind in ('forward', 'undo')),
	constraint process_step_status_check check (status in ('OPEN', 'PARKED', 'SUCCEEDED', 'FAILED', 'CANCELED'))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create unique index process_step_command_idx on cb.process_step (command_id, domain);

create table cb.process_event (
	sequence bigint generated always as identity,
	process_id uuid not null,
	command_id uuid,
	at timestamptz not null default clock_timestamp(),
	type text not null,
	step text,
	details jsonb not null default '{}'
) with (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.1);

create index process_event_process_idx on cb.process_event (process_id);

-- Messages of reply queues that nobody could handle; the message itself is in the queue's archive.
create table cb.unhandled_reply (
	msg_id bigint not null,
	at timestamptz not null default clock_timestamp(),
	queue text not null,
	reason text not null,
	body jsonb,
	constraint unhandled_reply_pkey primary key (queue, msg_id)
);

create index unhandled_reply_at_idx on cb.unhandled_reply (at);
