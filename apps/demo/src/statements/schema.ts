/**
 * The demo's own tables. Deliberately without unique constraints on what the command bus promises to do once: a booking that were made
 * twice would be stored twice, and the invariant checks would find it.
 */
import type { Queryable } from '@cb/pg';

const text = `
select pg_advisory_xact_lock(hashtext('demo schema'));

create schema if not exists demo;

create table if not exists demo.account (
	account_id text primary key,
	kind text not null check (kind in ('customer', 'internal')),
	owner text not null,
	-- Of customers only; the balance of an internal account is the sum of its lines.
	balance_cents bigint not null default 0,
	is_frozen boolean not null default false,
	created_at timestamptz not null default clock_timestamp(),
	constraint account_balance_check check (kind = 'internal' or balance_cents >= 0)
) with (fillfactor = 50);

create table if not exists demo.transfer (
	transfer_id uuid primary key,
	from_account text not null references demo.account (account_id),
	-- No reference: the payee's account is looked up when it is credited, as if it were with another bank.
	to_account text not null,
	amount_cents bigint not null check (amount_cents > 0),
	reference text not null,
	status text not null default 'REQUESTED' check (status in ('REQUESTED', 'DEBITED', 'BOOKED', 'REJECTED', 'RETURNING',
		'RETURNED', 'SETTLED_MANUALLY')),
	reason text,
	debit_command_id uuid not null,
	credit_command_id uuid,
	refund_command_id uuid,
	created_at timestamptz not null default clock_timestamp(),
	updated_at timestamptz not null default clock_timestamp()
) with (fillfactor = 60);

create index if not exists transfer_created_at_idx on demo.transfer (created_at, transfer_id);

create table if not exists demo.booking (
	booking_id bigint generated always as identity primary key,
	command_id uuid not null,
	subject_id uuid not null,
	kind text not null,
	created_at timestamptz not null default clock_timestamp()
);

create index if not exists booking_subject_idx on demo.booking (subject_id, kind);

create table if not exists demo.ledger_entry (
	booking_id bigint not null references demo.booking (booking_id),
	account_id text not null references demo.account (account_id),
	amount_cents bigint not null check (amount_cents <> 0)
);

create index if not exists ledger_entry_account_idx on demo.ledger_entry (account_id) include (amount_cents);
create index if not exists ledger_entry_booking_idx on demo.ledger_entry (booking_id);

-- Replies are delivered at least once; what has been seen is remembered by its reply id, in the transaction of its effect.
create table if not exists demo.reply_inbox (
	reply_id uuid primary key,
	command_id uuid not null,
	command_type text not null,
	generation integer not null,
	outcome text not null,
	received_at timestamptz not null default clock_timestamp()
);

create index if not exists reply_inbox_command_idx on demo.reply_inbox (command_id);

-- What an order tells its parties.
create table if not exists demo.notification (
	command_id uuid not null,
	order_id uuid not null,
	account_id text not null,
	text text not null,
	created_at timestamptz not null default clock_timestamp()
);

insert into demo.account (account_id, kind, owner)
values ('internal:opening', 'internal', 'Opening balances'), ('internal:clearing', 'internal', 'On its way'), ('internal:reserve', 'internal', 'Set aside')
on conflict (account_id) do nothing;
`;

/** Creates what is missing, in the caller's transaction. Harmless when repeated, also by two processes at once. */
export async function createDemoSchema(db: Queryable): Promise<void> {
	await db.query(text);
}
