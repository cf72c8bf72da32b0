import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCommandBus } from '../bus/command-bus.ts';
import type { CommandBus } from '../bus/command-bus.ts';
import { commandRequest } from '../bus/command-request.ts';
import { defineCommand } from '../bus/define-command.ts';
import { BusinessRuleError } from '../errors.ts';
import { createHandlers } from '../handling/handler-registry.ts';
import type { HandlerLookup } from '../handling/handler-registry.ts';
import { createInMemoryBackend } from '../memory/index.ts';
import { openOtelSdk } from './test-support/otel-sdk.ts';
import type { OtelSdk } from './test-support/otel-sdk.ts';
import { Debit, createTestBed, domain, replyTo } from '../test-support/test-bed.ts';
import type { TestBed } from '../test-support/test-bed.ts';

const Notify = defineCommand({ domain, type: 'Notify', data: z.object({}) });

let sdk: OtelSdk;
let bed: TestBed<unknown>;
let bus: CommandBus;

beforeEach(async () => {
	sdk = openOtelSdk();
	bed = await createTestBed(createInMemoryBackend());
	bus = createCommandBus(bed.backend, { telemetry: sdk.telemetry });
});

afterEach(() => sdk.close());

function spanNamed(name: string): ReadableSpan {
	const span = sdk.spans().find((one) => one.name === name);
	if (span === undefined)
		throw new TypeError(`There is no span "${name}", only ${String(sdk.spans().map((one) => one.name))}.`);
	return span;
}

/** Runs what is sent meanwhile, in a worker that traces, too. */
async function workOff(handlers: HandlerLookup): Promise<void> {
	const worker = await bed.startWorker(handlers, { telemetry: sdk.telemetry, bus });
	await bed.pass(3_000);
	await worker.stop();
}

describe('traces', () => {
	it('lead from the caller through the handler to the commands it sends', async () => {
		const handlers = createHandlers()
			.on(Debit, async (_command, context) => {
				await context.send(Notify, {});
			})
			.on(Notify, () => undefined);
		await sdk.tracer.startActiveSpan('POST /debits', async (span) => {
			await bus.send(Debit, { cents: 1 });
			span.end();
		});
		await workOff(handlers);

		const path = ['POST /debits', 'send Debit', 'handle Debit', 'send Notify', 'handle Notify'].map(spanNamed);

		expect(new Set(path.map((span) => span.spanContext().traceId)).size).toBe(1);
		path.slice(1).forEach((span, index) => {
			expect(span.parentSpanContext?.spanId).toBe(path[index]?.spanContext().spanId);
		});
	});

	it('speak of messaging as the conventions do', async () => {
		const { commandId, correlationId } = await bus.send(Debit, { cents: 1 });
		await workOff(createHandlers().on(Debit, () => undefined));

		const [sent, handled] = [spanNamed('send Debit'), spanNamed('handle Debit')];

		const common = {
			'messaging.system': 'pgmq',
			'messaging.destination.name': 'payments__commands',
			'messaging.message.id': commandId,
			'messaging.message.conversation_id': correlationId,
			'cb.domain': domain,
			'cb.command.type': 'Debit',
		};
		expect(sent.kind).toBe(SpanKind.PRODUCER);
		expect(sent.attributes).toEqual({
			...common,
			'messaging.operation.type': 'send',
			'messaging.operation.name': 'send',
		});
		expect(handled.kind).toBe(SpanKind.CONSUMER);
		expect(handled.attributes).toEqual({
			...common,
			'messaging.operation.type': 'process',
			'messaging.operation.name': 'handle',
			'cb.command.attempt': 1,
		});
	});

	it('say why a handler failed', async () => {
		await bus.send(Debit, { cents: 1 });
		await workOff(
			createHandlers().on(Debit, () => {
				throw new BusinessRuleError('NO_FUNDS', 'There is nothing left.');
			}),
		);

		const { status, attributes, events } = spanNamed('handle Debit');

		expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'There is nothing left.' });
		expect(attributes).toMatchObject({ 'error.type': 'NO_FUNDS' });
		expect(events.map(({ name }) => name)).toEqual(['exception']);
	});

	it('have one span for a set, whose commands all carry on from it', async () => {
		const requests = [1, 2, 3].map((cents) => commandRequest(Debit, { cents }));
		await bus.sendMany(requests);
		await bus.createBatch({ commands: requests.slice(0, 2) });
		await workOff(createHandlers().on(Debit, () => undefined));

		const sends = sdk.spans().filter(({ name }) => name === 'send Debit');
		const parents = sdk.spans().flatMap((span) => (span.name === 'handle Debit' ? span.parentSpanContext?.spanId : []));

		expect(sends.map(({ attributes }) => attributes['messaging.batch.message_count'])).toEqual([3, 2]);
		const [set, batch] = sends.map((span) => span.spanContext().spanId);
		expect(parents).toEqual([set, set, set, batch, batch]);
	});

	it('do not mix: a handler belongs to its message, whatever started the worker', async () => {
		await sdk.tracer.startActiveSpan('start the service', async (starting) => {
			const worker = await bed.startWorker(
				createHandlers().on(Debit, () => undefined),
				{ telemetry: sdk.telemetry, bus },
			);
			starting.end();
			await bed.bus.send(Debit, { cents: 1 });
			await bed.pass(3_000);
			await worker.stop();
		});

		expect(spanNamed('handle Debit').parentSpanContext).toBeUndefined();
	});

	it('travel on with the reply', async () => {
		await bus.send(Debit, { cents: 1 }, { replyTo });
		await workOff(createHandlers().on(Debit, () => undefined));

		const [reply] = await bed.backend.replies.receive(replyTo, 1, 30);

		const { traceId, spanId } = spanNamed('send Debit').spanContext();
		expect(reply?.headers).toMatchObject({ traceparent: `00-${traceId}-${spanId}-01` });
	});
});
