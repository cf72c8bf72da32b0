/** What a run found, as people and machines read it. */
import type { Query } from './referee.ts';
import type { Damage, Violation } from './checks/check.ts';
import { z } from 'zod';

export interface Figures {
	/** Commands that senders were told are stored, and those of processes. */
	readonly sent: number;
	/** Calls of handlers. */
	readonly executed: number;
	/** From the end of the fault to the first command completed after it; `null` when there was none. */
	readonly recoverySeconds: number | null;
	/** Commands completed per second under load: before the fault, and after it and the recovery. */
	readonly throughputBefore: number;
	readonly throughputAfter: number;
}

/** Milliseconds since the epoch. */
export interface Timeline {
	readonly beforeFrom: number;
	readonly faultFrom: number;
	readonly faultTo: number;
	readonly loadTo: number;
}

export interface Bar {
	readonly name: string;
	readonly value: number | null;
	readonly bar: number;
	readonly met: boolean;
}

export interface ChaosResult extends Figures {
	readonly scenario: string;
	readonly seed: number;
	readonly seconds: number;
	/** Whether every invariant holds. */
	readonly ok: boolean;
	readonly faults: number;
	readonly lost: number;
	readonly doubled: number;
	readonly stuck: number;
	readonly inconsistent: number;
	/** How the commands and processes ended. */
	readonly endings: Readonly<Record<string, number>>;
	readonly violations: readonly Violation[];
	/** Processes of the crew that ended without having been told, are not well, or did not stop. */
	readonly crew: readonly string[];
	readonly bars: readonly Bar[];
}

const CountsSchema = z.tuple([
	z.object({
		sent: z.coerce.number(),
		executed: z.coerce.number(),
		before: z.coerce.number(),
		first_after: z.coerce.number().nullable(),
		after: z.coerce.number(),
	}),
]);

/** Every completion has the time at which it happened, so nobody needs to watch while it does. */
const countsText = `
	with done as (
		select extract(epoch from a.at) * 1000 as at from cb.command_audit a where a.type in ('COMPLETED', 'BUSINESS_RULE_FAILED')
	),
	recovered as (
		select min(d.at) as at from done d where d.at > $3::double precision
	)
	select (select count(*) from cb.command) as sent,
		(select count(*) from chaos.called l where l.phase = 'called') as executed,
		(select count(*) from done d where d.at > $1::double precision and d.at <= $2::double precision) as before,
		(select r.at from recovered r) as first_after,
		(select count(*) from done d, recovered r where d.at > r.at and d.at <= $4::double precision) as after`;

export async function readFigures(query: Query, timeline: Timeline): Promise<Figures> {
	const { beforeFrom, faultFrom, faultTo, loadTo } = timeline;
	const [counts] = CountsSchema.parse(await query(countsText, [beforeFrom, faultFrom, faultTo, loadTo]));
	const recoveredAt = counts.first_after;
	return {
		sent: counts.sent,
		executed: counts.executed,
		recoverySeconds: recoveredAt === null ? null : rounded((recoveredAt - faultTo) / 1_000),
		throughputBefore: perSecond(counts.before, faultFrom - beforeFrom),
		throughputAfter: perSecond(counts.after, loadTo - (recoveredAt ?? faultTo)),
	};
}

const endingsText = `
	select 'command ' || c.status as ending, count(*)::integer as count from cb.command c group by 1
	union all
	select 'process ' || p.status, count(*)::integer from cb.process p group by 1
	union all
	select 'parked', count(*)::integer from cb.command_audit a where a.type = 'MOVED_TO_TROUBLESHOOTING_QUEUE'
	union all
	select 'delivered again', count(*)::integer from cb.command_audit a where a.type = 'RECEIVED' and (a.details ->> 'isRedelivered')::boolean
	order by 1`;

const EndingsSchema = z.array(z.object({ ending: z.string(), count: z.number() }));

export async function readEndings(query: Query): Promise<Readonly<Record<string, number>>> {
	const rows = EndingsSchema.parse(await query(endingsText));
	return Object.fromEntries(rows.map(({ ending, count }) => [ending, count]));
}

/** Machines are noisy: what misses a bar is told, and fails a run only where that is asked for (`--strict`). */
export function barsOf({ recoverySeconds, throughputBefore, throughputAfter }: Figures): readonly Bar[] {
	const ratio = rounded(throughputAfter / throughputBefore);
	return [
		{
			name: 'seconds to recover',
			value: recoverySeconds,
			bar: 5,
			met: recoverySeconds !== null && recoverySeconds <= 5,
		},
		{ name: 'throughput after / before', value: ratio, bar: 0.95, met: ratio >= 0.95 },
	];
}

export function countOf(violations: readonly Violation[], damage: Damage): number {
	return violations.reduce((sum, violation) => sum + (violation.damage === damage ? violation.count : 0), 0);
}

function perSecond(count: number, milliseconds: number): number {
	return rounded((count / Math.max(milliseconds, 1)) * 1_000);
}

function rounded(value: number): number {
	return Math.round(value * 100) / 100;
}
