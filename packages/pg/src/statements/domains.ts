/** Statements on domains and their queues. */
import type { DomainRecord, DomainStatistics } from '@cb/core';
import { asRows, date, flag, number, numberOrNull, text } from '../rows/columns.ts';
import type { Row } from '../rows/columns.ts';
import type { Queryable } from '../queryable.ts';

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

const wakeText = `
	select cb.wake(topics => $1::text[])`;

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

/** Notifies whoever listens for these topics, at commit. */
export async function wake(db: Queryable, topics: readonly string[]): Promise<void> {
	await db.query(wakeText, [topics]);
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
