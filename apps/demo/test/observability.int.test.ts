/** What the service shows of itself: one trace per saga, metrics, and lines in the log that name their trace. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { SpanKind } from '@opentelemetry/api';
import { freshDatabase } from '@cb/test-postgres/vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { createHttpApp } from '../src/http/app.ts';
import { observeQueues } from '../src/observability/observe-queues.ts';
import { openObservability } from '../src/observability/open-observability.ts';
import { troubleshootingHttp } from '../src/operating/troubleshooting.ts';
import { sampleCustomers } from '../src/payments/sample-transfers.ts';
import { openStatementFiles } from '../src/reporting/statement-files.ts';
import { createClosings } from '../src/runtime/closings.ts';
import { openEngine } from '../src/runtime/engine.ts';
import { createLogger } from '../src/runtime/logging.ts';
import { prepareDatabase } from '../src/runtime/open-server.ts';
import { startRouters } from '../src/runtime/start-routers.ts';
import { startWorkers } from '../src/runtime/start-workers.ts';
import { openAccounts } from '../src/statements/open-accounts.ts';
import { asClerk } from './service-client.ts';

const statements = mkdtempSync(join(tmpdir(), 'cb-demo-statements-'));
const config = readConfig({
	CB_DEMO_FAILURES: 'default=0',
	CB_DEMO_DURATION_MS: '0/1',
	CB_DEMO_LOG_LEVEL: 'silent',
	CB_DEMO_STATEMENTS_DIRECTORY: statements,
});
const logger = createLogger(config.log, 'test');
const closings = createClosings(logger);
const spanExporter = new InMemorySpanExporter();
let app: ReturnType<typeof createHttpApp>;

beforeAll(async () => {
	const database = await freshDatabase();
	closings.add('database', () => database.drop());
	await prepareDatabase({ url: database.url });
	const observability = openObservability({
		serviceName: 'payments',
		spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
	});
	closings.add('observability', () => observability.close());
	const engine = openEngine({ url: database.url, config, logger, closings, observability });
	await openAccounts(engine.database, sampleCustomers(10), 1_000_000);
	await startWorkers(engine, closings);
	await startRouters(engine, closings);
	await observeQueues(engine, closings);
	const troubleshooting = troubleshootingHttp(engine, config.operators);
	const files = openStatementFiles(config.statementsDirectory);
	const { operators } = config;
	app = createHttpApp({ ...engine, health: { components: () => [] }, troubleshooting, files, operators });
});

afterAll(async () => {
	await closings.closeAll(10_000);
	rmSync(statements, { recursive: true, force: true });
});

const StartedSchema = z.object({ processId: z.string() });
const ProcessSchema = z.object({ process: z.object({ status: z.string() }) });

async function orderOnce(headers: Readonly<Record<string, string>> = {}): Promise<string> {
	const order = { fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 1_250 };
	const response = await app.request('/orders', {
		method: 'POST',
		headers: { ...asClerk, ...headers },
		body: JSON.stringify(order),
	});
	const { processId } = StartedSchema.parse(await response.json());
	await expect.poll(() => statusOf(processId)).toBe('COMPLETED');
	return processId;
}

async function statusOf(processId: string): Promise<string> {
	const response = await app.request(`/processes/${processId}`);
	return ProcessSchema.parse(await response.json()).process.status;
}

/** Every span of the trace that the request began or continued. */
function traceOf(processId: string): readonly ReadableSpan[] {
	const spans = spanExporter.getFinishedSpans();
	const start = spans.find((span) => span.attributes['cb.process.id'] === processId);
	return spans.filter((span) => span.spanContext().traceId === start?.spanContext().traceId);
}

describe('a saga', () => {
	it('is one connected trace, from the HTTP request to the last reply', async () => {
		const processId = await orderOnce();

		const trace = traceOf(processId);

		const ids = new Set(trace.map((span) => span.spanContext().spanId));
		const roots = trace.filter(({ parentSpanContext }) => !ids.has(parentSpanContext?.spanId ?? ''));
		expect(roots.map(({ name, kind }) => [name, kind])).toEqual([['POST /orders', SpanKind.SERVER]]);
		const steps = ['ReserveFunds', 'DebitReserve', 'CreditPayee', 'NotifyParties'];
		expect(trace.map(({ name }) => name)).toEqual(
			expect.arrayContaining(['start PaymentOrder', ...steps.map((type) => `handle ${type}`)]),
		);
		const advances = trace.filter(({ name }) => name === 'advance PaymentOrder');
		expect(advances).toHaveLength(trace.filter(({ name }) => name.startsWith('handle ')).length);
		for (const { attributes } of advances) expect(attributes['cb.process.id']).toBe(processId);
	});

	it('continues the trace of who asked for it', async () => {
		const traceId = '0af7651916cd43dd8448eb211c80319c';

		const processId = await orderOnce({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });

		expect(traceOf(processId)[0]?.spanContext().traceId).toBe(traceId);
	});
});

describe('/metrics', () => {
	it('shows commands, processes, queues and the database in the format of Prometheus', async () => {
		await orderOnce();

		const response = await app.request('/metrics');
		const text = await response.text();

		expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/u);
		expect(text).toMatch(/^cb_commands_settled_total\{domain="orders",outcome="completed".*\} \d+$/mu);
		expect(text).toMatch(/^cb_processes_started_total\{.*process_type="PaymentOrder".*\} \d+$/mu);
		expect(text).toMatch(/^cb_handler_duration_seconds_bucket\{.*command_type="ReserveFunds".*\} \d+$/mu);
		expect(text).toMatch(/^cb_queue_depth\{domain="payments",state="ready".*\} \d+$/mu);
		expect(text).toMatch(/^cb_held_xmin_transactions(?:\{.*\})? \d+$/mu);
	});
});
