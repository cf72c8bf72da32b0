/** What a run came to: for people, and for machines. */
import type { Progress } from '../statements/read-progress.ts';
import type { Timing } from '../statements/read-timing.ts';
import { damageCount } from './check-invariants.ts';
import type { Verdict } from './check-invariants.ts';

export interface Outcome {
	readonly progress: Progress;
	readonly timing: Timing;
	readonly verdict: Verdict;
	/** What went wrong beside the invariants: a process that did not stop, a time that ran out. */
	readonly troubles: readonly string[];
	/** What happened on the way, for people. */
	readonly events: readonly string[];
	readonly durationMs: number;
}

/** The last line of standard output with `--json`. */
export interface MachineReport {
	readonly ok: boolean;
	readonly sent: number;
	readonly completed: number;
	readonly failed: number;
	readonly canceled: number;
	readonly parked: number;
	readonly lost: number;
	readonly doubled: number;
	readonly stuck: number;
	readonly replies: number;
	readonly processes: Readonly<Record<string, number>>;
	readonly throughputPerSecond: number;
	readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

export function machineReport({ progress, timing, verdict, troubles }: Outcome): MachineReport {
	return {
		ok: verdict.broken.length === 0 && troubles.length === 0,
		sent: progress.sentCount,
		completed: progress.completedCount,
		failed: progress.failedCount,
		canceled: progress.canceledCount,
		parked: progress.parkedCount,
		lost: damageCount(verdict, 'lost'),
		doubled: damageCount(verdict, 'doubled'),
		stuck: damageCount(verdict, 'stuck'),
		replies: progress.replyCount,
		processes: progress.processes,
		throughputPerSecond: rounded(timing.perSecond),
		latencyMs: { p50: rounded(timing.p50Ms), p95: rounded(timing.p95Ms), p99: rounded(timing.p99Ms) },
	};
}

export function humanReport(outcome: Outcome): string {
	const report = machineReport(outcome);
	const { progress, verdict, troubles, events, durationMs } = outcome;
	const rows: readonly (readonly [string, string])[] = [
		['transfers', String(progress.transferCount)],
		['commands', `${String(report.sent)} sent`],
		['  completed', String(report.completed)],
		['  failed', `${String(report.failed)} (business rules: rejected or returned)`],
		['  canceled', String(report.canceled)],
		['  parked', `${String(report.parked)} (waiting for an operator)`],
		['processes', processLine(report.processes)],
		['replies', String(report.replies)],
		['throughput', `${String(report.throughputPerSecond)} commands per second while the transfers came in`],
		[
			'latency',
			`p50 ${ms(report.latencyMs.p50)}, p95 ${ms(report.latencyMs.p95)}, p99 ${ms(report.latencyMs.p99)} from send to end`,
		],
		['duration', `${(durationMs / 1_000).toFixed(1)} s`],
	];
	const lines = [
		'',
		...events.map((event) => `  * ${event}`),
		'',
		...rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`),
		'',
		`  ${String(verdict.heldCount)} of ${String(verdict.heldCount + verdict.broken.length)} invariants hold`,
		...verdict.broken.flatMap(({ name, damage, count, samples }) => [
			`  BROKEN (${damage}, ${String(count)}): ${name}`,
			...samples.map((sample) => `    ${sample}`),
		]),
		...troubles.map((trouble) => `  TROUBLE: ${trouble}`),
		'',
		report.ok ? '  Nothing is lost, nothing is doubled, nothing is stuck.' : '  Something is off.',
		'',
	];
	return lines.join('\n');
}

function processLine(processes: Readonly<Record<string, number>>): string {
	const counts = Object.entries(processes).map(([status, count]) => `${String(count)} ${status}`);
	return counts.length === 0 ? 'none' : counts.join(', ');
}

function ms(milliseconds: number): string {
	return milliseconds >= 10_000 ? `${(milliseconds / 1_000).toFixed(1)} s` : `${String(Math.round(milliseconds))} ms`;
}

function rounded(value: number | null): number {
	return Math.round((value ?? 0) * 10) / 10;
}
