import type { Settlement } from '@cb/core';
import { settledOf } from '../rows/settled-row.ts';
import type { Settled } from '../rows/settled-row.ts';
import { asRows } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const text = kept(`
	select settled, undeliverable, answered_queues
	from cb.settle_commands(
		domain => $1::text,
		settlements => $2::jsonb,
		check_reply_queues => $3::boolean)`);

/** Settles what can be settled, each command on its own. */
export async function settleCommands(
	db: Queryable,
	domain: string,
	settlements: readonly Settlement[],
): Promise<Settled> {
	return settle(db, { domain, settlements, checkReplyQueues: true });
}

/** As `settleCommands`, but settles nothing, and rejects with the error of a missing queue, when the reply queue of one is gone. */
export async function settleUncheckedCommands(
	db: Queryable,
	domain: string,
	settlements: readonly Settlement[],
): Promise<Settled> {
	return settle(db, { domain, settlements, checkReplyQueues: false });
}

interface Settling {
	readonly domain: string;
	readonly settlements: readonly Settlement[];
	readonly checkReplyQueues: boolean;
}

async function settle(db: Queryable, { domain, settlements, checkReplyQueues }: Settling): Promise<Settled> {
	const { rows } = await db.query(text, [domain, JSON.stringify(settlements.map(settlementJson)), checkReplyQueues]);
	return settledOf(asRows(rows));
}

function settlementJson(settlement: Settlement): object {
	const { lease, kind } = settlement;
	const base = { kind, command_id: lease.commandId, msg_id: lease.messageId, attempt: lease.attempt };
	switch (kind) {
		case 'complete':
			return { ...base, result: settlement.result };
		case 'retry-later':
			return { ...base, error: settlement.error, delay_seconds: settlement.delaySeconds };
		case 'fail':
			return { ...base, error: settlement.error };
		case 'park':
			return {
				...base,
				error: settlement.error,
				fingerprint: settlement.fingerprint,
				reason: settlement.reason,
				max_attempts: settlement.maxAttempts,
			};
	}
}
