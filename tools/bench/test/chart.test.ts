/** What a recorded run looks like in the documentation. */
import { describe, expect, it } from 'vitest';
import { chartOf } from '../src/chart.ts';
import { figuresOf, summaryOf } from '../src/figures-markdown.ts';
import type { Output } from '../src/report.ts';

function outputWith(changes: Partial<Output> = {}): Output {
	const row = { suite: 'send', unit: 'per second', min: 1, max: 3_000 };
	const bar = { suite: 'send', kind: 'at least', unit: '×' } as const;
	return {
		suite: 'send',
		settings: { rounds: 3, isQuick: false },
		versions: { postgres: 'PostgreSQL 18.4', pgmq: '1.11.1', node: 'v24.0.0', 'pg-boss': '12.0.0' },
		rows: [
			{ ...row, name: 'send, 50 callers: cb', median: 2_400 },
			{ ...row, name: 'send, 50 callers: pg-boss', median: 200 },
			{ ...row, name: 'a figure that nobody else has', median: 7 },
		],
		bars: [
			{ ...bar, name: 'cb / pg-boss', measured: 12, min: 11, max: 12.5, bar: 10, met: true },
			{ ...bar, name: 'cb / bare', measured: 0.5, min: 0.4, max: 0.75, bar: 1, met: false },
		],
		suites: [{ suite: 'send', seconds: 240, settings: { rounds: 3 }, stolenPercent: 2.4 }],
		machine: { cpu: 'A <fast> one', cores: 2, memoryGiB: 24, system: 'linux' },
		server: { fsync: 'on', synchronous_commit: 'on' },
		systems: { cb: {}, 'pg-boss': { batchSize: 500 } },
		...changes,
	};
}

describe('chart', () => {
	it('has a bar and a value for each system, and how cb compares with it', () => {
		const chart = chartOf(outputWith());

		expect(chart).toContain('>2,400</text>');
		expect(chart).toContain('>200</text>');
		expect(chart).toContain('>12.0 ×</text>');
		expect(chart.match(/class="ours"/gu)).toHaveLength(1);
		expect(chart.match(/class="other"/gu)).toHaveLength(1);
		expect(chart).not.toContain('nobody else has');
	});

	it('turns the comparison round where less is better', () => {
		const row = { suite: 'latency', unit: 'ms', min: 1, max: 9 };
		const rows = [
			{ ...row, name: 'p50: cb', median: 2 },
			{ ...row, name: 'p50: pg-boss', median: 8 },
		];

		expect(chartOf(outputWith({ rows }))).toContain('>4.00 ×</text>');
	});

	it('takes no value for markup, has colours for a dark page, and says the machine', () => {
		const chart = chartOf(outputWith());

		expect(chart).toContain('A &lt;fast&gt; one · 2 cores · 24 GiB');
		expect(chart).toContain('prefers-color-scheme: dark');
		expect(chart).toContain('PostgreSQL 18.4 · fsync on');
	});
});

describe('figures in Markdown', () => {
	it('shows every figure, every bar with its verdict, and what each system was set to', () => {
		const text = figuresOf(outputWith());

		expect(text).toContain('| a figure that nobody else has | per second | 7.00 | 1.00 | 3,000 |');
		expect(text).toContain('| cb / pg-boss | 12.00 × | 11.00 to 12.50 | ≥ 10 × | met |');
		expect(text).toContain('| cb / bare | 0.50 × | 0.40 to 0.75 | ≥ 1 × | **missed** |');
		expect(text).toContain('- pg-boss: batchSize 500');
		expect(text).toContain('4 min; rounds 3; 2 % of the processor time went to other machines.');
	});

	it('says of a suite that ended early why', () => {
		const suites = [{ suite: 'send', seconds: 3, settings: {}, error: 'the server went away' }];

		expect(figuresOf(outputWith({ suites, rows: [], bars: [] }))).toContain('It ended early: the server went away');
	});

	it('counts in its summary the bars that are missed', () => {
		expect(summaryOf(outputWith())).toContain('1 of 2 bars are missed');
	});
});
