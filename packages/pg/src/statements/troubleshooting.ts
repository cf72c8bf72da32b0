/** Statements on parked commands. Filters travel as one JSON value; cb.parked_matching alone knows what they mean. */
import type {
	ActOutcome,
	CommandAddress,
	CommandGeneration,
	OperatorRequest,
	Page,
	ParsedPageRequest,
	TroubleshootingFilter,
	TroubleshootingGroup,
	TroubleshootingItem,
} from '@cb/core';
import { pageOfRows, pageParameters } from '../page-rows.ts';
import { asRows, number, text } from '../rows/columns.ts';
import { actOutcomeOf, generationOf, groupOf, troubleshootingItemOf } from '../rows/troubleshooting-row.ts';
import type { Queryable } from '../queryable.ts';

const itemColumns = `
	p.domain,
	p.command_id,
	p.command_type,
	c.attempts,
	coalesce(c.parked_max_attempts, c.max_attempts) as max_attempts,
	c.last_error_type,
	c.last_error_code,
	c.last_error_message,
	c.last_error_details,
	a.message -> 'data' as data,
	a.msg_id is null as is_payload_missing,
	p.correlation_id,
	c.reply_to,
	p.batch_id,
	p.process_id,
	c.generation,
	c.version,
	p.fingerprint,
	p.parked_at,
	p.created_at,
	c.updated_at`;

// The page is cut out of the index of parked commands first; only its rows meet the command and archive tables, by primary key.
const listText = `
	select
		array[p.parked_at::text, p.domain, p.command_id::text] as cursor_key,${itemColumns}
	from (
		select p.*
		from cb.parked_matching(filter => $1::jsonb) p
		where $4::timestamptz is null or (p.parked_at, p.domain, p.command_id) < ($4::timestamptz, $5::text, $6::uuid)
		order by p.parked_at desc, p.domain desc, p.command_id desc
		limit $2::bigint
		offset $3::bigint
	) p
	join cb.command c on c.domain = p.domain and c.command_id = p.command_id
	left join lateral (
		select m.msg_id, m.message from cb.archived_message m where m.domain = c.domain and m.msg_id = c.msg_id
	) a on true
	order by p.parked_at desc, p.domain desc, p.command_id desc`;

const getText = `
	select${itemColumns}
	from cb.parked_command p
	join cb.command c on c.domain = p.domain and c.command_id = p.command_id
	left join lateral (
		select m.msg_id, m.message from cb.archived_message m where m.domain = c.domain and m.msg_id = c.msg_id
	) a on true
	where p.domain = $1::text
		and p.command_id = $2::uuid`;

const countText = `
	select count(*) as count
	from cb.parked_matching(filter => $1::jsonb) p`;

// Most ask for all of it, or for a domain: the function goes from group to group along the index. Other filters are asked of every command.
const wholeGroupsText = `
	select g.domain, g.command_type, g.fingerprint, g.error_code, g.sample_message, g.count, g.first_parked_at, g.last_parked_at
	from cb.parked_groups(domain => $1::text) g
	order by g.last_parked_at desc, g.domain, g.command_type, g.fingerprint`;

const groupsText = `
	select
		g.domain,
		g.command_type,
		g.fingerprint,
		s.error_code,
		s.error_message as sample_message,
		g.count,
		g.first_parked_at,
		g.last_parked_at
	from (
		select p.domain, p.command_type, p.fingerprint, count(*) as count, min(p.parked_at) as first_parked_at, max(p.parked_at) as last_parked_at
		from cb.parked_matching(filter => $1::jsonb) p
		group by p.domain, p.command_type, p.fingerprint
	) g
	cross join lateral (
		select p.error_code, p.error_message
		from cb.parked_command p
		where p.domain = g.domain
			and p.command_type = g.command_type
			and p.fingerprint = g.fingerprint
		order by p.parked_at desc
		limit 1
	) s
	order by g.last_parked_at desc, g.domain, g.command_type, g.fingerprint`;

const domainsText = `
	select d.domain
	from cb.domain d
	where exists (select from cb.parked_command p where p.domain = d.domain)
	order by d.domain`;

const generationsText = `
	select generation, msg_id::text as msg_id, data, headers, archived_at
	from cb.command_generations(domain => $1::text, command_id => $2::uuid)`;

const actText = `
	select cb.act_on_parked_command(request => $1::jsonb) as act`;

/** Newest parked first. */
export async function listItems(
	db: Queryable,
	filter: TroubleshootingFilter,
	page: ParsedPageRequest,
): Promise<Page<TroubleshootingItem>> {
	const { rows } = await db.query(listText, [JSON.stringify(filter), ...pageParameters(page, 3)]);
	return pageOfRows(asRows(rows), page, troubleshootingItemOf);
}

export async function readItem(db: Queryable, address: CommandAddress): Promise<TroubleshootingItem | undefined> {
	const { rows } = await db.query(getText, [address.domain, address.commandId]);
	return asRows(rows).map(troubleshootingItemOf)[0];
}

export async function countItems(db: Queryable, filter: TroubleshootingFilter): Promise<number> {
	const { rows } = await db.query(countText, [JSON.stringify(filter)]);
	return asRows(rows).reduce((_, row) => number(row, 'count'), 0);
}

export async function listGroups(
	db: Queryable,
	filter: TroubleshootingFilter,
): Promise<readonly TroubleshootingGroup[]> {
	const { domain, ...others } = filter;
	const isWhole = Object.values(others).every((value) => value === undefined);
	const { rows } = await (isWhole
		? db.query(wholeGroupsText, [domain ?? null])
		: db.query(groupsText, [JSON.stringify(filter)]));
	return asRows(rows).map(groupOf);
}

export async function listParkedDomains(db: Queryable): Promise<readonly string[]> {
	const { rows } = await db.query(domainsText);
	return asRows(rows).map((row) => text(row, 'domain'));
}

export async function listGenerations(db: Queryable, address: CommandAddress): Promise<readonly CommandGeneration[]> {
	const { rows } = await db.query(generationsText, [address.domain, address.commandId]);
	return asRows(rows).map(generationOf);
}

/** One act; only the outcome `done` changed anything. */
export async function actOnParkedCommand(
	db: Queryable,
	request: OperatorRequest,
): Promise<{ readonly outcome: ActOutcome; readonly answerQueue: string | undefined }> {
	const operator = { id: request.operator.id, kind: request.operator.kind ?? 'human' };
	const { rows } = await db.query(actText, [JSON.stringify({ ...request, operator })]);
	const [row] = asRows(rows);
	return actOutcomeOf(row?.['act']);
}
