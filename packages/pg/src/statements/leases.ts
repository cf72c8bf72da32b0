/** Statements on leases that are held: renew, give back, reject. */
import type { Lease } from '@cb/core';
import { asRows, flag, text } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const extendText = kept(`
	select msg_id::text as msg_id
	from cb.extend_leases(
		domain => $1::text,
		msg_ids => $2::bigint[],
		attempts => $3::integer[],
		lease_seconds => $4::double precision) as msg_id`);

const releaseText = kept(`
	select cb.release_leases(
		domain => $1::text,
		msg_ids => $2::bigint[],
		attempts => $3::integer[],
		delay_seconds => $4::double precision)`);

const rejectText = `
	select cb.reject_messages(
		domain => $1::text,
		msg_ids => $2::bigint[],
		attempts => $3::integer[])`;

const heldText = kept(`
	select cb.is_lease_held(
		domain => $1::text,
		msg_id => $2::bigint,
		attempt => $3::integer) as is_held`);

interface HeldMessage {
	readonly messageId: string;
	readonly attempt: number;
}

/** Returns the ids of the messages whose lease was renewed. */
export async function extendLeases(
	db: Queryable,
	domain: string,
	{ leases, leaseSeconds }: { readonly leases: readonly Lease[]; readonly leaseSeconds: number },
): Promise<ReadonlySet<string>> {
	const { rows } = await db.query(extendText, [domain, ...arrays(leases), leaseSeconds]);
	return new Set(asRows(rows).map((row) => text(row, 'msg_id')));
}

/** Whether the lease still runs. A look, not a promise: what changes something is fenced by itself. */
export async function isLeaseHeld(db: Queryable, domain: string, lease: Lease): Promise<boolean> {
	const { rows } = await db.query(heldText, [domain, lease.messageId, lease.attempt]);
	return asRows(rows).some((row) => flag(row, 'is_held'));
}

export async function releaseLeases(
	db: Queryable,
	domain: string,
	{ leases, delaySeconds }: { readonly leases: readonly Lease[]; readonly delaySeconds: number | undefined },
): Promise<void> {
	await db.query(releaseText, [domain, ...arrays(leases), delaySeconds ?? null]);
}

export async function rejectMessages(db: Queryable, domain: string, messages: readonly HeldMessage[]): Promise<void> {
	await db.query(rejectText, [domain, ...arrays(messages)]);
}

function arrays(messages: readonly HeldMessage[]): [string[], number[]] {
	return [messages.map(({ messageId }) => messageId), messages.map(({ attempt }) => attempt)];
}
