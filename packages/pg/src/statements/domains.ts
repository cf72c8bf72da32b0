/** Statements on domains and their queues. */
import { activitySampleSize } from '@cb/core';
import type { DomainActivity, DomainRecord, DomainStatistics, LatencyQuantiles } from '@cb/core';
import { asRows, date, flag, number, numberOrNull, text, textOrNull } from '../rows/columns.ts';
import type { Row } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';
import { kept } from '../timed-query.ts';

const createText = `
	select cb.create_domain(domain => $1::text) as is_new`;

const createQueueText = `
	select cb.create_reply_queue(queue => $1::text) as is_new`;

const listText = `
	select domain, created_at
	from cb.domain
	order by domain`;

const statisticsText = `
	select domain, depth, ready_count, delayed_count, in_flight_count, stalled_count, parked_count, parked_last_hour_count,
		oldest_ready_seconds
	from cb.domain_statistics(only_domain => $1::text)`;

const activityText = `
	select s.domain, s.depth, s.ready_count, s.delayed_count, s.in_flight_count, s.stalled_count, s.parked_count, s.parked_last_hour_count,
		s.oldest_ready_seconds, latency.quantiles[1] * 1000 as median_ms, latency.quantiles[2] * 1000 as p95_ms,
		case
			when has_sequence_privilege(queue.ids, 'usage') or has_sequence_privilege(queue.ids, 'select')
				then coalesce(pg_sequence_last_value(queue.ids), 0)::double precision
		end as enqueued_count
	from cb.domain_statistics(only_domain => null) s
	cross join lateral (
		select pg_get_serial_sequence(format('pgmq.%I', 'q_' || cb.command_queue(s.domain)), 'msg_id')::regclass as ids
	) queue
	left join (
		select newest.domain,
			percentile_cont(array[0.5, 0.95]) within group (order by extract(epoch from newest.completed_at - newest.created_at)) as quantiles
		from (
			select c.domain, c.created_at, c.completed_at
			from cb.command c
			where c.created_at > now() - interval '5 minutes'
			order by c.created_at desc
			limit $1::integer
		) newest
		where newest.completed_at is not null
		group by newest.domain
	) latency on latency.domain = s.domain
	order by s.domain`;

// Nothing is lost with a commit that a crash of the server takes back: nobody listens to it any more.
const wakeText = kept(`
	select set_config('synchronous_commit', 'off', true) as commit, cb.wake(topics => $1::text[])::text as woken`);

const outcomesText = kept(`
	select t.id::text as transaction_id, pg_xact_status(t.id) as outcome
	from unnest($1::text[]::xid8[]) t (id)
	where pg_xact_status(t.id) is distinct from 'in progress'`);

export async function createDomain(db: Queryable, domain: string): Promise<'created' | 'exists'> {
	return createdOf((await db.query(createText, [domain])).rows);
}

export async function createReplyQueue(db: Queryable, queue: string): Promise<'created' | 'exists'> {
	return createdOf((await db.query(createQueueText, [queue])).rows);
}

export async function listDomains(db: Queryable): Promise<readonly DomainRecord[]> {
	const { rows } = await db.query(listText);
	return asRows(rows).map((row) => ({ domain: text(row, 'domain'), createdAt: date(row, 'created_at') }));
}

export async function readStatistics(db: Queryable, domain: string | undefined): Promise<readonly DomainStatistics[]> {
	const { rows } = await db.query(statisticsText, [domain ?? null]);
	return asRows(rows).map(statisticsOf);
}

/** What only grows is read from the queue's sequence, and the sample along an index: neither costs more after a year. */
export async function readActivity(db: Queryable): Promise<readonly DomainActivity[]> {
	const { rows } = await db.query(activityText, [activitySampleSize]);
	return asRows(rows).map((row) => ({
		...statisticsOf(row),
		enqueuedCount: numberOrNull(row, 'enqueued_count'),
		latency: latencyOf(numberOrNull(row, 'median_ms'), numberOrNull(row, 'p95_ms')),
	}));
}

function latencyOf(medianMs: number | null, p95Ms: number | null): LatencyQuantiles | null {
	return medianMs === null || p95Ms === null ? null : { medianMs, p95Ms };
}

/** Notifies whoever listens for these topics, at commit. */
export async function wake(db: Queryable, topics: readonly string[]): Promise<void> {
	await db.query(wakeText, [topics]);
}

/** Which of these transactions are over: true for those that committed. */
export async function readTransactionOutcomes(
	db: Queryable,
	transactionIds: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
	const { rows } = await db.query(outcomesText, [transactionIds]);
	return new Map(asRows(rows).map((row) => [text(row, 'transaction_id'), textOrNull(row, 'outcome') === 'committed']));
}

function createdOf(rows: readonly unknown[]): 'created' | 'exists' {
	return asRows(rows).some((row) => flag(row, 'is_new')) ? 'created' : 'exists';
}

function statisticsOf(row: Row): DomainStatistics {
	return {
		domain: text(row, 'domain'),
		depth: number(row, 'depth'),
		readyCount: number(row, 'ready_count'),
		delayedCount: number(row, 'delayed_count'),
		inFlightCount: number(row, 'in_flight_count'),
		stalledCount: number(row, 'stalled_count'),
		parkedCount: number(row, 'parked_count'),
		parkedLastHourCount: number(row, 'parked_last_hour_count'),
		oldestReadySeconds: numberOrNull(row, 'oldest_ready_seconds'),
	};
}
