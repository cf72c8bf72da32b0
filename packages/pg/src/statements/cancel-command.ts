import type { CommandAddress, CommandStatus } from '@cb/core';
import type { Queryable } from '../queryable.ts';

interface CancelRow {
	/** `canceled`, `not-found`, `reply-queue-not-found`, or the status that forbids it. */
	readonly outcome: 'canceled' | 'not-found' | 'reply-queue-not-found' | CommandStatus;
	readonly answer_queue: string | null;
}

const text = `
	select outcome, answer_queue
	from cb.cancel_command(
		domain => $1::text,
		command_id => $2::uuid,
		reason => $3::text)`;

export async function cancelCommand(
	db: Queryable,
	address: CommandAddress,
	reason: string | undefined,
): Promise<CancelRow> {
	const { rows } = await db.query(text, [address.domain, address.commandId, reason ?? null]);
	const [row] = rows as readonly CancelRow[];
	return row ?? { outcome: 'not-found', answer_queue: null };
}
