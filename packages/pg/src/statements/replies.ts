/** Statements on reply queues. */
import type { ReceivedReply, ReplyLease, UnhandledReply } from '@cb/core';
import { carriedHeaders } from '../rows/command-row.ts';
import { asRows, date, json, jsonObject, number, text } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const receiveText = kept(`
	select msg_id::text as msg_id, attempt, message, headers, enqueued_at
	from cb.receive_replies(
		queue => $1::text,
		max_count => $2::integer,
		lease_seconds => $3::double precision)`);

const acknowledgeText = kept(`
	select cb.acknowledge_replies(
		queue => $1::text,
		msg_ids => $2::bigint[],
		attempts => $3::integer[])`);

const delayText = `
	select cb.delay_replies(
		queue => $1::text,
		msg_ids => $2::bigint[],
		attempts => $3::integer[],
		delay_seconds => $4::double precision)`;

const setAsideText = `
	select cb.set_replies_aside(
		queue => $1::text,
		msg_ids => $2::bigint[],
		attempts => $3::integer[],
		reasons => $4::text[])`;

const unhandledText = `
	select queue, msg_id::text as msg_id, reason, body, at
	from cb.unhandled_reply
	where $1::text is null or queue = $1::text
	order by at desc, unhandled_reply.msg_id desc
	limit $2::integer`;

export async function receiveReplies(
	db: Queryable,
	queue: string,
	{ limit, leaseSeconds }: { readonly limit: number; readonly leaseSeconds: number },
): Promise<readonly ReceivedReply[]> {
	const { rows } = await db.query(receiveText, [queue, limit, leaseSeconds]);
	return asRows(rows).map((row) => ({
		lease: { queue, messageId: text(row, 'msg_id'), attempt: number(row, 'attempt') },
		body: json(row, 'message'),
		headers: carriedHeaders(jsonObject(row, 'headers')),
		enqueuedAt: date(row, 'enqueued_at'),
	}));
}

export async function acknowledgeReplies(db: Queryable, queue: string, leases: readonly ReplyLease[]): Promise<void> {
	await db.query(acknowledgeText, [queue, ...arrays(leases)]);
}

export async function delayReplies(
	db: Queryable,
	queue: string,
	{ leases, delaySeconds }: { readonly leases: readonly ReplyLease[]; readonly delaySeconds: number },
): Promise<void> {
	await db.query(delayText, [queue, ...arrays(leases), delaySeconds]);
}

export async function setRepliesAside(
	db: Queryable,
	queue: string,
	replies: readonly { readonly lease: ReplyLease; readonly reason: string }[],
): Promise<void> {
	await db.query(setAsideText, [
		queue,
		...arrays(replies.map(({ lease }) => lease)),
		replies.map(({ reason }) => reason),
	]);
}

/** Newest first. */
export async function listUnhandledReplies(
	db: Queryable,
	queue: string | undefined,
	limit: number,
): Promise<readonly UnhandledReply[]> {
	const { rows } = await db.query(unhandledText, [queue ?? null, limit]);
	return asRows(rows).map((row) => ({
		queue: text(row, 'queue'),
		messageId: text(row, 'msg_id'),
		reason: text(row, 'reason'),
		body: json(row, 'body'),
		at: date(row, 'at'),
	}));
}

function arrays(leases: readonly ReplyLease[]): [string[], number[]] {
	return [leases.map(({ messageId }) => messageId), leases.map(({ attempt }) => attempt)];
}
