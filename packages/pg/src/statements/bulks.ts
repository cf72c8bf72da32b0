/** Statements on bulks: frozen sets of parked commands, worked off in chunks. */
import type { BulkItem, BulkItemStatus, BulkMove, BulkRecord, FrozenBulk, Page, ParsedPageRequest } from '@cb/core';
import { pageOfRows, pageParameters } from '../page-rows.ts';
import { asRows, flag, text, texts } from '../rows/columns.ts';
import { bulkItemOf, bulkRecordOf } from '../rows/troubleshooting-row.ts';
import type { Queryable } from '../queryable.ts';

const freezeText = `
	select cb.freeze_bulk(
		bulk_id => $1::uuid,
		operator => $2::jsonb,
		action => $3::jsonb,
		filter => $4::jsonb,
		source_bulk_id => $5::uuid)`;

const startText = `
	select cb.start_bulk(bulk_id => $1::uuid, digest => $2::text) as is_started`;

const moveText = `
	select cb.move_bulk(bulk_id => $1::uuid, move => $2::text) as is_moved`;

const workText = `
	select worked_bulk_id, topics
	from cb.work_bulk(max_count => $1::integer, only_bulk_id => $2::uuid)`;

const getText = `
	select b.*
	from cb.bulk b
	where b.bulk_id = $1::uuid`;

const listText = `
	select
		array[b.created_at::text, b.bulk_id::text] as cursor_key,
		b.*
	from cb.bulk b
	where $3::timestamptz is null or (b.created_at, b.bulk_id) < ($3::timestamptz, $4::uuid)
	order by b.created_at desc, b.bulk_id desc
	limit $1::bigint
	offset $2::bigint`;

const itemsText = `
	select
		array[i.position::text] as cursor_key,
		i.*
	from cb.bulk_item i
	where i.bulk_id = $1::uuid
		and ($2::text is null or i.status = $2::text)
		and ($5::integer is null or i.position > $5::integer)
	order by i.position
	limit $3::bigint
	offset $4::bigint`;

export async function freezeBulk(db: Queryable, bulk: FrozenBulk, sourceBulkId?: string): Promise<void> {
	await db.query(freezeText, [
		bulk.bulkId,
		JSON.stringify({ id: bulk.operator.id, kind: bulk.operator.kind ?? 'human' }),
		JSON.stringify(bulk.action),
		JSON.stringify(bulk.filter),
		sourceBulkId ?? null,
	]);
}

/** True when the bulk was previewed with this digest and runs now. */
export async function startBulk(db: Queryable, bulkId: string, digest: string): Promise<boolean> {
	return asRows((await db.query(startText, [bulkId, digest])).rows).some((row) => flag(row, 'is_started'));
}

export async function moveBulk(db: Queryable, bulkId: string, move: BulkMove): Promise<boolean> {
	const { rows } = await db.query(moveText, [bulkId, move]);
	return asRows(rows).some((row) => flag(row, 'is_moved'));
}

/** One chunk; `undefined` when no bulk has anything left to do. */
export async function workBulk(
	db: Queryable,
	limit: number,
	bulkId: string | undefined,
): Promise<{ readonly bulkId: string; readonly topics: readonly string[] } | undefined> {
	const { rows } = await db.query(workText, [limit, bulkId ?? null]);
	return asRows(rows).map((row) => ({
		bulkId: text(row, 'worked_bulk_id'),
		topics: texts(row, 'topics'),
	}))[0];
}

export async function readBulk(db: Queryable, bulkId: string): Promise<BulkRecord | undefined> {
	const { rows } = await db.query(getText, [bulkId]);
	return asRows(rows).map(bulkRecordOf)[0];
}

/** Newest first. */
export async function listBulks(db: Queryable, page: ParsedPageRequest): Promise<Page<BulkRecord>> {
	const { rows } = await db.query(listText, pageParameters(page, 2));
	return pageOfRows(asRows(rows), page, bulkRecordOf);
}

/** In order of position. */
export async function listBulkItems(
	db: Queryable,
	{ bulkId, status }: { readonly bulkId: string; readonly status: BulkItemStatus | undefined },
	page: ParsedPageRequest,
): Promise<Page<BulkItem>> {
	const { rows } = await db.query(itemsText, [bulkId, status ?? null, ...pageParameters(page, 1)]);
	return pageOfRows(asRows(rows), page, bulkItemOf);
}
