import type { ReceiveRequest } from '@cb/core';
import { receivedRowsOf } from '../rows/command-row.ts';
import type { ReceivedRow } from '../rows/command-row.ts';
import type { Queryable } from '../queryable.ts';

const text = `
	select
		disposition,
		reason,
		msg_id::text as msg_id,
		attempt,
		received_at,
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
		created_at
	from cb.receive_commands(
		domain => $1::text,
		worker_id => $2::text,
		max_count => $3::integer,
		lease_seconds => $4::double precision,
		max_attempts_by_type => $5::jsonb,
		default_max_attempts => $6::integer)`;

/** Leases the messages that have been due longest, and says what to do with each. */
export async function receiveCommands(db: Queryable, request: ReceiveRequest): Promise<readonly ReceivedRow[]> {
	const { rows } = await db.query(text, [
		request.domain,
		request.workerId,
		request.limit,
		request.leaseSeconds,
		JSON.stringify(request.maxAttemptsByType),
		request.defaultMaxAttempts,
	]);
	return receivedRowsOf(rows);
}
