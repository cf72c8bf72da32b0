/** Statements on processes. */
import type {
	NewProcess,
	NewProcessBatch,
	Page,
	ParsedPageRequest,
	ProcessAdvance,
	ProcessBatchRecord,
	ProcessEvent,
	ProcessFilter,
	ProcessRecord,
	StepCommand,
	StepRecord,
} from '@cb/core';
import { commandJson } from './accept-commands.ts';
import { pageOfRows, pageParameters } from '../page-rows.ts';
import { asRows, number, text } from '../rows/columns.ts';
import { processBatchRecordOf, processEventOf, processRecordOf, stepRecordOf } from '../rows/process-row.ts';
import { startedOf } from '../rows/refusal-row.ts';
import type { Started } from '../rows/refusal-row.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const startText = kept(`
	select
		(select coalesce(jsonb_agg(jsonb_build_object('position', s.start_position, 'outcome', s.outcome, 'processId', s.process_id)), '[]')
		from cb.start_processes(processes => $1::jsonb, commands => $2::jsonb) s) as started,
		pg_current_xact_id()::text as transaction_id`);

const insertBatchText = `
	select cb.open_process_batch(batch_id => $1::uuid, name => $2::text, total_count => $3::integer)`;

const advanceText = kept(`
	select advance_position, outcome, version
	from cb.advance_processes(advances => $1::jsonb, commands => $2::jsonb, step_updates => $3::jsonb, events => $4::jsonb)`);

const readText = `
	select p.*
	from cb.process p
	where p.process_id = any ($1::uuid[])`;

// A lookup for each process: of a hundred ids in one list the planner believes, without statistics, that they have half of all steps.
const readStepsText = `
	select s.*
	from (select distinct process_id from unnest($1::uuid[]) process_id) wanted
	cross join lateral (
		select s.*
		from cb.process_step s
		where s.process_id = wanted.process_id
		order by s.position
		offset 0
	) s`;

const findText = `
	select s.process_id
	from cb.process_step s
	where s.command_id = $2::uuid
		and s.domain = $1::text`;

const filterText = `
	($1::text is null or p.process_type = $1::text)
		and ($2::text is null or p.domain = $2::text)
		and ($3::text[] is null or p.status = any ($3::text[]))
		and ($4::uuid is null or p.batch_id = $4::uuid)
		and ($5::text is null or p.business_key = $5::text or p.process_id::text = $5::text)
		and ($6::timestamptz is null or p.created_at >= $6::timestamptz)
		and ($7::timestamptz is null or p.created_at < $7::timestamptz + interval '1 millisecond')`;

const listText = `
	select
		array[p.created_at::text, p.process_id::text] as cursor_key,
		p.*
	from cb.process p
	where ${filterText}
		and ($10::timestamptz is null or (p.created_at, p.process_id) < ($10::timestamptz, $11::uuid))
	order by p.created_at desc, p.process_id desc
	limit $8::bigint
	offset $9::bigint`;

const countText = `
	select count(*) as count
	from cb.process p
	where ${filterText}`;

const historyText = `
	select e.sequence::text as sequence, e.process_id, e.type, e.step, e.command_id, e.details, e.at
	from cb.process_event e
	where e.process_id = $1::uuid
	order by e.sequence`;

const batchText = `
	select b.*
	from cb.process_batch_state b
	where b.batch_id = $1::uuid`;

const listBatchesText = `
	select
		array[b.created_at::text, b.batch_id::text] as cursor_key,
		b.*
	from cb.process_batch_state b
	where $3::timestamptz is null or (b.created_at, b.batch_id) < ($3::timestamptz, $4::uuid)
	order by b.created_at desc, b.batch_id desc
	limit $1::bigint
	offset $2::bigint`;

export interface AdvanceRow {
	readonly advance_position: number;
	readonly outcome:
		'advanced' | 'stale' | 'lease-lost' | 'not-found' | 'duplicate' | 'domain-not-found' | 'reply-queue-not-found';
	readonly version: number;
}

export async function startProcesses(db: Queryable, processes: readonly NewProcess[]): Promise<Started> {
	const { rows } = await db.query(startText, [
		JSON.stringify(processes.map(processJson)),
		JSON.stringify(processes.map(({ first }) => stepJson(first))),
	]);
	return startedOf(asRows(rows));
}

export async function insertProcessBatch(db: Queryable, batch: NewProcessBatch): Promise<void> {
	await db.query(insertBatchText, [batch.batchId, batch.name ?? null, batch.totalCount]);
}

export async function advanceProcesses(
	db: Queryable,
	advances: readonly ProcessAdvance[],
): Promise<readonly AdvanceRow[]> {
	const { rows } = await db.query(advanceText, [
		JSON.stringify(advances.map(advanceJson)),
		flatJson(advances, ({ send }) => send.map(stepJson)),
		flatJson(advances, ({ stepUpdates }) => stepUpdates),
		flatJson(advances, ({ events }) => events),
	]);
	return rows as readonly AdvanceRow[];
}

export async function readProcesses(db: Queryable, processIds: readonly string[]): Promise<readonly ProcessRecord[]> {
	const { rows } = await db.query(readText, [processIds]);
	return asRows(rows).map(processRecordOf);
}

/** Those of a process in order of position. */
export async function readSteps(db: Queryable, processIds: readonly string[]): Promise<readonly StepRecord[]> {
	const { rows } = await db.query(readStepsText, [processIds]);
	return asRows(rows).map(stepRecordOf);
}

export async function findProcessOfCommand(
	db: Queryable,
	domain: string,
	commandId: string,
): Promise<string | undefined> {
	const { rows } = await db.query(findText, [domain, commandId]);
	return asRows(rows).map((row) => text(row, 'process_id'))[0];
}

/** Newest first. */
export async function listProcesses(
	db: Queryable,
	filter: ProcessFilter,
	page: ParsedPageRequest,
): Promise<Page<ProcessRecord>> {
	const { rows } = await db.query(listText, [...filterValues(filter), ...pageParameters(page, 2)]);
	return pageOfRows(asRows(rows), page, processRecordOf);
}

export async function countProcesses(db: Queryable, filter: ProcessFilter): Promise<number> {
	const { rows } = await db.query(countText, filterValues(filter));
	return asRows(rows).reduce((_, row) => number(row, 'count'), 0);
}

export async function readProcessHistory(db: Queryable, processId: string): Promise<readonly ProcessEvent[]> {
	const { rows } = await db.query(historyText, [processId]);
	return asRows(rows).map(processEventOf);
}

export async function readProcessBatch(db: Queryable, batchId: string): Promise<ProcessBatchRecord | undefined> {
	const { rows } = await db.query(batchText, [batchId]);
	return asRows(rows).map(processBatchRecordOf)[0];
}

export async function listProcessBatches(db: Queryable, page: ParsedPageRequest): Promise<Page<ProcessBatchRecord>> {
	const { rows } = await db.query(listBatchesText, pageParameters(page, 2));
	return pageOfRows(asRows(rows), page, processBatchRecordOf);
}

function filterValues(filter: ProcessFilter): unknown[] {
	return [
		filter.processType,
		filter.domain,
		filter.statuses,
		filter.batchId,
		filter.text,
		filter.createdFrom,
		filter.createdTo,
	];
}

function processJson({ first, ...process }: NewProcess): object {
	return { ...process, step: first.step };
}

/** JSON.stringify leaves out what is undefined. */
function advanceJson(advance: ProcessAdvance): object {
	return { ...advance, send: undefined, stepUpdates: undefined, events: undefined };
}

/** What all the advances have of one kind, each with the position of its advance. */
function flatJson(
	advances: readonly ProcessAdvance[],
	partsOf: (advance: ProcessAdvance) => readonly object[],
): string {
	return JSON.stringify(
		advances.flatMap((advance, position) => partsOf(advance).map((part) => ({ ...part, advance: position }))),
	);
}

function stepJson({ command, step, kind, undoes }: StepCommand): object {
	return { ...commandJson(command), step, kind, undoes };
}
