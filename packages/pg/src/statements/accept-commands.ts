import type { NewCommand } from '@cb/core';
import { asRows } from '../rows/columns.ts';
import { acceptedOf } from '../rows/refusal-row.ts';
import type { Accepted } from '../rows/refusal-row.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const text = kept(`
	select to_jsonb(cb.accept_commands(commands => $1::jsonb)) as refusals, pg_current_xact_id()::text as transaction_id`);

const allText = kept(`
	select to_jsonb(cb.accept_all_commands(commands => $1::jsonb, allowed_duplicates => $2::integer[])) as refusals,
		pg_current_xact_id()::text as transaction_id`);

/** Stores each command that can be stored, as members of the batch if there is one. */
export async function acceptCommands(
	db: Queryable,
	commands: readonly NewCommand[],
	batchId?: string,
): Promise<Accepted> {
	const { rows } = await db.query(text, [commandsJson(commands, batchId)]);
	return acceptedOf(asRows(rows));
}

/** As `acceptCommands`, but nothing is stored when one is refused that is not a duplicate at one of `allowedDuplicates`. */
export async function acceptAllCommands(
	db: Queryable,
	commands: readonly NewCommand[],
	allowedDuplicates: readonly number[],
): Promise<Accepted> {
	const { rows } = await db.query(allText, [commandsJson(commands), allowedDuplicates]);
	return acceptedOf(asRows(rows));
}

function commandsJson(commands: readonly NewCommand[], batchId?: string): string {
	return JSON.stringify(commands.map((command) => commandJson(command, batchId)));
}

/** A command as cb.accept_commands reads it. */
export function commandJson(command: NewCommand, batchId?: string): object {
	return {
		message: messageJson(command),
		headers: command.headers,
		max_attempts: command.maxAttempts,
		backoff: command.backoff,
		delay_seconds: command.delaySeconds,
		due_at: command.dueAt,
		wants_notices: command.wantsNotices,
		batch_id: batchId,
	};
}

/** What goes on the queue. When it was created is the database's to say. */
function messageJson(command: NewCommand): object {
	return {
		command_id: command.commandId,
		command_type: command.commandType,
		domain: command.domain,
		correlation_id: command.correlationId,
		causation_id: command.causationId,
		reply_to: command.replyTo,
		data: command.data,
	};
}
