import type { CommandFilter, CommandRecord, Page, ParsedPageRequest } from '@cb/core';
import { pageOfRows, pageParameters } from '../page-rows.ts';
import { commandColumns, commandRecordOf } from '../rows/command-row.ts';
import { asRows } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

// Times are shown in milliseconds, so an upper bound includes the whole of its last one.
const text = `
	select
		array[c.created_at::text, c.domain, c.command_id::text] as cursor_key,${commandColumns}
	from cb.command c
	left join cb.live_message m on m.domain = c.domain and m.msg_id = c.msg_id
	where ($1::text is null
			or ($1::text = 'IN_PROGRESS' and c.status = 'PENDING' and m.headers ? 'cb_lease')
			or ($1::text = 'PENDING' and c.status = 'PENDING' and not coalesce(m.headers ? 'cb_lease', false))
			or ($1::text not in ('PENDING', 'IN_PROGRESS') and c.status = $1::text))
		and ($2::text is null or c.domain = $2::text)
		and ($3::text is null or c.command_type = $3::text)
		and ($4::uuid is null or c.batch_id = $4::uuid)
		and ($5::uuid is null or c.correlation_id = $5::uuid)
		and ($6::timestamptz is null or c.created_at >= $6::timestamptz)
		and ($7::timestamptz is null or c.created_at < $7::timestamptz + interval '1 millisecond')
		and ($10::timestamptz is null or (c.created_at, c.domain, c.command_id) < ($10::timestamptz, $11::text, $12::uuid))
	order by c.created_at desc, c.domain desc, c.command_id desc
	limit $8::bigint
	offset $9::bigint`;

/** Newest first, ties by address. */
export async function listCommands(
	db: Queryable,
	filter: CommandFilter,
	page: ParsedPageRequest,
): Promise<Page<CommandRecord>> {
	const { rows } = await db.query(text, [
		filter.status,
		filter.domain,
		filter.commandType,
		filter.batchId,
		filter.correlationId,
		filter.createdFrom,
		filter.createdTo,
		...pageParameters(page, 3),
	]);
	return pageOfRows(asRows(rows), page, commandRecordOf);
}
