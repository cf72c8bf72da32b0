/** Whether the queues are well: what lies in them against thresholds, with what to do about it. */
import { DomainSchema, parseArgument } from '@cb/core';
import type { Backend, DomainStatistics } from '@cb/core';
import { z } from 'zod';

export const severities = ['ok', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const healthKinds = ['depth', 'oldest-age', 'stalled-leases', 'parked-count', 'parked-rate'] as const;
export type HealthKind = (typeof healthKinds)[number];

export interface HealthFinding {
	readonly domain: string;
	readonly kind: HealthKind;
	readonly severity: Severity;
	/** Commands; for `oldest-age` seconds; for `parked-rate` commands parked within the last hour. */
	readonly value: number;
	/** The threshold that was reached, or, when all is well, the one that is watched. */
	readonly threshold: number;
	/** What to do, or that there is nothing to do. */
	readonly advice: string;
}

export interface QueueHealthReport {
	/** The worst of all findings; `ok` without any domain. */
	readonly overall: Severity;
	/** One per domain and kind, the worst first. */
	readonly findings: readonly HealthFinding[];
	/** The numbers behind them, in-flight commands included, by domain. */
	readonly statistics: readonly DomainStatistics[];
}

/** A value at or above `warning` or `critical` is one. */
export interface Threshold {
	readonly warning: number;
	readonly critical: number;
}

export type HealthThresholds = Readonly<Partial<Record<HealthKind, Threshold>>>;

export interface QueueHealthOptions extends HealthThresholds {
	/** Only this domain. @default all */
	readonly domain?: string | undefined;
}

export const defaultHealthThresholds: Readonly<Record<HealthKind, Threshold>> = {
	depth: { warning: 10_000, critical: 100_000 },
	'oldest-age': { warning: 60, critical: 600 },
	'stalled-leases': { warning: 1, critical: 100 },
	'parked-count': { warning: 1, critical: 1_000 },
	'parked-rate': { warning: 10, critical: 500 },
};

/** Reads the statistics of every domain once. Throws `InvalidArgumentError` for thresholds that cannot be, and `StoreError`. */
export async function queueHealth(
	{ domains }: Pick<Backend, 'domains'>,
	options: QueueHealthOptions = {},
): Promise<QueueHealthReport> {
	const { domain, ...thresholds } = parseArgument(QueueHealthOptionsSchema, options, 'The health check');
	const statistics = await domains.statistics(domain);
	const findings = statistics
		.flatMap((domainStatistics) =>
			healthKinds.map((kind) => findingOf(domainStatistics, kind, thresholds[kind] ?? defaultHealthThresholds[kind])),
		)
		.sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
	return { overall: findings[0]?.severity ?? 'ok', findings, statistics };
}

const ThresholdSchema = z
	.strictObject({ warning: z.number().positive(), critical: z.number().positive() })
	.refine(({ warning, critical }) => warning <= critical, { message: 'warning lies above critical' });

const QueueHealthOptionsSchema = z.strictObject({
	domain: DomainSchema.optional(),
	depth: ThresholdSchema.optional(),
	'oldest-age': ThresholdSchema.optional(),
	'stalled-leases': ThresholdSchema.optional(),
	'parked-count': ThresholdSchema.optional(),
	'parked-rate': ThresholdSchema.optional(),
});

function findingOf(statistics: DomainStatistics, kind: HealthKind, { warning, critical }: Threshold): HealthFinding {
	const value = valueOf(statistics, kind);
	const severity = value >= critical ? 'critical' : value >= warning ? 'warning' : 'ok';
	const advice = severity === 'ok' ? 'Nothing to do.' : adviceOn[kind](statistics.domain);
	return {
		domain: statistics.domain,
		kind,
		severity,
		value,
		threshold: severity === 'critical' ? critical : warning,
		advice,
	};
}

function valueOf(statistics: DomainStatistics, kind: HealthKind): number {
	switch (kind) {
		case 'depth':
			return statistics.depth;
		case 'oldest-age':
			return statistics.oldestReadySeconds ?? 0;
		case 'stalled-leases':
			return statistics.stalledCount;
		case 'parked-count':
			return statistics.parkedCount;
		case 'parked-rate':
			return statistics.parkedLastHourCount;
	}
}

const adviceOn: Readonly<Record<HealthKind, (domain: string) => string>> = {
	depth: (domain) => `Start more workers of "${domain}", or find out what sends so much.`,
	'oldest-age': (domain) => `Check that workers of "${domain}" run and keep up: the oldest due command waits.`,
	'stalled-leases': (domain) =>
		`Leases ran out unanswered and nobody took the commands again: check whether workers of "${domain}" died.`,
	'parked-count': (domain) =>
		`Work off the troubleshooting queue of "${domain}"; its groups show one line per problem.`,
	'parked-rate': (domain) =>
		`Commands of "${domain}" are being parked now: look at the newest group, and fix its cause before you retry.`,
};
