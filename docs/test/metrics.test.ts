/** Dashboard, alerts and reference speak of metrics that the code records, and the reference of all of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TelemetryEvent } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { createOtelTelemetry, createQueueObserver } from '@cb/core/otel';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { root, textOf } from './markdown-files.ts';

const command = {
	domain: 'd',
	commandId: 'c',
	commandType: 'T',
	correlationId: 'x',
	attempt: 1,
} as const;
const process = { domain: 'd', processType: 'P', processId: 'p' } as const;
const error = { type: 'PERMANENT', code: 'C', message: 'm', details: null } as const;

/** One of each kind: a kind that is missing here does not compile. */
const events: { readonly [Event in TelemetryEvent as Event['kind']]: Event } = {
	'commands-sent': { kind: 'commands-sent', domain: 'd', count: 1, durationMs: 1 },
	'commands-received': { kind: 'commands-received', domain: 'd', count: 1, requestedCount: 1, durationMs: 1 },
	'handler-started': { kind: 'handler-started', ...command, queueLatencyMs: 1 },
	'handler-ended': { kind: 'handler-ended', ...command, outcome: 'completed', durationMs: 1 },
	'command-parked': { kind: 'command-parked', ...command, reason: 'PERMANENT', error, fingerprint: 'f' },
	'commands-settled': {
		kind: 'commands-settled',
		domain: 'd',
		count: 1,
		outcomes: { completed: 1 },
		through: 'set',
		durationMs: 1,
	},
	'lease-lost': { kind: 'lease-lost', ...command },
	'reply-undeliverable': { kind: 'reply-undeliverable', ...command, replyTo: 'q' },
	'handler-timed-out': { kind: 'handler-timed-out', ...command, maxRunSeconds: 1 },
	'handler-not-found': { kind: 'handler-not-found', ...command },
	'message-rejected': { kind: 'message-rejected', queue: 'q', messageId: '1', reason: 'r' },
	'batch-finished': { kind: 'batch-finished', domain: 'd', batchId: 'b', status: 'COMPLETED' },
	'operator-acted': { kind: 'operator-acted', action: 'retry', operatorId: 'o', domain: 'd', commandId: 'c' },
	'operator-denied': { kind: 'operator-denied', action: 'retry', operatorId: 'o' },
	'bulk-moved': { kind: 'bulk-moved', bulkId: 'b', move: 'started' },
	'processes-started': { kind: 'processes-started', processType: 'P', domain: 'd', count: 1 },
	'process-advanced': { kind: 'process-advanced', ...process, status: 'COMPLETED', durationMs: 1 },
	'reply-ignored': { kind: 'reply-ignored', ...process, commandId: 'c', reason: 'r' },
	'reply-unhandled': { kind: 'reply-unhandled', queue: 'q', messageId: '1', reason: 'r', isFinal: true },
	'compensation-failed': { kind: 'compensation-failed', ...process, step: 's', error },
	'rows-pruned': { kind: 'rows-pruned', what: 'commands', count: 1, rowCount: 4, durationMs: 1 },
	'connection-waited': { kind: 'connection-waited', waitedFor: 'pool', durationMs: 1 },
	'infrastructure-failed': { kind: 'infrastructure-failed', component: 'c', operation: 'o', error: undefined },
	'health-changed': { kind: 'health-changed', component: 'c', state: 'healthy', reason: '' },
};

/** As Prometheus gets them. */
async function exportedText(): Promise<string> {
	const reader = new PrometheusExporter({ preventServerStart: true });
	const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
	const telemetry = createOtelTelemetry({ meter });
	for (const event of Object.values(events)) telemetry.emit(event);
	const backend = createInMemoryBackend();
	await backend.domains.create('d');
	const readHeldXmin = (): Promise<{ ageTransactions: number; ageSeconds: number }> =>
		Promise.resolve({ ageTransactions: 1, ageSeconds: 1 });
	await createQueueObserver({ backend, meter, readHeldXmin }).start();
	const { resourceMetrics } = await reader.collect();
	return new PrometheusSerializer().serialize(resourceMetrics);
}

const text = await exportedText();
const families = [...text.matchAll(/^# TYPE (cb_\w+) (counter|gauge|histogram)$/gmu)].map(([, name = '', type]) => ({
	name,
	type,
}));
const series = new Set(
	families.flatMap(({ name, type }) =>
		type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => `${name}${part}`) : [name],
	),
);

const dashboard = readFileSync(join(root, 'docs/observability/grafana-dashboard.json'), 'utf8');
const alerts = readFileSync(join(root, 'docs/observability/prometheus-alerts.yaml'), 'utf8');

function seriesIn(content: string): readonly string[] {
	return [...new Set([...content.matchAll(/\bcb_[a-z_]+/gu)].map(([name]) => name))];
}

/** Labels that a selector or a `by` names, with the series it is about. */
function labelsOf(name: string): ReadonlySet<string> {
	const line = text.split('\n').find((one) => one.startsWith(`${name}{`)) ?? '';
	return new Set([...line.matchAll(/(\w+)="/gu)].map(([, label = '']) => label));
}

it('every event and gauge has a metric', () => {
	expect(families.length).toBeGreaterThan(30);
});

it.each([
	['grafana-dashboard.json', dashboard],
	['prometheus-alerts.yaml', alerts],
])('%s names no metric that is not recorded', (_, content) => {
	const named = seriesIn(content);

	expect(named.length).toBeGreaterThan(8);
	expect(named.filter((name) => !series.has(name))).toEqual([]);
});

it.each([
	['grafana-dashboard.json', dashboard],
	['prometheus-alerts.yaml', alerts],
])('%s selects by labels that the metrics have', (_, content) => {
	const selectors = [...content.matchAll(/\b(cb_[a-z_]+)\{([^}]*)\}/gu)];
	const unknown = selectors.flatMap(([, name = '', inside = '']) =>
		[...inside.matchAll(/(\w+)(?:=|!=|=~|!~)\\?"/gu)]
			.map(([, label = '']) => `${name}.${label}`)
			.filter((label) => !labelsOf(name).has(label.slice(name.length + 1))),
	);

	expect(unknown).toEqual([]);
});

it('the dashboard shows every metric', () => {
	const shown = new Set(seriesIn(dashboard));
	const covers = (name: string): boolean => [name, `${name}_bucket`, `${name}_sum`].some((one) => shown.has(one));

	expect(families.filter(({ name }) => !covers(name)).map(({ name }) => name)).toEqual([]);
});

it('docs/reference/telemetry.md lists every metric', () => {
	const page = textOf('docs/reference/telemetry.md');

	expect(families.filter(({ name }) => !page.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([]);
});

it('the dashboard is JSON that Grafana imports: every panel has an id of its own and a place', () => {
	const { panels } = JSON.parse(dashboard) as { panels: readonly { readonly id: number; readonly gridPos: object }[] };

	expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
	for (const { gridPos } of panels) expect(Object.keys(gridPos).sort()).toEqual(['h', 'w', 'x', 'y']);
});
