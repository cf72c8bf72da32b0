import type { ReceiveRequest } from '@cb/core';
import type { ReadPosition } from '../read-position.ts';
import { receivedRowsOf } from '../rows/command-row.ts';
import type { ReceivedRow } from '../rows/command-row.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const text = kept(`
	select
		disposition,
		reason,
		msg_id::text as msg_id,
		attempt,
		round(date_part('epoch', received_at) * 1e6) as received_at_microseconds,
		message -> 'data' as data,
		nullif(headers - '{cb_lease,cb_deferrals,cb_unanswered}'::text[], '{}') as headers,
		is_redelivered,
		deferrals,
		command_id,
		command_type,
		correlation_id,
		causation_id,
		reply_to,
		batch_id,
		generation,
		max_attempts,
		backoff,
		round(date_part('epoch', created_at) * 1e6) as created_at_microseconds,
		case when ordinality = 1 then read_on_from::text end as read_on_from
	from cb.receive_commands(
		domain => $1::text,
		worker_id => $2::text,
		max_count => $3::integer,
		lease_seconds => $4::double precision,
		max_attempts_by_type => $5::jsonb,
		default_max_attempts => $6::integer,
		due_from => coalesce($7::timestamptz, '-infinity'))
		with ordinality`);

/**
 * Leases the messages that have been due longest, as far as the position lets the read see them, and says what to do with each. A read that finds
 * nothing is followed by one that begins further back, if that is due: whoever was woken for what is late is not to sleep on it.
 */
export async function receiveCommands(
	db: Queryable,
	request: ReceiveRequest,
	position: ReadPosition,
): Promise<readonly ReceivedRow[]> {
	let start = position.next(performance.now());
	for (;;) {
		const received = await readFrom(db, request, start.dueFrom);
		const endedAt = performance.now();
		const readOnFrom = received[0]?.read_on_from ?? undefined;
		position.ended(start, { count: received.length, limit: request.limit, readOnFrom, endedAt });
		const further = received.length === 0 ? position.furtherThan(start, endedAt) : undefined;
		if (further === undefined) return received;
		start = further;
	}
}

async function readFrom(
	db: Queryable,
	request: ReceiveRequest,
	dueFrom: string | undefined,
): Promise<readonly ReceivedRow[]> {
	const { rows } = await db.query(text, [
		request.domain,
		request.workerId,
		request.limit,
		request.leaseSeconds,
		JSON.stringify(request.maxAttemptsByType),
		request.defaultMaxAttempts,
		dueFrom,
	]);
	return receivedRowsOf(rows);
}
