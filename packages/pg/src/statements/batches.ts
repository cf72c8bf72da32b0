/** Statements on batches. */
import type {
	BatchAddress,
	BatchEvent,
	BatchFilter,
	BatchRecord,
	CommandRecord,
	NewBatch,
	Page,
	ParsedPageRequest,
} from '@cb/core';
import { pageOfRows, pageParameters } from '../page-rows.ts';
import { batchEventOf } from '../rows/audit-row.ts';
import { batchRecordOf } from '../rows/batch-row.ts';
import { asRows, flag, text, textOrNull } from '../rows/columns.ts';
import { commandColumns, commandRecordOf } from '../rows/command-row.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const insertText = `
	select is_opened, has_queue
	from cb.open_batch(
		batch_id => $1::uuid,
		domain => $2::text,
		total_count => $3::integer,
		name => $4::text,
		custom_data => $5::jsonb,
		completion_queue => $6::text)`;

const countText = `
	select cb.count_batch(batch_id => $1::uuid, domain => $2::text)`;

const finishText = kept(`
	select domain, batch_id, completion_queue
	from cb.finish_batches(domains => $1::text[], batch_ids => $2::uuid[])`);

const getText = `
	select s.*
	from unnest($1::text[], $2::uuid[]) with ordinality as wanted (domain, batch_id, ordinality)
	join cb.batch_state s on s.domain = wanted.domain and s.batch_id = wanted.batch_id
	order by wanted.ordinality`;

const listText = `
	select
		array[s.created_at::text, s.domain, s.batch_id::text] as cursor_key,
		s.*
	from cb.batch_state s
	where ($1::text is null or s.domain = $1::text)
		and ($2::text is null or s.status = $2::text)
		and ($3::timestamptz is null or s.created_at >= $3::timestamptz)
		and ($4::timestamptz is null or s.created_at < $4::timestamptz + interval '1 millisecond')
		and ($7::timestamptz is null or (s.created_at, s.domain, s.batch_id) < ($7::timestamptz, $8::text, $9::uuid))
	order by s.created_at desc, s.domain desc, s.batch_id desc
	limit $5::bigint
	offset $6::bigint`;

const membersText = `
	select
		array[c.created_at::text, c.command_id::text] as cursor_key,${commandColumns}
	from cb.command c
	left join cb.live_message m on m.domain = c.domain and m.msg_id = c.msg_id
	where c.domain = $1::text
		and c.batch_id = $2::uuid
		and ($5::timestamptz is null or (c.created_at, c.command_id) > ($5::timestamptz, $6::uuid))
	order by c.created_at, c.command_id
	limit $3::bigint
	offset $4::bigint`;

const historyText = `
	select sequence::text as sequence, type, at
	from cb.batch_event
	where domain = $1::text
		and batch_id = $2::uuid
	order by batch_event.sequence`;

/** Stores the batch's row; `duplicate` and a missing completion queue store nothing that a rollback would not take back. */
export async function insertBatch(
	db: Queryable,
	batch: NewBatch,
	totalCount: number,
): Promise<'opened' | 'duplicate-batch' | 'completion-queue-not-found'> {
	const { rows } = await db.query(insertText, [
		batch.batchId,
		batch.domain,
		totalCount,
		batch.name ?? null,
		batch.customData === undefined ? null : JSON.stringify(batch.customData),
		batch.completionQueue ?? null,
	]);
	const [row] = asRows(rows);
	if (row === undefined || !flag(row, 'is_opened')) return 'duplicate-batch';
	return flag(row, 'has_queue') ? 'opened' : 'completion-queue-not-found';
}

/** Sets the total to what the batch has: duplicates that may be are no members. */
export async function countBatch(db: Queryable, address: BatchAddress): Promise<void> {
	await db.query(countText, [address.batchId, address.domain]);
}

/** Finishes those given, or any that can be; returns what this call finished, with the queues that got a message. */
export async function finishBatches(
	db: Queryable,
	batches: readonly BatchAddress[] | undefined,
): Promise<readonly { readonly address: BatchAddress; readonly queue: string | null }[]> {
	const { rows } = await db.query(finishText, addressArrays(batches));
	return asRows(rows).map((row) => ({
		address: { domain: text(row, 'domain'), batchId: text(row, 'batch_id') },
		queue: textOrNull(row, 'completion_queue'),
	}));
}

export async function readBatches(db: Queryable, addresses: readonly BatchAddress[]): Promise<readonly BatchRecord[]> {
	const { rows } = await db.query(getText, addressArrays(addresses));
	return asRows(rows).map(batchRecordOf);
}

/** Newest first. */
export async function listBatches(
	db: Queryable,
	filter: BatchFilter,
	page: ParsedPageRequest,
): Promise<Page<BatchRecord>> {
	const { rows } = await db.query(listText, [
		filter.domain,
		filter.status,
		filter.createdFrom,
		filter.createdTo,
		...pageParameters(page, 3),
	]);
	return pageOfRows(asRows(rows), page, batchRecordOf);
}

/** In order of sending. */
export async function listMembers(
	db: Queryable,
	address: BatchAddress,
	page: ParsedPageRequest,
): Promise<Page<CommandRecord>> {
	const { rows } = await db.query(membersText, [address.domain, address.batchId, ...pageParameters(page, 2)]);
	return pageOfRows(asRows(rows), page, commandRecordOf);
}

export async function readBatchHistory(db: Queryable, address: BatchAddress): Promise<readonly BatchEvent[]> {
	const { rows } = await db.query(historyText, [address.domain, address.batchId]);
	return asRows(rows).map(batchEventOf);
}

function addressArrays(addresses: readonly BatchAddress[] | undefined): unknown[] {
	return [addresses?.map(({ domain }) => domain) ?? null, addresses?.map(({ batchId }) => batchId) ?? null];
}
