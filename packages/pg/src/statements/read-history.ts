import type { AuditEvent, CommandAddress } from '@cb/core';
import { auditEventOf } from '../rows/audit-row.ts';
import { asRows } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

// The receipt of an attempt that is not settled yet still travels on its message.
const text = `
	select sequence, domain, command_id, type, generation, attempt, at, details
	from (
		select a.sequence, a.sequence::text as shown, a.domain, a.command_id, a.type, a.generation, a.attempt, a.at, a.details
		from cb.command_audit a
		where a.domain = $1::text
			and a.command_id = $2::uuid
		union all
		select null, '', c.domain, c.command_id, 'RECEIVED', c.generation, m.read_ct, (m.headers #>> '{cb_lease,at}')::timestamptz,
			cb.received_details(m.headers -> 'cb_lease')
		from cb.command c
		join cb.live_message m on m.domain = c.domain and m.msg_id = c.msg_id
		where c.domain = $1::text
			and c.command_id = $2::uuid
			and m.headers ? 'cb_lease'
	) as event (position, sequence, domain, command_id, type, generation, attempt, at, details)
	order by position nulls last`;

/** In order of writing; a receipt still held by its lease comes last. */
export async function readHistory(db: Queryable, address: CommandAddress): Promise<readonly AuditEvent[]> {
	const { rows } = await db.query(text, [address.domain, address.commandId]);
	return asRows(rows).map(auditEventOf);
}
