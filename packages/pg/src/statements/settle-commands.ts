import type { Settlement } from '@cb/core';
import type { Queryable } from '../queryable.ts';

/** What became of a position; one that is missing had lost its lease. */
export interface SettledRow {
	readonly settled_position: number;
	readonly outcome: 'settled' | 'reply-queue-not-found';
	readonly answer_queue: string | null;
}

const text = `
	select settled_position, outcome, answer_queue
	from cb.settle_commands(
		domain => $1::text,
		settlements => $2::jsonb)`;

export async function settleCommands(
	db: Queryable,
	domain: string,
	settlements: readonly Settlement[],
): Promise<readonly SettledRow[]> {
	const { rows } = await db.query(text, [domain, JSON.stringify(settlements.map(settlementJson))]);
	return rows as readonly SettledRow[];
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
