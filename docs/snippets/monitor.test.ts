/** The examples of docs/how-to/monitor.md and docs/reference/telemetry.md. */
import { PermanentCommandError, createCommandBus, createHandlers, createWorker, defineCommand } from '@cb/core';
import type { Telemetry, TelemetryEvent, Worker } from '@cb/core';
import { createInMemoryBackend } from '@cb/core/memory';
import { queueHealth } from '@cb/ops';
import { expect, it } from 'vitest';
import { z } from 'zod';

const SendMail = defineCommand({ domain: 'shop', type: 'SendMail', data: z.object({ order: z.string() }) });

it('turns events into counters and log lines', async () => {
	const counters = new Map<string, number>();
	const count = (name: string, by = 1): void => {
		counters.set(name, (counters.get(name) ?? 0) + by);
	};
	const lines: string[] = [];
	const log = {
		warn: (fields: object, message: string): void => {
			lines.push(`${message} ${JSON.stringify(fields)}`);
		},
	};

	// #region telemetry
	const alarming = new Set<TelemetryEvent['kind']>([
		'command-parked',
		'compensation-failed',
		'health-changed',
		'infrastructure-failed',
		'lease-lost',
		'message-rejected',
		'reply-undeliverable',
		'reply-unhandled',
	]);

	const telemetry: Telemetry = {
		emit(event) {
			if ('count' in event) count(event.kind, event.count);
			else if (event.kind === 'handler-ended') count(`handler-ended:${event.outcome}`);
			else count(event.kind);
			if (alarming.has(event.kind)) log.warn(event, event.kind);
		},
	};
	// #endregion telemetry

	const backend = createInMemoryBackend();
	await backend.domains.create('shop');
	const bus = createCommandBus(backend, { telemetry });
	const handlers = createHandlers().on(SendMail, () => {
		throw new PermanentCommandError('NO_ADDRESS', 'The customer has no address.');
	});
	const worker = createWorker({ backend, domain: 'shop', handlers, telemetry });
	await worker.start();
	await bus.send(SendMail, { order: 'O-1' });
	await backend.clock.advance(5_000);

	expect(counters.get('commands-sent')).toBe(1);
	expect(counters.get('handler-ended:parked')).toBe(1);
	expect(lines).toContainEqual(expect.stringMatching(/^command-parked .*NO_ADDRESS/u));

	// #region queue-health
	const { overall, findings } = await queueHealth(backend, { 'parked-count': { warning: 1, critical: 50 } });
	const wrong = findings.filter(({ severity }) => severity !== 'ok');
	// #endregion queue-health
	expect(overall).toBe('warning');
	expect(wrong.map(({ kind, value }) => [kind, value])).toEqual([['parked-count', 1]]);

	expect(probe(worker, '/health/live').status).toBe(200);
	expect(probe(worker, '/health/ready').status).toBe(200);
	await worker.stop();
	expect(probe(worker, '/health/ready').status).toBe(503);
});

// #region probes
function probe(worker: Worker, path: '/health/live' | '/health/ready'): Response {
	const { isLive, isReady, state, reasons } = worker.health();
	const isFine = path === '/health/live' ? isLive : isReady;
	return Response.json({ state, reasons }, { status: isFine ? 200 : 503 });
}
// #endregion probes
