import type { CommandAddress, CommandRecord } from '@cb/core';
import { asRows, number } from '../rows/columns.ts';
import { commandColumns, commandRecordOf } from '../rows/command-row.ts';
import type { Queryable } from '../queryable.ts';

const text = `
	select
		(wanted.ordinality - 1)::integer as position,${commandColumns}
	from unnest($1::text[], $2::uuid[]) with ordinality as wanted (domain, command_id, ordinality)
	join cb.command c on c.domain = wanted.domain and c.command_id = wanted.command_id
	left join cb.live_message m on m.domain = c.domain and m.msg_id = c.msg_id`;

/** In the order asked for; `undefined` where there is no such command. */
export async function readCommands(
	db: Queryable,
	addresses: readonly CommandAddress[],
): Promise<readonly (CommandRecord | undefined)[]> {
	const { rows } = await db.query(text, [
		addresses.map(({ domain }) => domain),
		addresses.map(({ commandId }) => commandId),
	]);
	const found = new Map(asRows(rows).map((row) => [number(row, 'position'), commandRecordOf(row)]));
	return addresses.map((_, position) => found.get(position));
}
