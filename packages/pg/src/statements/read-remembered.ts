import type { CommandAddress, ExistingCommand } from '@cb/core';
import { asRows, text as textOf } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

const text = `
	select r.domain, r.command_id, r.correlation_id
	from unnest($1::text[], $2::uuid[]) as wanted (domain, command_id)
	join cb.remembered_command r on r.domain = wanted.domain and r.command_id = wanted.command_id`;

/** Of those addresses, the commands that are gone and whose ids are still refused. */
export async function readRemembered(
	db: Queryable,
	addresses: readonly CommandAddress[],
): Promise<readonly ExistingCommand[]> {
	const { rows } = await db.query(text, [
		addresses.map(({ domain }) => domain),
		addresses.map(({ commandId }) => commandId),
	]);
	return asRows(rows).map((row) => ({
		domain: textOf(row, 'domain'),
		commandId: textOf(row, 'command_id'),
		correlationId: textOf(row, 'correlation_id'),
	}));
}
