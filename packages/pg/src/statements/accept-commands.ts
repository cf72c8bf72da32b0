import type { NewCommand } from '@cb/core';
import { asRows } from '../rows/columns.ts';
import { refusalRowsOf } from '../rows/refusal-row.ts';
import type { Refusal } from '../rows/refusal-row.ts';
import type { Queryable } from '../queryable.ts';

const text = `
	select
		(select coalesce(jsonb_agg(jsonb_build_object('position', a.refused_position, 'outcome', a.outcome)), '[]')
		from cb.accept_commands(commands => $1::jsonb) a) as refusals,
		cb.wake(topics => $2::text[])::text as woken`;

const allText = `
	select
		(select coalesce(jsonb_agg(jsonb_build_object('position', a.refused_position, 'outcome', a.outcome)), '[]')
		from cb.accept_all_commands(commands => $1::jsonb, allowed_duplicates => $3::integer[]) a) as refusals,
		cb.wake(topics => $2::text[])::text as woken`;

/** Stores each command that can be stored; wakes `topics` at commit. */
export async function acceptCommands(
	db: Queryable,
	commands: readonly NewCommand[],
	topics: readonly string[],
): Promise<readonly Refusal[]> {
	const { rows } = await db.query(text, [commandsJson(commands), topics]);
	return refusalsOf(rows);
}

/** As `acceptCommands`, but nothing is stored when one is refused that is not a duplicate at one of `allowedDuplicates`. */
export async function acceptAllCommands(
	db: Queryable,
	commands: readonly NewCommand[],
	{ topics, allowedDuplicates }: { readonly topics: readonly string[]; readonly allowedDuplicates: readonly number[] },
): Promise<readonly Refusal[]> {
	const { rows } = await db.query(allText, [commandsJson(commands), topics, allowedDuplicates]);
	return refusalsOf(rows);
}

function refusalsOf(rows: readonly unknown[]): readonly Refusal[] {
	return asRows(rows).flatMap((row) => refusalRowsOf(row));
}

function commandsJson(commands: readonly NewCommand[], batchId?: string): string {
	return JSON.stringify(commands.map((command) => commandJson(command, batchId)));
}

/** A command as cb.accept_commands reads it. */
export function commandJson(command: NewCommand, batchId?: string): object {
	return {
		command_id: command.commandId,
		command_type: command.commandType,
		domain: command.domain,
		data: command.data,
		correlation_id: command.correlationId,
		causation_id: command.causationId,
		reply_to: command.replyTo,
		headers: command.headers,
		max_attempts: command.maxAttempts,
		backoff: command.backoff,
		delay_seconds: command.delaySeconds,
		due_at: command.dueAt,
		wants_notices: command.wantsNotices,
		batch_id: batchId,
	};
}

/** As `acceptCommands`, as members of a batch. */
export async function acceptBatchCommands(
	db: Queryable,
	commands: readonly NewCommand[],
	batchId: string,
): Promise<readonly Refusal[]> {
	const { rows } = await db.query(text, [commandsJson(commands, batchId), []]);
	return refusalsOf(rows);
}
